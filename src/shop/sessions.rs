//! The shop's operations for the realtime engine's sessions.

use async_trait::async_trait;

use super::{Shop, ShopError};
use crate::domain::chat_message::{AppendedMessage, ChatHistory, NewChatMessage};
use crate::domain::ids::CartId;
use crate::realtime::{AppendError, FollowedCart, ShopApi, ShopApiError};

#[async_trait]
impl ShopApi for Shop {
    async fn follow_cart(&self, id: CartId) -> Result<Option<FollowedCart>, ShopApiError> {
        self.cart_watch.follow(id).await
    }

    async fn append_message(&self, new: NewChatMessage) -> Result<AppendedMessage, AppendError> {
        match Shop::append_message(self, new).await {
            Ok(appended) => Ok(appended),
            Err(ShopError::Muted { .. }) => Err(AppendError::Muted),
            Err(error) => Err(self.failed("chat message not stored", &error).into()),
        }
    }

    async fn history(&self, before: Option<i64>, limit: u32) -> Result<ChatHistory, ShopApiError> {
        let history = self.store.history(before, limit).await;
        history.map_err(|error| self.failed("chat history not read", &error.into()))
    }
}

impl Shop {
    /// Logs and counts a failure that a session cannot report to its client.
    fn failed(&self, what: &str, error: &ShopError) -> ShopApiError {
        log::error!("{what}: {error}");
        if let ShopError::Store(store) = error
            && let Some(kind) = store.failure()
        {
            self.metrics.failed(kind);
        }
        ShopApiError
    }
}
