//! Frames that the server sends: one function per event, each giving the finished bytes.

use serde::Serialize;
use utoipa::ToSchema;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
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

/// The first frame of every socket.
#[derive(Debug, Serialize, ToSchema)]
pub struct WelcomeData<'a> {
    /// Where the stream stands with this frame; `?since=` goes on from there.
    cursor: &'a str,
    /// Whether all that was missed follows; otherwise a snapshot or history does.
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

/// Where the stream stands, for a reader whom nothing concerned for long.
#[derive(Debug, Serialize, ToSchema)]
pub struct PositionData<'a> {
    /// Where the stream stands with this frame; `?since=` goes on from there.
    cursor: &'a str,
}

/// `position`: where the stream stands, for a reader whom nothing concerned for long.
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
    /// Where the stream stands with this frame; `?since=` goes on from there.
    cursor: &'a str,
    /// Some of the products.
    #[schema(max_items = 100)]
    products: Vec<ProductView<'a>>,
    /// How many are still to come; 0 in the last part.
    remaining: u64,
}

/// `products`: a part of a snapshot.
pub fn products(cursor: &Position, chunk: &ProductChunk) -> Frame {
    frame(
        "products",
        ProductsData {
            cursor: cursor.as_str(),
            products: chunk.products.iter().map(ProductView::from).collect(),
            remaining: chunk.remaining,
        },
    )
}

/// A stored change, with its sentence in the site's language.
#[derive(Debug, Serialize, ToSchema)]
pub struct UpdateProductsData<'a> {
    /// Where the stream stands with this frame; `?since=` goes on from there.
    cursor: &'a str,
    /// The product's id.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    id: String,
    /// What happened to it.
    #[schema(pattern = "^(created|updated|deleted)$")]
    action: &'a str,
    /// The same in a sentence, in the site's language.
    msg: &'a str,
    /// The product as it is now, or null when it is gone.
    #[schema(required)]
    product: Option<ProductView<'a>>,
    /// The version by this change.
    version: i64,
}

/// `update_products`: a stored change, with its sentence in the site's language.
pub fn update_products(cursor: &Position, change: &ProductChange, msg: &str) -> Frame {
    frame(
        "update_products",
        UpdateProductsData {
            cursor: cursor.as_str(),
            id: change.id.to_string(),
            action: change.action.word(),
            msg,
            product: change.product.as_deref().map(ProductView::from),
            version: change.version,
        },
    )
}

/// A cart as it is now, to those who follow it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CartData<'a> {
    /// Where the stream stands with this frame; `?since=` goes on from there.
    cursor: &'a str,
    /// Why it is told.
    #[schema(pattern = "^(snapshot|deleted|expired|short|available|price|changed)$")]
    reason: &'a str,
    cart: CartView<'a>,
}

/// `cart`: a cart as it is now, to those who follow it.
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

/// How many product sockets are open.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewersData {
    /// How many.
    count: u64,
}

/// `viewers`: how many product sockets are open.
pub fn viewers(count: u64) -> Frame {
    frame("viewers", ViewersData { count })
}

/// A stored message.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChatMessageData<'a> {
    /// Where the stream stands with this frame; `?since=` goes on from there.
    cursor: &'a str,
    #[serde(flatten)]
    message: ChatMessageView<'a>,
    /// The mark that the sender gave.
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
    /// Where the stream stands with this frame; `?since=` goes on from there.
    cursor: &'a str,
    /// Messages, the newest last.
    #[schema(max_items = 100)]
    messages: Vec<ChatMessageView<'a>>,
    /// Whether there are older ones.
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
    /// Where the stream stands with this frame; `?since=` goes on from there.
    cursor: &'a str,
    /// Its id.
    #[serde(rename = "_id")]
    #[schema(pattern = "^[0-9a-f]{24}$")]
    id: String,
    /// Its place, which stays unused.
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

/// Somebody joined (`action` true) or left.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserData<'a> {
    /// Whose address.
    user: &'a str,
    /// True: joined; false: left.
    action: bool,
    /// People who are there now.
    online: usize,
}

/// `user`: somebody joined (`action` true) or left.
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

/// Who is there, [`MAX_USERS`] of them at most, and how many in all.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsersData<'a> {
    /// Some of their addresses.
    #[schema(max_items = 100)]
    users: Vec<&'a str>,
    /// People who are there now.
    online: usize,
}

/// `users`: who is there, [`MAX_USERS`] of them at most, and how many in all.
pub fn users<'a>(users: impl Iterator<Item = &'a str>, online: usize) -> Frame {
    frame(
        "users",
        UsersData {
            users: users.take(MAX_USERS).collect(),
            online,
        },
    )
}

/// A client's frame was not obeyed.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorData<'a> {
    /// The stable word.
    code: ErrorCode,
    /// The same in a sentence.
    message: &'a str,
    /// The mark that the sender gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_length = 1, max_length = 64)]
    nonce: Option<&'a str>,
}

/// `error`: a client's frame was not obeyed.
pub fn error(code: ErrorCode, nonce: Option<&str>) -> Frame {
    frame(
        "error",
        ErrorData {
            code,
            message: code.sentence(),
            nonce,
        },
    )
}
