//! Rows of messages and changes, and how they become domain types.

use rusqlite::Row;

use super::changes::kind;
use crate::domain::change::ProductAction;
use crate::domain::chat_message::ChatMessage;
use crate::domain::ids::{CartId, ChatMessageId, ProductId};
use crate::domain::position::Position;
use crate::domain::timestamp::Timestamp;

/// The count in a row of one column.
pub(super) fn read_count(row: &Row<'_>) -> rusqlite::Result<u64> {
    row.get(0).map(i64::unsigned_abs)
}

/// The columns of a message, in the order of [`message`].
macro_rules! message_columns {
    () => {
        "messages.seq, messages.id, messages.user, messages.text, messages.datetime, messages.nonce"
    };
}
pub(super) use message_columns;

/// The message in a row that begins with `message_columns!`.
pub(super) fn message(row: &Row<'_>) -> rusqlite::Result<ChatMessage> {
    Ok(ChatMessage {
        seq: row.get(0)?,
        id: ChatMessageId::from_bytes(row.get(1)?),
        user: row.get(2)?,
        text: row.get(3)?,
        datetime: Timestamp::from_millis(row.get(4)?),
        nonce: row.get(5)?,
    })
}

/// The columns of a [`ChangeRow`], in its order.
pub(super) const CHANGE_COLUMNS: &str = "number, tag, kind, entity, version, title, seq";

/// A row of `changes`.
pub(super) struct ChangeRow {
    /// One more than the number of the row before.
    pub(super) number: i64,
    tag: i64,
    /// `None` for a mark, which is not an event.
    pub(super) event: Option<Event>,
}

/// The event that a row of `changes` records.
pub(super) enum Event {
    /// A product changed.
    Product {
        id: ProductId,
        action: ProductAction,
        version: i64,
        title: String,
    },
    /// A message was appended; it may have been deleted since.
    MessageAppended { id: ChatMessageId, seq: i64 },
    /// A message was deleted.
    MessageDeleted { id: ChatMessageId, seq: i64 },
    /// A cart changed.
    Cart(CartId),
}

impl ChangeRow {
    /// Reads the columns of [`CHANGE_COLUMNS`].
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            tag: row.get(1)?,
            event: event(row)?,
        })
    }

    /// Its number, and the tag that distinguishes it from the same number in a restored file.
    pub(super) fn position(&self) -> rusqlite::Result<Position> {
        Position::new(format!("{:x}-{:016x}", self.number, self.tag))
            .ok_or(rusqlite::Error::InvalidQuery)
    }
}

fn event(row: &Row<'_>) -> rusqlite::Result<Option<Event>> {
    let product = |action| {
        Ok(Some(Event::Product {
            id: ProductId::from_bytes(row.get(3)?),
            action,
            version: row.get(4)?,
            title: row.get(5)?,
        }))
    };
    let message = || Ok((ChatMessageId::from_bytes(row.get(3)?), row.get(6)?));
    match row.get(2)? {
        kind::MARK => Ok(None),
        kind::PRODUCT_CREATED => product(ProductAction::Created),
        kind::PRODUCT_UPDATED => product(ProductAction::Updated),
        kind::PRODUCT_DELETED => product(ProductAction::Deleted),
        kind::MESSAGE_APPENDED => {
            message().map(|(id, seq)| Some(Event::MessageAppended { id, seq }))
        }
        kind::MESSAGE_DELETED => message().map(|(id, seq)| Some(Event::MessageDeleted { id, seq })),
        kind::CART => Ok(Some(Event::Cart(CartId::from_bytes(row.get(3)?)))),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(2, other)),
    }
}
