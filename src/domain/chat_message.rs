//! Chat messages and the rules for their text.

use serde::{Deserialize, Serialize};

use super::body_fields::BodyFields;
use super::email::Email;
use super::error::ValidationError;
use super::field_spec::{BodySpec, FieldKind, FieldSpec, Literal};
use super::from_field::{FromField, Take};
use super::ids::ChatMessageId;
use super::timestamp::Timestamp;

/// Maximum length of a message, in characters (Unicode scalar values).
pub const MAX_MESSAGE: usize = 2_000;
/// Maximum length of a nonce, in characters.
pub const MAX_NONCE: usize = 64;

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Assigned by the store.
    pub id: ChatMessageId,
    /// Strictly increasing in the order of commits.
    pub seq: i64,
    /// The author's e-mail address, as stored.
    pub user: String,
    pub text: String,
    /// When it was stored.
    pub datetime: Timestamp,
    /// The sender's own mark; a repeated message is recognised by it.
    pub nonce: Option<String>,
}

/// Why a string is not a valid message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageError {
    /// Nothing but white space.
    Empty,
    /// More than [`MAX_MESSAGE`] characters.
    TooLong,
}

impl MessageError {
    /// The reason for a [`FieldError`](super::error::FieldError).
    pub fn reason(self) -> String {
        match self {
            Self::Empty => "must not be empty".into(),
            Self::TooLong => format!("must be at most {MAX_MESSAGE} characters"),
        }
    }
}

/// A string that is valid as a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageText(String);

impl MessageText {
    pub fn parse(text: String) -> Result<Self, MessageError> {
        if text.trim().is_empty() {
            Err(MessageError::Empty)
        } else if text.chars().nth(MAX_MESSAGE).is_some() {
            Err(MessageError::TooLong)
        } else {
            Ok(Self(text))
        }
    }
}

impl From<MessageText> for String {
    fn from(text: MessageText) -> Self {
        text.0
    }
}

impl FromField for MessageText {
    type Raw = String;
    const TAKE: Take<Self::Raw> = BodyFields::string;

    fn check(raw: String, _: &FieldSpec) -> Result<Self, String> {
        Self::parse(raw).map_err(MessageError::reason)
    }
}

/// The body of a new message.
pub const NEW_MESSAGE: BodySpec = BodySpec::new(
    "NewChatMessage",
    "A message for the chat. `text` is an alias of `message`.",
    &[
        FieldSpec::required("user", FieldKind::Email, "The author's e-mail address.")
            .example(Literal::Text("ana@example.com")),
        MESSAGE,
    ],
);
/// The text of a message, in bodies and frames.
pub const MESSAGE: FieldSpec = FieldSpec::required(
    "message",
    FieldKind::Message { max: MAX_MESSAGE },
    "The text; not only white space.",
)
.example(Literal::Text("Is the blue one still there?"));

/// A valid message that is not stored yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChatMessage {
    pub user: Email,
    text: MessageText,
    nonce: Option<String>,
}

impl NewChatMessage {
    /// Whether a string is a valid nonce: 1 to [`MAX_NONCE`] characters, none a control character.
    pub fn is_nonce(nonce: &str) -> bool {
        (1..=MAX_NONCE).contains(&nonce.chars().count()) && !nonce.chars().any(char::is_control)
    }

    pub fn new(user: Email, text: String, nonce: Option<String>) -> Result<Self, MessageError> {
        let text = MessageText::parse(text)?;
        Ok(Self::from_text(user, text, nonce))
    }

    pub fn from_text(user: Email, text: MessageText, nonce: Option<String>) -> Self {
        Self { user, text, nonce }
    }

    /// Reads a message; an error names every invalid field.
    pub fn read(mut body: BodyFields) -> Result<Self, ValidationError> {
        // The class examples of the original application call it `text`.
        body.accept_alias("text", MESSAGE.name);
        let mut body = NEW_MESSAGE.reader(body)?;
        let user = body.read("user");
        let text = body.read(MESSAGE.name);
        body.finish(
            user.zip(text)
                .map(|(user, text)| Self::from_text(user, text, None)),
        )
    }

    pub fn text(&self) -> &str {
        &self.text.0
    }

    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
}

/// The result of appending a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppendedMessage {
    pub message: ChatMessage,
    /// A message with this author and nonce existed; nothing was stored.
    pub repeated: bool,
}

/// A part of the chat's history, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatHistory {
    pub messages: Vec<ChatMessage>,
    /// Whether older messages exist.
    pub has_more: bool,
}

impl ChatHistory {
    /// Keeps the newest messages that fit into so many bytes of JSON, and at least one; the others
    /// count towards `has_more`.
    pub fn within(mut self, bytes: usize) -> Self {
        let mut left = bytes;
        let fits = |message: &&ChatMessage| {
            let size = message.json_size();
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        };
        let kept = self.messages.iter().rev().take_while(fits).count().max(1);
        let dropped = self.messages.len().saturating_sub(kept);
        self.messages.drain(..dropped);
        self.has_more |= dropped > 0;
        self
    }
}

impl ChatMessage {
    /// An upper estimate of its bytes as JSON.
    fn json_size(&self) -> usize {
        /// Ids, numbers, timestamps and member names.
        const FRAME: usize = 200;
        let nonce = self.nonce.as_deref().unwrap_or_default();
        let strings = [self.text.as_str(), &self.user, nonce];
        let bytes = strings.into_iter().flat_map(str::bytes);
        let sizes = bytes.map(|byte| match byte {
            b'"' | b'\\' => 2,
            0..0x20 => 6,
            _ => 1,
        });
        FRAME + sizes.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::error::FieldError;

    #[test]
    fn messages_are_bounded_in_characters_and_not_blank() {
        let error = |text: String| MessageText::parse(text).err();
        assert_eq!(error(" \n".into()), Some(MessageError::Empty));
        assert_eq!(error("🙂".repeat(2_000)), None);
        assert_eq!(error("a".repeat(2_001)), Some(MessageError::TooLong));
    }

    #[test]
    fn an_error_names_both_invalid_fields() {
        let body = BodyFields::of_json(serde_json::json!({ "user": "x" }));
        let error = NewChatMessage::read(body).expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["user", "message"]);
    }

    #[test]
    fn a_shortened_history_keeps_the_newest_messages() {
        let message = |seq| ChatMessage {
            id: ChatMessageId::from_bytes([0; 12]),
            seq,
            user: "ana@example.com".into(),
            text: "\"".repeat(100),
            datetime: Timestamp::from_millis(0),
            nonce: None,
        };
        let history = ChatHistory {
            messages: (1..=10).map(message).collect(),
            has_more: false,
        };
        let seqs = |history: &ChatHistory| -> Vec<_> {
            history.messages.iter().map(|message| message.seq).collect()
        };
        // 200 for the frame, 200 for the text, 15 for the user.
        let part = history.clone().within(3 * 415);
        assert_eq!((seqs(&part), part.has_more), (vec![8, 9, 10], true));
        assert_eq!(seqs(&history.clone().within(1)), [10]);
        assert_eq!(history.clone().within(10 * 415), history);
    }

    #[test]
    fn a_message_keeps_its_text_as_it_was_sent() {
        let body = serde_json::json!({ "user": "ana@example.com", "text": " hola\n" });
        let read = NewChatMessage::read(BodyFields::of_json(body)).expect("`text` is an alias");
        assert_eq!((read.text(), read.nonce()), (" hola\n", None));
        assert_eq!(read.user.as_str(), "ana@example.com");
        let text = MessageText::parse(" hola\n".into()).expect("valid");
        assert_eq!(String::from(text), " hola\n");
        let sent = NewChatMessage::new(read.user, "hola".into(), Some("n-1".into()));
        assert_eq!(sent.expect("a message").nonce(), Some("n-1"));
    }

    #[test]
    fn an_invalid_message_is_refused_with_its_reason() {
        for (text, reason) in [
            (" ".to_owned(), "must not be empty"),
            ("a".repeat(2_001), "must be at most 2000 characters"),
        ] {
            let body = serde_json::json!({ "user": "ana@example.com", "message": text });
            let error = NewChatMessage::read(BodyFields::of_json(body)).expect_err(reason);
            assert_eq!(error.fields(), [FieldError::new("message", reason)]);
        }
    }

    #[test]
    fn a_nonce_is_1_to_64_characters_without_control_characters() {
        for nonce in ["n", "ñ 1", &"ñ".repeat(64)] {
            assert!(NewChatMessage::is_nonce(nonce), "{nonce}");
        }
        for nonce in ["", "a\tb", &"n".repeat(65)] {
            assert!(!NewChatMessage::is_nonce(nonce), "{nonce}");
        }
    }

    #[test]
    fn the_size_of_a_message_is_not_below_its_json() {
        for character in ["a", "ñ", "\"", "\\", "\n", "\u{1f}"] {
            let message = ChatMessage {
                id: ChatMessageId::from_bytes([0; 12]),
                seq: i64::MAX,
                user: "ana@example.com".into(),
                text: character.repeat(1_000),
                datetime: Timestamp::from_millis(0),
                nonce: Some(character.repeat(500)),
            };
            let json = serde_json::to_string(&message).expect("JSON").len();
            let size = message.json_size();
            assert!(json <= size, "{character:?}: {size} for {json} bytes");
            assert!(!character.chars().all(char::is_alphabetic) || size <= json + 200);
        }
    }

    #[test]
    fn a_history_that_fits_keeps_its_mark_of_older_messages() {
        let history = ChatHistory {
            messages: Vec::new(),
            has_more: true,
        };
        assert_eq!(history.clone().within(1), history);
    }
}
