//! From the database's events to the shop's changes.

use std::sync::Arc;

use mongodb::bson::oid::ObjectId;

use super::event::{Event, Subject};
use super::lookup::Found;
use super::recent::RecentMessages;
use crate::domain::change::{Change, Fact, ProductAction, ProductChange};
use crate::domain::ids::{CartId, ChatMessageId, ProductId};
use crate::domain::position::Position;
use crate::store::mongo::document::{Oid, message};
use crate::store::mongo::numbering::Numbering;

/// The version of a change whose event does not tell it, when the product is gone.
const UNKNOWN_VERSION: i64 = 0;

/// What events tell.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The changes, in the order of the events.
    pub(super) changes: Vec<Change>,
    /// The place of the last event that may have been told live and cannot be told now, and how many
    /// of the changes are before it.
    pub(super) gap: Option<(usize, Position)>,
}

/// What an event of a message says.
enum Said {
    Nothing,
    Fact(Fact),
    Unclear,
}

/// The changes that the events tell. Documents whose id is no ObjectId cannot be told of.
pub(super) fn changes(
    events: &[Event],
    found: &Found,
    recent: &mut RecentMessages,
    numbering: &Numbering,
) -> Told {
    let mut told = Told::default();
    for event in events {
        let (Some(id), Some(position)) = (event.id, event.token.position()) else {
            continue;
        };
        let said = match event.subject {
            Subject::Product => Said::Fact(product(event, id, found)),
            Subject::Cart => Said::Fact(Fact::Cart(CartId::from_oid(id))),
            Subject::Message => chat(event, id, found, recent, numbering),
            Subject::Marker => Said::Nothing,
        };
        match said {
            Said::Nothing => {}
            Said::Fact(fact) => told.changes.push(Change { position, fact }),
            Said::Unclear => told.gap = Some((told.changes.len(), position)),
        }
    }
    told
}

fn product(event: &Event, id: ObjectId, found: &Found) -> Fact {
    let change = if event.action == ProductAction::Deleted {
        let tombstone = found.tombstones.get(&id).cloned().unwrap_or_default();
        ProductChange {
            id: ProductId::from_oid(id),
            action: ProductAction::Deleted,
            version: tombstone.version.unwrap_or(UNKNOWN_VERSION),
            title: tombstone.title,
            product: None,
        }
    } else {
        let product = found.products.get(&id);
        let stored = product.map(|product| product.version);
        ProductChange {
            id: ProductId::from_oid(id),
            action: event.action,
            version: event.version.or(stored).unwrap_or(UNKNOWN_VERSION),
            title: product.map_or_else(|| event.title(), |product| product.title.clone()),
            product: product.cloned(),
        }
    };
    Fact::Product(change)
}

fn chat(
    event: &Event,
    id: ObjectId,
    found: &Found,
    recent: &mut RecentMessages,
    numbering: &Numbering,
) -> Said {
    if event.action == ProductAction::Deleted {
        let known = recent.forget(id);
        let buried = found.tombstones.get(&id);
        return match known.or_else(|| buried?.seq) {
            Some(seq) => Said::Fact(Fact::MessageDeleted {
                id: ChatMessageId::from_oid(id),
                seq,
            }),
            // One without a number was never told, so its end is not told either. What another
            // program deleted in the past may have had one.
            None if recent.is_in_the_past() => Said::Unclear,
            None => Said::Nothing,
        };
    }
    let Some(seq) = event.seq else {
        if event.action == ProductAction::Created {
            numbering.want();
        }
        return Said::Nothing;
    };
    let is_replaced = event.action == ProductAction::Updated && event.document.is_some();
    if is_replaced && recent.is_in_the_past() && !recent.knows(id) {
        // Whether it had its number before, and was told under it, nobody knows any more.
        return Said::Unclear;
    }
    if !recent.remember(id, seq) {
        return Said::Nothing;
    }
    let message = match &event.document {
        Some(document) => message::read(document),
        None => found.messages.get(&id).cloned(),
    };
    message.map_or(Said::Nothing, |message| {
        Said::Fact(Fact::MessageAppended(Arc::new(message)))
    })
}
