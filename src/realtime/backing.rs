//! What a session needs of the shop; the realtime engine itself never sees a store.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::cart::Cart;
use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product_query::ProductChunk;

/// The shop cannot answer now; it has been logged where it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shop cannot answer now")]
pub struct BackingError;

/// Why a message was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAppended {
    /// Its author may not write for a time.
    #[error("the author may not write for a time")]
    Muted,
    /// See [`BackingError`].
    #[error(transparent)]
    Unavailable(#[from] BackingError),
}

/// A cart and the right to be told of it.
pub struct FollowedCart {
    /// The cart as it was read.
    pub cart: Cart,
    /// States of the cart with a greater one come after it.
    pub revision: u64,
    /// Dropped, this page follows the cart no more.
    pub lease: Box<dyn Send>,
}

impl std::fmt::Debug for FollowedCart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FollowedCart")
            .field("cart", &self.cart.id)
            .field("revision", &self.revision)
            .finish_non_exhaustive()
    }
}

/// The shop, as sessions see it.
#[async_trait]
pub trait Backing: Send + Sync {
    /// A part of a snapshot of the catalogue: so many products at most.
    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: u32,
    ) -> Result<ProductChunk, BackingError>;

    /// A cart that a page begins to follow: from this state on the product hub is told whatever
    /// happens to it. `None` for an unknown one.
    async fn follow_cart(&self, id: CartId) -> Result<Option<FollowedCart>, BackingError>;

    /// Stores a message; it is durable when this returns.
    async fn append_message(&self, new: NewChatMessage) -> Result<Appended, NotAppended>;

    /// A part of the chat's history.
    async fn history(&self, before: Option<i64>, limit: u32) -> Result<ChatHistory, BackingError>;
}

/// A session's own handle on the shop.
pub type SharedBacking = Arc<dyn Backing>;
