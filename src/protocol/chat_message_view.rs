//! A chat message as clients read it, over REST and sockets alike.

use serde::Serialize;

use crate::domain::chat_message::ChatMessage;

/// The JSON form of a message.
#[derive(Debug, Clone, Serialize)]
pub struct ChatMessageView<'a> {
    #[serde(rename = "_id")]
    id: String,
    seq: i64,
    user: &'a str,
    message: &'a str,
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
