//! Requests that are done once, however often they are sent.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{StoreError, StoreResult};
use crate::domain::cart::{Cart, WantedLine, WantedLines};
use crate::domain::chat_message::{Appended, NewChatMessage};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product::{NewProduct, Product};
use crate::domain::purchase::{PurchaseRequest, Purchased};

/// How long the answer to a key is kept.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);
/// Answers that are kept at most.
pub const MAX_KEPT: u64 = 1_000_000;

/// A step of the shop that can be asked for under a key.
#[derive(Debug, Clone)]
pub enum KeyedRequest {
    /// See [`ProductStore::create_product`](super::ProductStore::create_product).
    CreateProduct(NewProduct),
    /// See [`CartStore::create_cart`](super::CartStore::create_cart).
    CreateCart(WantedLines),
    /// See [`CartStore::add_to_cart`](super::CartStore::add_to_cart).
    AddToCart(CartId, WantedLine),
    /// See [`CartStore::set_cart_line`](super::CartStore::set_cart_line).
    SetCartLine(CartId, WantedLine),
    /// See [`CartStore::replace_cart`](super::CartStore::replace_cart).
    ReplaceCart(CartId, WantedLines),
    /// See [`CartStore::remove_cart_line`](super::CartStore::remove_cart_line).
    RemoveCartLine(CartId, ProductId),
    /// See [`OrderStore::purchase`](super::OrderStore::purchase).
    Purchase(CartId, PurchaseRequest),
    /// See [`ChatStore::append_message`](super::ChatStore::append_message).
    AppendMessage(NewChatMessage),
}

/// What such a step did.
#[derive(Debug, Clone)]
pub enum Effect {
    /// A product was made.
    Product(Product),
    /// A cart was made or changed.
    Cart(Cart),
    /// A cart was bought.
    Purchase(Purchased),
    /// A message was appended.
    Message(Appended),
}

/// Turns the outcome of a step into the answer that is kept: bytes that mean nothing to the store.
/// It may be asked several times for one step, and does nothing else.
pub type AnswerOf = Arc<dyn Fn(StoreResult<Effect>) -> Vec<u8> + Send + Sync>;

/// A request under a key.
#[derive(Clone)]
pub struct Once {
    /// The key.
    pub key: IdempotencyKey,
    /// The request.
    pub request: KeyedRequest,
    /// How its outcome is answered.
    pub answer: AnswerOf,
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Once")
            .field("key", &self.key)
            .field("request", &self.request)
            .finish_non_exhaustive()
    }
}

/// The answer to a request under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It was done, or refused, now.
    First(Vec<u8>),
    /// It had been answered before: nothing was done now.
    Replayed(Vec<u8>),
}

/// Idempotency keys.
///
/// The record of a key and the effect of its request are one step: a crash leaves both or neither,
/// and there is no record of a request that is under way. Of parallel requests with one key, on
/// this node and others, one has an effect, and all get its answer. A record lives for
/// [`KEPT_FOR`]; then its key is as new. At [`MAX_KEPT`] live records a new key is
/// [`StoreError::KeysExhausted`]: none is dropped early. The same key with another request is
/// [`StoreError::IdempotencyMismatch`].
#[async_trait]
pub trait IdempotencyStore: Send + Sync {
    /// Does a request once and keeps its answer. A final refusal ([`StoreError::is_final`]) is an
    /// answer too, kept alone; any other error is returned, and nothing is kept or done.
    async fn answer_once(&self, once: Once) -> StoreResult<Reply>;

    /// Keeps the answer to a request that has no effect, unless the key was answered before.
    async fn keep_answer(&self, key: IdempotencyKey, answer: Vec<u8>) -> StoreResult<Reply>;
}

impl StoreError {
    /// Whether the same request would be refused again as long as nobody changes anything: the
    /// refusal is an answer, and no failure of the store.
    pub fn is_final(&self) -> bool {
        match self {
            Self::NotFound(_)
            | Self::DuplicateCode
            | Self::VersionMismatch { .. }
            | Self::NotForSale { .. }
            | Self::InsufficientStock { .. }
            | Self::EmptyCart
            | Self::LinesShort { .. }
            | Self::PriceChanged { .. }
            | Self::CartFull
            | Self::TooManyThumbnails => true,
            Self::IdempotencyMismatch
            | Self::KeysExhausted
            | Self::Unavailable(_)
            | Self::Internal(_) => false,
        }
    }
}
