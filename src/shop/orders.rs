//! The orders' use cases.

use super::{Shop, ShopResult};
use crate::domain::ids::{CartId, OrderId};
use crate::domain::order::{Order, OrderPage, OrderQuery};
use crate::domain::purchase::{PurchaseRequest, Purchased};

impl Shop {
    /// Buys what a cart holds.
    ///
    /// # Errors
    /// The store's refusal; then nothing was sold.
    pub async fn purchase(&self, cart: CartId, request: PurchaseRequest) -> ShopResult<Purchased> {
        Ok(self.store.purchase(cart, request).await?)
    }

    /// One order.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn order(&self, id: OrderId) -> ShopResult<Order> {
        Ok(self.store.order(id).await?)
    }

    /// A page of the orders.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn orders(&self, query: &OrderQuery) -> ShopResult<OrderPage> {
        Ok(self.store.orders(query).await?)
    }

    /// Cancels an order, whose stock comes back.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn cancel_order(&self, id: OrderId) -> ShopResult<Order> {
        Ok(self.store.cancel_order(id).await?)
    }
}
