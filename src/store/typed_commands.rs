//! Commands as methods with typed outcomes, for tests of stores.

use async_trait::async_trait;

use crate::domain::cart::{Cart, LineRequest, LineRequests, Quantity};
use crate::domain::cart_change::CartChange;
use crate::domain::chat_message::{AppendedMessage, NewChatMessage};
use crate::domain::command::Command;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::product::{NewProduct, Product};
use crate::domain::purchase::{PurchaseOutcome, PurchaseRequest};
use crate::store::{Execute, StoreResult};

/// One method for each command, and one for each change of a cart.
#[async_trait]
pub(crate) trait TypedCommands: Execute {
    async fn create_product(&self, new: NewProduct) -> StoreResult<Product> {
        let outcome = self.execute(Command::CreateProduct(new)).await?;
        Ok(outcome.product().expect("a product"))
    }

    async fn create_cart(&self, lines: LineRequests) -> StoreResult<Cart> {
        let outcome = self.execute(Command::CreateCart(lines)).await?;
        Ok(outcome.cart().expect("a cart"))
    }

    async fn change_cart(&self, id: CartId, change: CartChange) -> StoreResult<Cart> {
        let outcome = self.execute(Command::ChangeCart(id, change)).await?;
        Ok(outcome.cart().expect("a cart"))
    }

    async fn add_to_cart(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart> {
        let line = LineRequest { product, quantity };
        self.change_cart(id, CartChange::Add(line)).await
    }

    async fn set_cart_line(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart> {
        let line = LineRequest { product, quantity };
        self.change_cart(id, CartChange::Set(line)).await
    }

    async fn remove_cart_line(&self, id: CartId, product: ProductId) -> StoreResult<Cart> {
        self.change_cart(id, CartChange::Remove(product)).await
    }

    async fn purchase(
        &self,
        cart: CartId,
        request: PurchaseRequest,
    ) -> StoreResult<PurchaseOutcome> {
        let outcome = self.execute(Command::Purchase(cart, request)).await?;
        Ok(outcome.purchase().expect("a purchase"))
    }

    async fn append_message(&self, new: NewChatMessage) -> StoreResult<AppendedMessage> {
        let outcome = self.execute(Command::AppendMessage(new)).await?;
        Ok(outcome.message().expect("a message"))
    }
}

impl<T: Execute + ?Sized> TypedCommands for T {}
