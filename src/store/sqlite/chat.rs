//! Chat messages.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::changes::{self, kind};
use super::connection::set_secure_delete;
use super::rows::{self, message_columns};
use super::store::SqliteStore;
use crate::domain::chat_message::{AppendedMessage, ChatHistory, ChatMessage, NewChatMessage};
use crate::domain::ids::ChatMessageId;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::{ChatStore, StoreError, StoreResult};

#[async_trait]
impl ChatStore for SqliteStore {
    async fn history(&self, before: Option<i64>, limit: u32) -> StoreResult<ChatHistory> {
        self.points
            .read_inline(|conn| history(conn, before.unwrap_or(i64::MAX), limit))
            .await
    }

    async fn delete_message(&self, id: ChatMessageId) -> StoreResult<()> {
        self.writer.write(move |conn| delete(conn, id)).await
    }
}

pub(super) fn append(
    conn: &Connection,
    id: ChatMessageId,
    new: &NewChatMessage,
) -> StoreResult<AppendedMessage> {
    if let Some(nonce) = new.nonce()
        && let Some(message) = find_repeated(conn, new.user.as_str(), nonce)?
    {
        return Ok(AppendedMessage {
            message,
            repeated: true,
        });
    }
    let datetime = Timestamp::now();
    let seq = conn
        .prepare_cached(
            "INSERT INTO messages (id, user, text, datetime, nonce) VALUES (?, ?, ?, ?, ?)",
        )?
        .insert(params![
            id.bytes(),
            new.user.as_str(),
            new.text(),
            datetime.millis(),
            new.nonce(),
        ])?;
    let message = ChatMessage {
        id,
        seq,
        user: new.user.as_str().to_owned(),
        text: new.text().to_owned(),
        datetime,
        nonce: new.nonce().map(str::to_owned),
    };
    changes::record_message(conn, kind::MESSAGE_APPENDED, id, seq)?;
    Ok(AppendedMessage {
        message,
        repeated: false,
    })
}

/// The stored message with this author and nonce.
fn find_repeated(
    conn: &Connection,
    user: &str,
    nonce: &str,
) -> rusqlite::Result<Option<ChatMessage>> {
    let sql = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages WHERE user = ? AND nonce = ?"
    );
    conn.prepare_cached(sql)?
        .query_row([user, nonce], rows::message)
        .optional()
}

fn history(conn: &Connection, before: i64, limit: u32) -> StoreResult<ChatHistory> {
    let sql = concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages WHERE seq < ? ORDER BY seq DESC LIMIT ?"
    );
    // One more than requested, to know whether there are older ones.
    let mut messages = conn
        .prepare_cached(sql)?
        .query_map(params![before, i64::from(limit) + 1], rows::message)?
        .collect::<Result<Vec<_>, _>>()?;
    let has_more = messages.len() > limit as usize;
    messages.truncate(limit as usize);
    messages.reverse();
    Ok(ChatHistory { messages, has_more })
}

fn delete(conn: &Connection, id: ChatMessageId) -> StoreResult<()> {
    // The deleted text is overwritten in the file, at any cost.
    set_secure_delete(conn, "ON")?;
    let seq = conn
        .prepare_cached("DELETE FROM messages WHERE id = ? RETURNING seq")?
        .query_row([id.bytes()], |row| row.get(0))
        .optional();
    set_secure_delete(conn, "FAST")?;
    let seq = seq?.ok_or(StoreError::Refused(Refusal::NotFound(Resource::Message)))?;
    changes::record_message(conn, kind::MESSAGE_DELETED, id, seq)?;
    Ok(())
}
