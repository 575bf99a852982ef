//! The shop as the realtime engine's sessions see it.

use std::fmt::Display;

use async_trait::async_trait;

use super::{Shop, ShopError};
use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product_query::ProductChunk;
use crate::realtime::{Backing, BackingError, FollowedCart, NotAppended};

#[async_trait]
impl Backing for Shop {
    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: u32,
    ) -> Result<ProductChunk, BackingError> {
        let chunk = self.store.product_chunk(after, only, limit).await;
        chunk.map_err(|error| logged("a snapshot was not read", &error))
    }

    async fn follow_cart(&self, id: CartId) -> Result<Option<FollowedCart>, BackingError> {
        self.live_carts.follow(id).await
    }

    async fn append_message(&self, new: NewChatMessage) -> Result<Appended, NotAppended> {
        let appended = Shop::append_message(self, new).await;
        appended.map_err(|error| match error {
            ShopError::Muted { .. } => NotAppended::Muted,
            error => logged("a chat message was not stored", &error).into(),
        })
    }

    async fn history(&self, before: Option<i64>, limit: u32) -> Result<ChatHistory, BackingError> {
        let history = self.store.history(before, limit).await;
        history.map_err(|error| logged("the chat history was not read", &error))
    }
}

fn logged(what: &str, error: &impl Display) -> BackingError {
    log::error!("{what}: {error}");
    BackingError
}
