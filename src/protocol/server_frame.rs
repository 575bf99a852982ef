//! Frames from the server: one function per event, which returns the encoded frame.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::cart_view::CartView;
use super::chat_message_view::ChatMessageView;
use super::frame::Frame;
use super::product_view::ProductView;
use crate::domain::cart::Cart;
use crate::domain::cart_transition::CartReason;
use crate::domain::change::ProductChange;
use crate::domain::chat_message::{ChatHistory, ChatMessage, MAX_MESSAGE};
use crate::domain::ids::ChatMessageId;
use crate::domain::position::Position;

/// The maximum number of people in one `users` frame.
pub const MAX_USERS: usize = 100;

/// Why a frame of the client was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The text is not a frame that the server knows.
    BadFrame,
    /// The e-mail address in `join` is invalid.
    BadEmail,
    /// The command needs a `join` first.
    NotJoined,
    /// The message is empty or only white space.
    EmptyMessage,
    /// The message has too many characters.
    TooLong,
    /// Too many frames per second.
    RateLimited,
    /// The author is muted.
    Muted,
    /// The store is unavailable.
    Unavailable,
}

impl ErrorCode {
    fn sentence(self) -> Cow<'static, str> {
        match self {
            Self::BadFrame => "unrecognised frame".into(),
            Self::BadEmail => "invalid e-mail address".into(),
            Self::NotJoined => "join first".into(),
            Self::EmptyMessage => "message is empty".into(),
            Self::TooLong => format!("message is too long (limit {MAX_MESSAGE})").into(),
            Self::RateLimited => "too many frames: slow down".into(),
            Self::Muted => "this address is muted".into(),
            Self::Unavailable => "message not stored: retry".into(),
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
        .expect("views have only strings, numbers and lists, which always serialise");
    Frame::text(&payload)
}

/// The first frame of every socket.
#[derive(Debug, Serialize, ToSchema)]
pub struct WelcomeData<'a> {
    /// The position of the stream after this frame, for `?since=`.
    cursor: &'a str,
    /// Whether the missed frames follow; otherwise a snapshot or the history does.
    resumed: bool,
}

/// `welcome`: the first frame of every socket.
pub fn welcome(cursor: &Position, resumed: bool) -> Frame {
    frame(
        "welcome",
        WelcomeData {
            cursor: cursor.as_str(),
            resumed,
        },
    )
}

/// The position of the stream, when no other frame brought it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PositionData<'a> {
    /// The position of the stream after this frame, for `?since=`.
    cursor: &'a str,
}

/// `position`: the position of the stream, when no other frame brought it.
pub fn position(cursor: &Position) -> Frame {
    frame(
        "position",
        PositionData {
            cursor: cursor.as_str(),
        },
    )
}

/// A part of a snapshot.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductsData<'a> {
    /// The position of the stream after this frame, for `?since=`.
    cursor: &'a str,
    /// Some of the products.
    #[schema(max_items = 100, value_type = Vec<ProductView<'a>>)]
    products: Vec<&'a RawValue>,
    /// The number of products in the following parts; 0 in the last part.
    remaining: u64,
}

/// `products`: a part of a snapshot, of products that are encoded already.
pub fn products<'a>(
    cursor: &Position,
    products: impl Iterator<Item = &'a RawValue>,
    remaining: u64,
) -> Frame {
    frame(
        "products",
        ProductsData {
            cursor: cursor.as_str(),
            products: products.collect(),
            remaining,
        },
    )
}

/// A stored change of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpdateProductsData<'a> {
    /// The position of the stream after this frame, for `?since=`.
    cursor: &'a str,
    /// The id of the product.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    id: String,
    /// The kind of change.
    #[schema(pattern = "^(created|updated|deleted)$")]
    action: &'a str,
    /// The change as a sentence, in the language of the site.
    msg: &'a str,
    /// The product after the change; null if it was deleted.
    #[schema(required, value_type = Option<ProductView<'a>>)]
    product: Option<&'a RawValue>,
    /// The version after the change.
    version: i64,
}

/// `update_products`: a stored change of a product, which is encoded already; `None` if it is gone.
pub fn update_products(
    cursor: &Position,
    change: &ProductChange,
    product: Option<&RawValue>,
    msg: &str,
) -> Frame {
    frame(
        "update_products",
        UpdateProductsData {
            cursor: cursor.as_str(),
            id: change.id.to_string(),
            action: change.action.word(),
            msg,
            product,
            version: change.version,
        },
    )
}

/// The current state of a followed cart.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartData<'a> {
    /// The position of the stream after this frame, for `?since=`.
    cursor: &'a str,
    /// Why it is sent.
    #[schema(pattern = "^(snapshot|deleted|expired|short|available|price|changed)$")]
    reason: &'a str,
    cart: CartView<'a>,
}

/// `cart`: the current state of a followed cart.
pub fn cart(cursor: &Position, reason: CartReason, cart: &Cart) -> Frame {
    frame(
        "cart",
        CartData {
            cursor: cursor.as_str(),
            reason: reason.word(),
            cart: cart.into(),
        },
    )
}

/// The number of open product sockets.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewersData {
    /// The number.
    count: u64,
}

/// `viewers`: the number of open product sockets.
pub fn viewers(count: u64) -> Frame {
    frame("viewers", ViewersData { count })
}

/// A stored message.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatMessageData<'a> {
    /// The position of the stream after this frame, for `?since=`.
    cursor: &'a str,
    #[serde(flatten)]
    message: ChatMessageView<'a>,
    /// The sender's own mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    nonce: Option<&'a str>,
}

/// `chat-message`: a stored message.
pub fn chat_message(cursor: &Position, message: &ChatMessage) -> Frame {
    frame(
        "chat-message",
        ChatMessageData {
            cursor: cursor.as_str(),
            message: message.into(),
            nonce: message.nonce.as_deref(),
        },
    )
}

/// A part of the history.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessagesData<'a> {
    /// The position of the stream after this frame, for `?since=`.
    cursor: &'a str,
    /// Messages, oldest first.
    #[schema(max_items = 100)]
    messages: Vec<ChatMessageView<'a>>,
    /// Whether there are older messages.
    has_more: bool,
}

/// `chat-messages`: a part of the history.
pub fn chat_messages(cursor: &Position, history: &ChatHistory) -> Frame {
    frame(
        "chat-messages",
        ChatMessagesData {
            cursor: cursor.as_str(),
            messages: history.messages.iter().map(ChatMessageView::from).collect(),
            has_more: history.has_more,
        },
    )
}

/// A message was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatDeletedData<'a> {
    /// The position of the stream after this frame, for `?since=`.
    cursor: &'a str,
    /// The id of the message.
    #[serde(rename = "_id")]
    #[schema(pattern = "^[0-9a-f]{24}$")]
    id: String,
    /// The number of the message, which is not reused.
    seq: i64,
}

/// `chat-deleted`: a message was deleted.
pub fn chat_deleted(cursor: &Position, id: ChatMessageId, seq: i64) -> Frame {
    frame(
        "chat-deleted",
        ChatDeletedData {
            cursor: cursor.as_str(),
            id: id.to_string(),
            seq,
        },
    )
}

/// A person joined or left.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserData<'a> {
    /// The e-mail address.
    user: &'a str,
    /// True: joined; false: left.
    action: bool,
    /// People in the chat now.
    online: usize,
}

/// `user`: a person joined (`action` true) or left.
pub fn user(user: &str, action: bool, online: usize) -> Frame {
    frame(
        "user",
        UserData {
            user,
            action,
            online,
        },
    )
}

/// The people in the chat.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsersData<'a> {
    /// Up to 100 of their e-mail addresses.
    #[schema(max_items = 100)]
    users: Vec<&'a str>,
    /// People in the chat now.
    online: usize,
}

/// `users`: at most [`MAX_USERS`] of the people in the chat, and the number of all.
pub fn users<'a>(users: impl Iterator<Item = &'a str>, online: usize) -> Frame {
    frame(
        "users",
        UsersData {
            users: users.take(MAX_USERS).collect(),
            online,
        },
    )
}

/// A frame of the client was refused.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorData<'a> {
    /// The stable code.
    code: ErrorCode,
    /// The code as a sentence.
    message: &'a str,
    /// The sender's own mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    nonce: Option<&'a str>,
}

/// `error`: a frame of the client was refused.
pub fn error(code: ErrorCode, nonce: Option<&str>) -> Frame {
    frame(
        "error",
        ErrorData {
            code,
            message: &code.sentence(),
            nonce,
        },
    )
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
