//! The chat's use cases.

use super::{Shop, ShopResult, in_time};
use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::ids::ChatMessageId;

impl Shop {
    /// Stores a message.
    ///
    /// # Errors
    /// Its author is muted, or the store's failure.
    pub async fn append_message(&self, new: NewChatMessage) -> ShopResult<Appended> {
        in_time(async {
            self.check_not_muted(&new.user).await?;
            Ok(self.store.append_message(new).await?)
        })
        .await
    }

    /// A part of the history, newest last.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn history(&self, before: Option<i64>, limit: u32) -> ShopResult<ChatHistory> {
        Ok(self.store.history(before, limit).await?)
    }

    /// Deletes a message.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn delete_message(&self, id: ChatMessageId) -> ShopResult<()> {
        Ok(self.store.delete_message(id).await?)
    }
}
