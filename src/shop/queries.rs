//! Reads.

use super::{Shop, ShopResult};
use crate::domain::cart::Cart;
use crate::domain::chat_message::ChatHistory;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::order::{Order, OrderPage, OrderQuery};
use crate::domain::product::Product;
use crate::store::Mark;

impl Shop {
    pub async fn product(&self, id: ProductId) -> ShopResult<Product> {
        Ok(self.store.product(id).await?)
    }

    /// The mark of the newest acknowledged write of products.
    pub fn written(&self) -> Mark {
        self.store.written()
    }

    /// Whether the changes of other programs arrive.
    pub fn is_connected(&self) -> bool {
        self.store.is_connected()
    }

    /// Whether no product is stored.
    pub(super) async fn is_empty(&self) -> ShopResult<bool> {
        let mut walk = self.store.walk_products().await?;
        Ok(walk.next().await?.is_empty())
    }

    pub async fn cart(&self, id: CartId) -> ShopResult<Cart> {
        Ok(self.store.cart(id).await?)
    }

    pub async fn order(&self, id: OrderId) -> ShopResult<Order> {
        Ok(self.store.order(id).await?)
    }

    pub async fn orders(&self, query: &OrderQuery) -> ShopResult<OrderPage> {
        Ok(self.store.orders(query).await?)
    }

    /// A part of the chat's history, oldest message first.
    pub async fn history(&self, before: Option<i64>, limit: u32) -> ShopResult<ChatHistory> {
        Ok(self.store.history(before, limit).await?)
    }
}
