//! From the database's events to the shop's changes.

use std::sync::Arc;

use super::event::{Event, Subject};
use super::lookup::Found;
use super::recent::RecentMessages;
use crate::domain::change::{Change, Fact, ProductAction, ProductChange};
use crate::domain::ids::{CartId, ChatMessageId, ProductId};
use crate::store::mongo::document::{Oid, message};
use crate::store::mongo::numbering::Numbering;

/// The version of a change whose event does not tell it, when the product is gone.
const UNKNOWN_VERSION: i64 = 0;

/// The changes that the events tell, in their order. Documents whose id is no ObjectId cannot be
/// told of.
pub(super) fn changes(
    events: &[Event],
    found: &Found,
    recent: &mut RecentMessages,
    numbering: &Numbering,
) -> Vec<Change> {
    let mut changes = Vec::with_capacity(events.len());
    for event in events {
        let fact = match event.subject {
            Subject::Product => product(event, found),
            Subject::Cart => event.id.map(|id| Fact::Cart(CartId::from_oid(id))),
            Subject::Message => chat(event, found, recent, numbering),
            Subject::Marker => None,
        };
        if let Some((fact, position)) = fact.zip(event.token.position()) {
            changes.push(Change { position, fact });
        }
    }
    changes
}

fn product(event: &Event, found: &Found) -> Option<Fact> {
    let id = event.id?;
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
    Some(Fact::Product(change))
}

fn chat(
    event: &Event,
    found: &Found,
    recent: &mut RecentMessages,
    numbering: &Numbering,
) -> Option<Fact> {
    let id = event.id?;
    if event.action == ProductAction::Deleted {
        let known = recent.forget(id);
        let buried = found.tombstones.get(&id);
        // One without a number was never told, so its end is not told either.
        let seq = known.or_else(|| buried?.seq)?;
        return Some(Fact::MessageDeleted {
            id: ChatMessageId::from_oid(id),
            seq,
        });
    }
    let Some(seq) = event.seq else {
        if event.action == ProductAction::Created {
            numbering.want();
        }
        return None;
    };
    if !recent.remember(id, seq) {
        return None;
    }
    let message = match &event.document {
        Some(document) => message::read(document)?,
        None => found.messages.get(&id).cloned()?,
    };
    Some(Fact::MessageAppended(Arc::new(message)))
}
