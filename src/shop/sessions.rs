//! The shop as the realtime engine's sessions see it.

use async_trait::async_trait;

use super::Shop;
use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product_query::ProductChunk;
use crate::realtime::{Backing, BackingError, FollowedCart, NotAppended};
use crate::store::StoreError;

#[async_trait]
impl Backing for Shop {
    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: u32,
    ) -> Result<ProductChunk, BackingError> {
        let chunk = self.store.product_chunk(after, only, limit).await;
        chunk.map_err(|error| self.failed("a snapshot was not read", &error))
    }

    async fn follow_cart(&self, id: CartId) -> Result<Option<FollowedCart>, BackingError> {
        self.live_carts.follow(id).await
    }

    async fn append_message(&self, new: NewChatMessage) -> Result<Appended, NotAppended> {
        let appended = async {
            match self.muted_until(&new.user).await? {
                Some(_) => Ok(None),
                None => self.store.append_message(new).await.map(Some),
            }
        };
        match appended.await {
            Ok(appended) => appended.ok_or(NotAppended::Muted),
            Err(error) => Err(self.failed("a chat message was not stored", &error).into()),
        }
    }

    async fn history(&self, before: Option<i64>, limit: u32) -> Result<ChatHistory, BackingError> {
        let history = self.store.history(before, limit).await;
        history.map_err(|error| self.failed("the chat history was not read", &error))
    }
}

impl Shop {
    /// Logs and counts what a session cannot answer.
    fn failed(&self, what: &str, error: &StoreError) -> BackingError {
        log::error!("{what}: {error}");
        if let Some(kind) = error.failure() {
            self.metrics.failed(kind);
        }
        BackingError
    }
}
