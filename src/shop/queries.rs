//! Reads.

use super::{Shop, ShopResult};
use crate::domain::cart::Cart;
use crate::domain::chat_message::ChatHistory;
use crate::domain::ids::{CartId, OrderId, ProductId};
use crate::domain::invalid_product::InvalidProducts;
use crate::domain::order::{Order, OrderPage, OrderQuery};
use crate::domain::position::Position;
use crate::domain::product::Product;
use crate::domain::product_query::{ProductPage, ProductQuery};

/// A page of the catalogue with a cursor of the product stream.
#[derive(Debug, Clone)]
pub struct Listing {
    pub page: ProductPage,
    /// The page has all changes up to here; the stream has all later ones.
    pub cursor: Position,
}

impl Shop {
    pub async fn product(&self, id: ProductId) -> ShopResult<Product> {
        Ok(self.store.product(id).await?)
    }

    pub async fn list_products(&self, query: &ProductQuery) -> ShopResult<Listing> {
        let cursor = self.heads.products.get().cursor;
        let page = self.store.list_products(query).await?;
        Ok(Listing { page, cursor })
    }

    pub async fn categories(&self) -> ShopResult<Vec<String>> {
        Ok(self.store.categories().await?)
    }

    pub async fn invalid_products(&self, limit: u32) -> ShopResult<InvalidProducts> {
        Ok(self.store.invalid_products(limit).await?)
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
