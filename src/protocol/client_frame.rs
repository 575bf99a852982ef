//! Frames from clients, on the chat socket.

use serde_json::{Map, Value};

use super::server_frame::ErrorCode;
use crate::domain::chat_message::{MAX_NONCE, MESSAGE, MessageError, MessageText, NewChatMessage};
use crate::domain::email::Email;
use crate::domain::field_spec::{BodySpec, FieldKind, FieldSpec, Literal};

/// The default of `limit` in `history`.
pub const DEFAULT_HISTORY: u32 = 50;
/// The maximum of `limit` in `history`.
pub const MAX_HISTORY: u32 = 100;

/// The members of `join`.
pub const JOIN: BodySpec = BodySpec::new(
    "JoinData",
    "Join the chat.",
    &[FieldSpec::required(
        "user",
        FieldKind::Email,
        "The e-mail address, which is not verified.",
    )
    .example(Literal::Text("ana@example.com"))],
);
/// The members of `chat-message`.
pub const SEND: BodySpec = BodySpec::new(
    "SendData",
    "Send a message; `text` is an alias of `message`.",
    &[
        MESSAGE,
        FieldSpec::optional(
            "nonce",
            FieldKind::Text {
                length: Some((1, MAX_NONCE)),
                pattern: None,
            },
            "The sender's own mark. A second message with the same mark is not stored.",
        )
        .example(Literal::Text("n-1")),
    ],
);
/// The members of `history`.
pub const HISTORY: BodySpec = BodySpec::new(
    "HistoryData",
    "Request older messages.",
    &[
        FieldSpec::optional(
            "before",
            FieldKind::AnyInteger,
            "Only messages before this `seq`.",
        )
        .example(Literal::Integer(17)),
        FieldSpec::optional(
            "limit",
            FieldKind::Count { max: MAX_HISTORY },
            "The maximum number of messages.",
        )
        .default(Literal::Integer(DEFAULT_HISTORY as i64)),
    ],
);

/// A valid frame of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChatCommand {
    Join(Email),
    Send {
        text: MessageText,
        nonce: Option<String>,
    },
    History {
        /// Only messages before this `seq`.
        before: Option<i64>,
        /// 1 to [`MAX_HISTORY`].
        limit: u32,
    },
    Leave,
}

/// A frame that is not a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameError {
    pub code: ErrorCode,
    /// The nonce of the frame, if it is valid.
    pub nonce: Option<String>,
}

/// The nonce of a frame that is refused before it is parsed.
pub fn nonce_of(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    let nonce = value.get("data")?.get("nonce")?.as_str()?;
    NewChatMessage::is_nonce(nonce).then(|| nonce.to_owned())
}

impl ChatCommand {
    /// Parses the payload of a text frame. Unknown members are ignored.
    pub fn parse(text: &str) -> Result<Self, FrameError> {
        let bad = |code| FrameError { code, nonce: None };
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
            Some("chat-message") => send(data),
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

fn send(data: &Map<String, Value>) -> Result<ChatCommand, FrameError> {
    let nonce = match data.get("nonce") {
        None | Some(Value::Null) => None,
        Some(Value::String(nonce)) if NewChatMessage::is_nonce(nonce) => Some(nonce.clone()),
        Some(_) => {
            return Err(FrameError {
                code: ErrorCode::BadFrame,
                nonce: None,
            });
        }
    };
    let error = |code| FrameError {
        code,
        nonce: nonce.clone(),
    };
    let text = match data.get("message").or_else(|| data.get("text")) {
        Some(Value::String(text)) => text.clone(),
        _ => return Err(error(ErrorCode::BadFrame)),
    };
    match MessageText::parse(text) {
        Ok(text) => Ok(ChatCommand::Send { text, nonce }),
        Err(MessageError::Empty) => Err(error(ErrorCode::EmptyMessage)),
        Err(MessageError::TooLong) => Err(error(ErrorCode::TooLong)),
    }
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

    fn error(text: &str) -> (ErrorCode, Option<String>) {
        let error = ChatCommand::parse(text).expect_err(text);
        (error.code, error.nonce)
    }

    #[test]
    fn every_command_is_parsed() {
        assert!(matches!(
            ChatCommand::parse(r#"{"event":"join","data":{"user":"ana@x.com"}}"#),
            Ok(ChatCommand::Join(_))
        ));
        assert_eq!(
            ChatCommand::parse(r#"{"event":"chat-message","data":{"text":"hi","nonce":"n"}}"#),
            Ok(ChatCommand::Send {
                text: MessageText::parse("hi".into()).expect("valid"),
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
    fn malformed_frames_are_rejected() {
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
            assert_eq!(error(text).0, ErrorCode::BadFrame, "{text}");
        }
    }

    #[test]
    fn an_error_has_the_nonce_of_its_message() {
        let empty = r#"{"event":"chat-message","data":{"message":" ","nonce":"n1"}}"#;
        assert_eq!(error(empty), (ErrorCode::EmptyMessage, Some("n1".into())));
        let long = format!(
            r#"{{"event":"chat-message","data":{{"message":"{}","nonce":"n2"}}}}"#,
            "a".repeat(2001)
        );
        assert_eq!(error(&long), (ErrorCode::TooLong, Some("n2".into())));
    }

    #[test]
    fn an_invalid_address_has_its_own_code() {
        for text in [
            r#"{"event":"join"}"#,
            r#"{"event":"join","data":{"user":"x"}}"#,
            r#"{"event":"join","data":{"user":1}}"#,
        ] {
            assert_eq!(error(text).0, ErrorCode::BadEmail, "{text}");
        }
    }

    #[test]
    fn a_member_that_is_null_counts_as_missing() {
        for (text, command) in [
            (
                r#"{"event":"history","data":{"before":null,"limit":null}}"#,
                ChatCommand::History {
                    before: None,
                    limit: 50,
                },
            ),
            (r#"{"event":"leave","data":null}"#, ChatCommand::Leave),
            (
                r#"{"event":"chat-message","data":{"message":"hi","text":"no","nonce":null}}"#,
                ChatCommand::Send {
                    text: MessageText::parse("hi".into()).expect("valid"),
                    nonce: None,
                },
            ),
        ] {
            assert_eq!(ChatCommand::parse(text), Ok(command), "{text}");
        }
    }

    #[test]
    fn a_history_has_1_to_100_messages() {
        for limit in [1, 100] {
            let text = format!(r#"{{"event":"history","data":{{"limit":{limit}}}}}"#);
            let before = None;
            assert_eq!(
                ChatCommand::parse(&text),
                Ok(ChatCommand::History { before, limit })
            );
        }
    }

    #[test]
    fn a_refused_frame_gives_its_nonce_if_it_is_valid() {
        assert_eq!(nonce_of(r#"{"data":{"nonce":"n-1"}}"#), Some("n-1".into()));
        for text in [
            r#"{"data":{"nonce":""}}"#,
            r#"{"data":{"nonce":1}}"#,
            r#"{"data":1}"#,
            "{",
        ] {
            assert_eq!(nonce_of(text), None, "{text}");
        }
    }
}
