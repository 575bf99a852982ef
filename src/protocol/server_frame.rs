//! Frames that the server sends: one function per event, each giving the finished bytes.

use serde::Serialize;

use super::cart_view::CartView;
use super::chat_message_view::ChatMessageView;
use super::frame::Frame;
use super::product_view::ProductView;
use crate::domain::cart::Cart;
use crate::domain::cart_transition::CartReason;
use crate::domain::change::ProductChange;
use crate::domain::chat_message::{ChatHistory, ChatMessage};
use crate::domain::ids::ChatMessageId;
use crate::domain::position::Position;
use crate::domain::product_query::ProductChunk;

/// Most people in one `users` frame.
pub const MAX_USERS: usize = 100;

/// Why a client's frame was not obeyed; the word is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The text is no frame that the server knows.
    BadFrame,
    /// The address in `join` is none.
    BadEmail,
    /// The command needs a `join` before it.
    NotJoined,
    /// The message has no visible character.
    EmptyMessage,
    /// The message has too many characters.
    TooLong,
    /// Too many frames in too little time.
    RateLimited,
    /// The author may not write for a time.
    Muted,
    /// The store cannot take it now.
    Unavailable,
}

impl ErrorCode {
    const fn sentence(self) -> &'static str {
        match self {
            Self::BadFrame => "this is no frame that the server understands",
            Self::BadEmail => "this is no e-mail address",
            Self::NotJoined => "join before you speak",
            Self::EmptyMessage => "a message cannot be empty",
            Self::TooLong => "a message has at most 2000 characters",
            Self::RateLimited => "too many frames: wait a moment",
            Self::Muted => "this address may not write in the chat for a time",
            Self::Unavailable => "the message was not stored: try again",
        }
    }
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    event: &'a str,
    data: T,
}

fn frame<T: Serialize>(event: &str, data: T) -> Frame {
    let payload = serde_json::to_vec(&Envelope { event, data })
        .expect("views hold only strings, numbers and lists, which always serialise");
    Frame::text(&payload)
}

/// `welcome`: the first frame of every socket.
pub fn welcome(cursor: &Position, resumed: bool) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        cursor: &'a str,
        resumed: bool,
    }
    frame(
        "welcome",
        Data {
            cursor: cursor.as_str(),
            resumed,
        },
    )
}

/// `position`: where the stream stands, for a reader whom nothing concerned for long.
pub fn position(cursor: &Position) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        cursor: &'a str,
    }
    frame(
        "position",
        Data {
            cursor: cursor.as_str(),
        },
    )
}

/// `products`: a part of a snapshot.
pub fn products(cursor: &Position, chunk: &ProductChunk) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        cursor: &'a str,
        products: Vec<ProductView<'a>>,
        remaining: u64,
    }
    frame(
        "products",
        Data {
            cursor: cursor.as_str(),
            products: chunk.products.iter().map(ProductView::from).collect(),
            remaining: chunk.remaining,
        },
    )
}

/// `update_products`: a stored change, with its sentence in the site's language.
pub fn update_products(cursor: &Position, change: &ProductChange, msg: &str) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        cursor: &'a str,
        id: String,
        action: &'a str,
        msg: &'a str,
        product: Option<ProductView<'a>>,
        version: i64,
    }
    frame(
        "update_products",
        Data {
            cursor: cursor.as_str(),
            id: change.id.to_string(),
            action: change.action.word(),
            msg,
            product: change.product.as_deref().map(ProductView::from),
            version: change.version,
        },
    )
}

/// `cart`: a cart as it is now, to those who follow it.
pub fn cart(cursor: &Position, reason: CartReason, cart: &Cart) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        cursor: &'a str,
        reason: &'a str,
        cart: CartView<'a>,
    }
    frame(
        "cart",
        Data {
            cursor: cursor.as_str(),
            reason: reason.word(),
            cart: cart.into(),
        },
    )
}

/// `viewers`: how many product sockets are open.
pub fn viewers(count: u64) -> Frame {
    #[derive(Serialize)]
    struct Data {
        count: u64,
    }
    frame("viewers", Data { count })
}

/// `chat-message`: a stored message.
pub fn chat_message(cursor: &Position, message: &ChatMessage) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        cursor: &'a str,
        #[serde(flatten)]
        message: ChatMessageView<'a>,
        #[serde(skip_serializing_if = "Option::is_none")]
        nonce: Option<&'a str>,
    }
    frame(
        "chat-message",
        Data {
            cursor: cursor.as_str(),
            message: message.into(),
            nonce: message.nonce.as_deref(),
        },
    )
}

/// `chat-messages`: a part of the history.
pub fn chat_messages(cursor: &Position, history: &ChatHistory) -> Frame {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Data<'a> {
        cursor: &'a str,
        messages: Vec<ChatMessageView<'a>>,
        has_more: bool,
    }
    frame(
        "chat-messages",
        Data {
            cursor: cursor.as_str(),
            messages: history.messages.iter().map(ChatMessageView::from).collect(),
            has_more: history.has_more,
        },
    )
}

/// `chat-deleted`: a message was deleted.
pub fn chat_deleted(cursor: &Position, id: ChatMessageId, seq: i64) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        cursor: &'a str,
        #[serde(rename = "_id")]
        id: String,
        seq: i64,
    }
    frame(
        "chat-deleted",
        Data {
            cursor: cursor.as_str(),
            id: id.to_string(),
            seq,
        },
    )
}

/// `user`: somebody joined (`action` true) or left.
pub fn user(user: &str, action: bool, online: usize) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        user: &'a str,
        action: bool,
        online: usize,
    }
    frame(
        "user",
        Data {
            user,
            action,
            online,
        },
    )
}

/// `users`: who is there, [`MAX_USERS`] of them at most, and how many in all.
pub fn users<'a>(users: impl Iterator<Item = &'a str>, online: usize) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        users: Vec<&'a str>,
        online: usize,
    }
    frame(
        "users",
        Data {
            users: users.take(MAX_USERS).collect(),
            online,
        },
    )
}

/// `error`: a client's frame was not obeyed.
pub fn error(code: ErrorCode, nonce: Option<&str>) -> Frame {
    #[derive(Serialize)]
    struct Data<'a> {
        code: ErrorCode,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        nonce: Option<&'a str>,
    }
    frame(
        "error",
        Data {
            code,
            message: code.sentence(),
            nonce,
        },
    )
}
