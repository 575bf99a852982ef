//! What a session needs of the shop; the realtime engine itself never sees a store.

use std::sync::Arc;

use async_trait::async_trait;

use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::ids::ProductId;
use crate::domain::product_query::ProductChunk;

/// The shop cannot answer now; it has been logged where it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the shop cannot answer now")]
pub struct BackingError;

/// The shop, as sessions see it.
#[async_trait]
pub trait Backing: Send + Sync {
    /// A part of a snapshot of the catalogue.
    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
    ) -> Result<ProductChunk, BackingError>;

    /// Stores a message; it is durable when this returns.
    async fn append_message(&self, new: NewChatMessage) -> Result<Appended, BackingError>;

    /// A part of the chat's history.
    async fn history(&self, before: Option<i64>, limit: u32) -> Result<ChatHistory, BackingError>;
}

/// A session's own handle on the shop.
pub type SharedBacking = Arc<dyn Backing>;
