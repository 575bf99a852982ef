//! Chat messages: what is stored, and what a client may say.

use super::email::Email;
use super::error::ValidationError;
use super::field::{Field, Fields};
use super::ids::ChatMessageId;
use super::timestamp::Timestamp;

/// Longest message, in characters (Unicode scalar values).
pub const MAX_MESSAGE: usize = 2_000;
/// Longest nonce, in characters.
pub const MAX_NONCE: usize = 64;

/// A stored message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatMessage {
    /// Assigned by the store.
    pub id: ChatMessageId,
    /// Its place in the chat: strictly growing in the order of commits.
    pub seq: i64,
    /// Its author's address, as stored.
    pub user: String,
    /// What was said.
    pub text: String,
    /// When it was stored.
    pub datetime: Timestamp,
    /// The sender's own mark, by which a repeated message is known.
    pub nonce: Option<String>,
}

/// Why a text is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextRefusal {
    /// Nothing, or only white space.
    Empty,
    /// More than [`MAX_MESSAGE`] characters.
    TooLong,
}

impl TextRefusal {
    /// The reason as a field error words it.
    pub fn reason(self) -> String {
        match self {
            Self::Empty => "must not be empty".into(),
            Self::TooLong => format!("must have at most {MAX_MESSAGE} characters"),
        }
    }
}

/// A message that may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChatMessage {
    /// Its author.
    pub user: Email,
    /// A checked text: see [`NewChatMessage::check_text`].
    text: String,
    nonce: Option<String>,
}

impl NewChatMessage {
    /// Whether a text can be a message.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check_text(text: &str) -> Result<(), TextRefusal> {
        if text.trim().is_empty() {
            Err(TextRefusal::Empty)
        } else if text.chars().nth(MAX_MESSAGE).is_some() {
            Err(TextRefusal::TooLong)
        } else {
            Ok(())
        }
    }

    /// Whether a text can mark a message: 1 to [`MAX_NONCE`] characters, none a control character.
    pub fn is_nonce(nonce: &str) -> bool {
        (1..=MAX_NONCE).contains(&nonce.chars().count()) && !nonce.chars().any(char::is_control)
    }

    /// A message of a known author.
    ///
    /// # Errors
    /// Why the text cannot be a message.
    pub fn new(user: Email, text: String, nonce: Option<String>) -> Result<Self, TextRefusal> {
        Self::check_text(&text)?;
        Ok(Self { user, text, nonce })
    }

    /// Reads a message from the members of a body.
    ///
    /// # Errors
    /// Every missing or bad field, at once.
    pub fn parse(user: Field<String>, message: Field<String>) -> Result<Self, ValidationError> {
        let mut fields = Fields::default();
        let user = fields.required("user", user, |text| Email::parse(&text));
        let text = fields.required("message", message, |text| {
            Self::check_text(&text)
                .map(|()| text)
                .map_err(TextRefusal::reason)
        });
        fields.finish(user.zip(text).map(|(user, text)| Self {
            user,
            text,
            nonce: None,
        }))
    }

    /// What is said.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The sender's own mark.
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }
}

/// A message that the store took, or had already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The stored message.
    pub message: ChatMessage,
    /// It was there before, with this author and nonce: nothing was stored now.
    pub repeated: bool,
}

/// A part of the chat's history, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatHistory {
    /// The messages.
    pub messages: Vec<ChatMessage>,
    /// There are older ones.
    pub has_more: bool,
}

impl ChatHistory {
    /// The newest messages of it that take so many bytes at most, as JSON, one at least; the rest
    /// counts as older ones that there are.
    pub fn within(mut self, bytes: usize) -> Self {
        let mut left = bytes;
        let fits = |message: &&ChatMessage| {
            let weight = message.weight();
            let fits = weight <= left;
            left = left.saturating_sub(weight);
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
    /// About as many bytes as it takes as JSON; never less.
    fn weight(&self) -> usize {
        /// Ids, numbers, moments and names of members.
        const FRAME: usize = 200;
        let nonce = self.nonce.as_deref().unwrap_or_default();
        let texts = [self.text.as_str(), &self.user, nonce];
        let bytes = texts.into_iter().flat_map(str::bytes);
        let weights = bytes.map(|byte| match byte {
            b'"' | b'\\' => 2,
            0..0x20 => 6,
            _ => 1,
        });
        FRAME + weights.sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_counts_characters_and_is_not_blank() {
        assert_eq!(NewChatMessage::check_text(" \n"), Err(TextRefusal::Empty));
        assert_eq!(NewChatMessage::check_text(&"🙂".repeat(2_000)), Ok(()));
        assert_eq!(
            NewChatMessage::check_text(&"a".repeat(2_001)),
            Err(TextRefusal::TooLong)
        );
    }

    #[test]
    fn both_bad_fields_are_named() {
        let error =
            NewChatMessage::parse(Field::Given("x".into()), Field::Missing).expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["user", "message"]);
    }

    #[test]
    fn a_part_of_a_history_keeps_its_newest_messages() {
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
}
