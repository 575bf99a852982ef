//! From the database's events to the shop's changes.

use std::sync::Arc;

use mongodb::bson::oid::ObjectId;

use super::event::{Event, Subject};
use super::lookup::LookupResult;
use super::recent::RecentMessages;
use crate::domain::change::{Change, ChangeKind, ProductAction, ProductChange};
use crate::domain::ids::{CartId, ChatMessageId, ProductId};
use crate::domain::position::Position;
use crate::store::mongo::document::{Oid, message};
use crate::store::mongo::sequence_backfill::SequenceBackfill;

/// The version of a change whose event does not tell it, when the product is gone.
const UNKNOWN_VERSION: i64 = 0;

/// What events tell.
#[derive(Debug, Default)]
pub(super) struct TranslatedChanges {
    /// The changes, in the order of the events.
    pub(super) changes: Vec<Change>,
    /// The place of the last event that may have been told live and cannot be told now, and how many
    /// of the changes are before it.
    pub(super) gap: Option<(usize, Position)>,
}

/// What an event of a message says.
enum MessageEvent {
    Nothing,
    ChangeKind(ChangeKind),
    Unclear,
}

/// The changes that the events tell. Documents whose id is no ObjectId cannot be told of.
pub(super) fn changes(
    events: &[Event],
    found: &LookupResult,
    recent: &mut RecentMessages,
    sequence_backfill: &SequenceBackfill,
) -> TranslatedChanges {
    let mut told = TranslatedChanges::default();
    for event in events {
        let (Some(id), Some(position)) = (event.id, event.token.position()) else {
            continue;
        };
        let said = match event.subject {
            Subject::Product => MessageEvent::ChangeKind(product(event, id, found)),
            Subject::Cart => MessageEvent::ChangeKind(ChangeKind::Cart(CartId::from_oid(id))),
            Subject::Message => chat(event, id, found, recent, sequence_backfill),
            Subject::Marker => MessageEvent::Nothing,
        };
        match said {
            MessageEvent::Nothing => {}
            MessageEvent::ChangeKind(kind) => told.changes.push(Change { position, kind }),
            MessageEvent::Unclear => told.gap = Some((told.changes.len(), position)),
        }
    }
    told
}

fn product(event: &Event, id: ObjectId, found: &LookupResult) -> ChangeKind {
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
    ChangeKind::Product(change)
}

fn chat(
    event: &Event,
    id: ObjectId,
    found: &LookupResult,
    recent: &mut RecentMessages,
    sequence_backfill: &SequenceBackfill,
) -> MessageEvent {
    if event.action == ProductAction::Deleted {
        let known = recent.forget(id);
        let buried = found.tombstones.get(&id);
        return match known.or_else(|| buried?.seq) {
            Some(seq) => MessageEvent::ChangeKind(ChangeKind::MessageDeleted {
                id: ChatMessageId::from_oid(id),
                seq,
            }),
            // One without a number was never told, so its end is not told either. What another
            // program deleted in the past may have had one.
            None if recent.is_in_the_past() => MessageEvent::Unclear,
            None => MessageEvent::Nothing,
        };
    }
    let Some(seq) = event.seq else {
        if event.action == ProductAction::Created {
            sequence_backfill.want();
        }
        return MessageEvent::Nothing;
    };
    let is_replaced = event.action == ProductAction::Updated && event.document.is_some();
    if is_replaced && recent.is_in_the_past() && !recent.knows(id) {
        // Whether it had its number before, and was told under it, nobody knows any more.
        return MessageEvent::Unclear;
    }
    if !recent.remember(id, seq) {
        return MessageEvent::Nothing;
    }
    let message = match &event.document {
        Some(document) => message::read(document),
        None => found.messages.get(&id).cloned(),
    };
    message.map_or(MessageEvent::Nothing, |message| {
        MessageEvent::ChangeKind(ChangeKind::MessageAppended(Arc::new(message)))
    })
}
