//! The JSON of a chat message, for REST and sockets.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::chat_message::ChatMessage;

/// A stored chat message.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ChatMessage)]
pub struct ChatMessageView<'a> {
    /// The id, assigned by the server.
    #[serde(rename = "_id")]
    #[schema(pattern = "^[0-9a-f]{24}$", example = "65f0c1a2b3c4d5e6f7a8b9c1")]
    id: String,
    /// The number of the message in the chat. Numbers of deleted messages are not reused.
    #[schema(example = 17)]
    seq: i64,
    /// The e-mail address of the author, which is not verified.
    #[schema(example = "ana@example.com")]
    user: &'a str,
    /// The text.
    #[schema(max_length = 2_000, example = "Is the blue one still there?")]
    message: &'a str,
    /// The time at which it was stored.
    #[schema(format = DateTime, example = "2026-03-01T12:00:00.000Z")]
    datetime: String,
}

impl<'a> From<&'a ChatMessage> for ChatMessageView<'a> {
    fn from(message: &'a ChatMessage) -> Self {
        Self {
            id: message.id.to_string(),
            seq: message.seq,
            user: &message.user,
            message: &message.text,
            datetime: message.datetime.to_string(),
        }
    }
}
