//! Frames that a client may send on the chat socket.

use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::server_frame::ErrorCode;
use crate::domain::chat_message::{NewChatMessage, TextRefusal};
use crate::domain::email::Email;

/// Messages in one answer to `history` when the client names no limit.
pub const DEFAULT_HISTORY: u32 = 50;
/// Most messages in one answer to `history`.
pub const MAX_HISTORY: u32 = 100;

/// Take part under an address.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it only describes what `join` reads")]
pub struct JoinData {
    /// The address.
    #[schema(max_length = 254, pattern = "{{email}}", example = "ana@example.com")]
    user: String,
}

/// Say something; `text` is another name of `message`.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it only describes what `say` reads")]
pub struct SayData {
    /// The words, not white space alone.
    #[schema(
        min_length = 1,
        max_length = 2_000,
        pattern = "{{visible}}",
        example = "Is the blue one still there?"
    )]
    message: String,
    /// The sender's own mark: under the same one nothing is stored twice.
    #[schema(nullable = false, min_length = 1, max_length = 64, example = "n-1")]
    nonce: Option<String>,
}

/// Ask for older messages.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it only describes what `history` reads")]
pub struct HistoryData {
    /// Only those before this `seq`.
    #[schema(nullable = false, example = 17)]
    before: Option<i64>,
    /// At most so many.
    #[schema(nullable = false, minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
}

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatCommand {
    /// Take part under this address.
    Join(Email),
    /// Say something.
    Say {
        /// The words.
        text: String,
        /// The sender's own mark.
        nonce: Option<String>,
    },
    /// Give me older messages.
    History {
        /// Only those before this place.
        before: Option<i64>,
        /// At most so many, 1 to [`MAX_HISTORY`].
        limit: u32,
    },
    /// Take no part any more.
    Leave,
}

/// A frame that cannot be obeyed, with the mark of the frame where it had one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The stable word.
    pub code: ErrorCode,
    /// The frame's own nonce.
    pub nonce: Option<String>,
}

/// The mark of a frame that is not obeyed for other reasons than its content.
pub fn nonce_of(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let nonce = value.get("data")?.get("nonce")?.as_str()?;
    NewChatMessage::is_nonce(nonce).then(|| nonce.to_owned())
}

impl ChatCommand {
    /// Reads a text frame. Unknown members are ignored.
    ///
    /// # Errors
    /// Why the frame cannot be obeyed.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let bad = |code| Refusal { code, nonce: None };
        let value: Value = serde_json::from_str(text).map_err(|_| bad(ErrorCode::BadFrame))?;
        let event = value.get("event").and_then(Value::as_str);
        let empty = Map::new();
        let data = match value.get("data") {
            None | Some(Value::Null) => &empty,
            Some(Value::Object(data)) => data,
            Some(_) => return Err(bad(ErrorCode::BadFrame)),
        };
        match event {
            Some("join") => join(data).ok_or(bad(ErrorCode::BadEmail)),
            Some("chat-message") => say(data),
            Some("history") => history(data).ok_or(bad(ErrorCode::BadFrame)),
            Some("leave") => Ok(Self::Leave),
            _ => Err(bad(ErrorCode::BadFrame)),
        }
    }
}

fn join(data: &Map<String, Value>) -> Option<ChatCommand> {
    let user = data.get("user")?.as_str()?;
    Email::parse(user).ok().map(ChatCommand::Join)
}

fn say(data: &Map<String, Value>) -> Result<ChatCommand, Refusal> {
    let nonce = match data.get("nonce") {
        None | Some(Value::Null) => None,
        Some(Value::String(nonce)) if NewChatMessage::is_nonce(nonce) => Some(nonce.clone()),
        Some(_) => {
            return Err(Refusal {
                code: ErrorCode::BadFrame,
                nonce: None,
            });
        }
    };
    let refuse = |code| Refusal {
        code,
        nonce: nonce.clone(),
    };
    let text = match data.get("message").or_else(|| data.get("text")) {
        Some(Value::String(text)) => text.clone(),
        _ => return Err(refuse(ErrorCode::BadFrame)),
    };
    NewChatMessage::check_text(&text).map_err(|reason| match reason {
        TextRefusal::Empty => refuse(ErrorCode::EmptyMessage),
        TextRefusal::TooLong => refuse(ErrorCode::TooLong),
    })?;
    Ok(ChatCommand::Say { text, nonce })
}

fn history(data: &Map<String, Value>) -> Option<ChatCommand> {
    let before = match data.get("before") {
        None | Some(Value::Null) => None,
        Some(before) => Some(before.as_i64()?),
    };
    let limit = match data.get("limit") {
        None | Some(Value::Null) => DEFAULT_HISTORY,
        Some(limit) => u32::try_from(limit.as_u64()?).ok()?,
    };
    (1..=MAX_HISTORY)
        .contains(&limit)
        .then_some(ChatCommand::History { before, limit })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> (ErrorCode, Option<String>) {
        let refusal = ChatCommand::parse(text).expect_err(text);
        (refusal.code, refusal.nonce)
    }

    #[test]
    fn every_command_is_read() {
        assert!(matches!(
            ChatCommand::parse(r#"{"event":"join","data":{"user":"ana@x.com"}}"#),
            Ok(ChatCommand::Join(_))
        ));
        assert_eq!(
            ChatCommand::parse(r#"{"event":"chat-message","data":{"text":"hi","nonce":"n"}}"#),
            Ok(ChatCommand::Say {
                text: "hi".into(),
                nonce: Some("n".into())
            })
        );
        assert_eq!(
            ChatCommand::parse(r#"{"event":"history","data":{"before":7}}"#),
            Ok(ChatCommand::History {
                before: Some(7),
                limit: DEFAULT_HISTORY
            })
        );
        assert_eq!(
            ChatCommand::parse(r#"{"event":"leave"}"#),
            Ok(ChatCommand::Leave)
        );
    }

    #[test]
    fn what_is_no_frame_is_told_as_such() {
        for text in [
            "",
            "[]",
            "1",
            "{}",
            r#"{"event":"nope"}"#,
            r#"{"event":"leave","data":[]}"#,
            r#"{"event":"history","data":{"limit":0}}"#,
            r#"{"event":"history","data":{"limit":101}}"#,
            r#"{"event":"history","data":{"before":"x"}}"#,
            r#"{"event":"chat-message","data":{"message":1}}"#,
            r#"{"event":"chat-message","data":{"message":"a","nonce":""}}"#,
        ] {
            assert_eq!(refusal(text).0, ErrorCode::BadFrame, "{text}");
        }
    }

    #[test]
    fn a_refused_message_keeps_its_nonce() {
        let empty = r#"{"event":"chat-message","data":{"message":" ","nonce":"n1"}}"#;
        assert_eq!(refusal(empty), (ErrorCode::EmptyMessage, Some("n1".into())));
        let long = format!(
            r#"{{"event":"chat-message","data":{{"message":"{}","nonce":"n2"}}}}"#,
            "a".repeat(2001)
        );
        assert_eq!(refusal(&long), (ErrorCode::TooLong, Some("n2".into())));
    }

    #[test]
    fn a_bad_address_has_its_own_word() {
        for text in [
            r#"{"event":"join"}"#,
            r#"{"event":"join","data":{"user":"x"}}"#,
            r#"{"event":"join","data":{"user":1}}"#,
        ] {
            assert_eq!(refusal(text).0, ErrorCode::BadEmail, "{text}");
        }
    }
}
