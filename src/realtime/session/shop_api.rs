//! The shop as sessions see it; the realtime engine never sees a store.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::cart::Cart;
use crate::domain::chat_message::{AppendedMessage, ChatHistory, NewChatMessage};
use crate::domain::ids::CartId;

/// The shop is unavailable; the cause has been logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shop is unavailable")]
pub struct ShopApiError;

/// Why a message was not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    #[error("the author is muted")]
    Muted,
    #[error(transparent)]
    Unavailable(#[from] ShopApiError),
}

/// A cart whose changes the product hub is notified of.
pub struct FollowedCart {
    /// The cart at `revision`.
    pub cart: Cart,
    /// Later states of the cart have a greater revision.
    pub revision: u64,
    /// Dropping it ends the notifications.
    pub lease: Box<dyn Send>,
}

/// A subset of the shop's operations.
#[async_trait]
pub trait ShopApi: Send + Sync {
    /// Reads a cart, and notifies the product hub of every later state. `None` for an unknown cart.
    async fn follow_cart(&self, id: CartId) -> Result<Option<FollowedCart>, ShopApiError>;

    /// Stores a message; it is durable when this returns.
    async fn append_message(&self, new: NewChatMessage) -> Result<AppendedMessage, AppendError>;

    /// The newest `limit` messages before `before`.
    async fn history(&self, before: Option<i64>, limit: u32) -> Result<ChatHistory, ShopApiError>;
}

pub type SharedShopApi = Arc<dyn ShopApi>;
