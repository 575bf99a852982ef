//! Executes every command, whether it comes by REST, a form or a socket.

use super::{Shop, ShopError, ShopResult, in_time};
use crate::domain::cart::{Cart, LineRequests};
use crate::domain::cart_change::CartChange;
use crate::domain::chat_message::{AppendedMessage, NewChatMessage};
use crate::domain::command::{Command, Conclusion, Outcome};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::CartId;
use crate::domain::product::{NewProduct, Product};
use crate::store::{Executed, StoreError};

impl Shop {
    /// Executes a command after the checks that the store does not make: a product's images exist,
    /// and the author of a message is not muted.
    pub async fn execute(&self, command: Command) -> ShopResult<Outcome> {
        in_time(async {
            self.check(&command).await?;
            Ok(self.store.execute(command).await?)
        })
        .await
    }

    /// Executes a command once, however often it is sent with this key, and returns the saved
    /// conclusion.
    ///
    /// # Errors
    /// A muted author, a key that was used for another request, or a failure. A refusal is not an
    /// error but a conclusion.
    pub async fn execute_once(
        &self,
        command: Command,
        key: IdempotencyKey,
    ) -> ShopResult<Executed> {
        in_time(async {
            match self.check(&command).await {
                Ok(()) => Ok(self.store.execute_once(command, key).await?),
                Err(ShopError::Invalid(error)) => {
                    self.save_conclusion(key, Conclusion::Invalid(error)).await
                }
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// Saves the conclusion of a keyed request that was refused before it became a command.
    pub async fn save_conclusion(
        &self,
        key: IdempotencyKey,
        conclusion: Conclusion,
    ) -> ShopResult<Executed> {
        Ok(self.store.save_conclusion(key, conclusion).await?)
    }

    async fn check(&self, command: &Command) -> ShopResult<()> {
        match command {
            Command::CreateProduct(new) => self.check_images(&new.thumbnails, &[]).await,
            Command::AppendMessage(new) => self.check_not_muted(&new.user).await,
            Command::CreateCart(_) | Command::ChangeCart(..) | Command::Purchase(..) => Ok(()),
        }
    }

    pub async fn create_product(&self, new: NewProduct) -> ShopResult<Product> {
        let outcome = self.execute(Command::CreateProduct(new)).await?;
        expected(outcome.product())
    }

    pub async fn create_cart(&self, lines: LineRequests) -> ShopResult<Cart> {
        let outcome = self.execute(Command::CreateCart(lines)).await?;
        expected(outcome.cart())
    }

    pub async fn change_cart(&self, id: CartId, change: CartChange) -> ShopResult<Cart> {
        let outcome = self.execute(Command::ChangeCart(id, change)).await?;
        expected(outcome.cart())
    }

    pub async fn append_message(&self, new: NewChatMessage) -> ShopResult<AppendedMessage> {
        let outcome = self.execute(Command::AppendMessage(new)).await?;
        expected(outcome.message())
    }
}

/// Each command has one kind of outcome.
fn expected<T>(outcome: Option<T>) -> ShopResult<T> {
    let outcome = outcome.ok_or_else(|| StoreError::Internal("unexpected kind of outcome".into()));
    Ok(outcome?)
}
