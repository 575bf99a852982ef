//! From events of the change stream to changes of the shop.

use std::sync::Arc;

use mongodb::bson::oid::ObjectId;

use super::event::{Event, Subject};
use super::lookup::LookupResult;
use super::recent::RecentMessages;
use crate::domain::change::{Change, ChangeKind, ProductAction, ProductChange};
use crate::domain::ids::{CartId, ChatMessageId, ProductId};
use crate::domain::position::Position;
use crate::store::mongo::documents::{Oid, message};
use crate::store::mongo::sequence_backfill::SequenceBackfill;

/// The version of a change whose event has none, if the product is gone.
const UNKNOWN_VERSION: i64 = 0;

/// Changes translated from change-stream events.
#[derive(Debug, Default)]
pub(super) struct TranslatedChanges {
    /// In the order of the events.
    pub(super) changes: Vec<Change>,
    /// The position of the last event that may have been reported live and cannot be translated
    /// now, and how many of the changes are before it.
    pub(super) gap: Option<(usize, Position)>,
}

enum MessageEvent {
    Nothing,
    Change(ChangeKind),
    /// It may have been reported live, but cannot be translated now.
    Unclear,
}

/// Translates events. Documents whose id is not an ObjectId are left out.
pub(super) fn translate(
    events: &[Event],
    found: &LookupResult,
    recent: &mut RecentMessages,
    sequence_backfill: &SequenceBackfill,
) -> TranslatedChanges {
    let mut translated = TranslatedChanges::default();
    for event in events {
        let (Some(id), Some(position)) = (event.id, event.token.position()) else {
            continue;
        };
        let kind = match event.subject {
            Subject::Product => product(event, id, found),
            Subject::Cart => ChangeKind::Cart(CartId::from_oid(id)),
            Subject::Marker => continue,
            Subject::Message => match message(event, id, found, recent, sequence_backfill) {
                MessageEvent::Change(kind) => kind,
                MessageEvent::Nothing => continue,
                MessageEvent::Unclear => {
                    translated.gap = Some((translated.changes.len(), position));
                    continue;
                }
            },
        };
        translated.changes.push(Change { position, kind });
    }
    translated
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

fn message(
    event: &Event,
    id: ObjectId,
    found: &LookupResult,
    recent: &mut RecentMessages,
    sequence_backfill: &SequenceBackfill,
) -> MessageEvent {
    if event.action == ProductAction::Deleted {
        return deleted_message(id, found, recent);
    }
    let Some(seq) = event.seq else {
        if event.action == ProductAction::Created {
            sequence_backfill.request();
        }
        return MessageEvent::Nothing;
    };
    let is_replaced = event.action == ProductAction::Updated && event.document.is_some();
    if is_replaced && recent.is_replaying() && !recent.is_reported(id) {
        // Whether it had a number before, and was reported with it, is unknown.
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
        MessageEvent::Change(ChangeKind::MessageAppended(Arc::new(message)))
    })
}

fn deleted_message(
    id: ObjectId,
    found: &LookupResult,
    recent: &mut RecentMessages,
) -> MessageEvent {
    let tombstone = found.tombstones.get(&id);
    match recent.forget(id).or_else(|| tombstone?.seq) {
        Some(seq) => MessageEvent::Change(ChangeKind::MessageDeleted {
            id: ChatMessageId::from_oid(id),
            seq,
        }),
        // In a replay it may have had a number, and have been reported with it. Otherwise it had
        // none, was never reported, and its deletion is not reported either.
        None if recent.is_replaying() => MessageEvent::Unclear,
        None => MessageEvent::Nothing,
    }
}
