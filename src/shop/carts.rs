//! The carts' use cases.

use super::{Shop, ShopResult};
use crate::domain::cart::{Cart, Quantity, WantedLines};
use crate::domain::ids::{CartId, ProductId};

impl Shop {
    /// Makes a cart.
    ///
    /// # Errors
    /// The store's refusal; then no cart is made.
    pub async fn create_cart(&self, lines: WantedLines) -> ShopResult<Cart> {
        Ok(self.store.create_cart(lines).await?)
    }

    /// One cart.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn cart(&self, id: CartId) -> ShopResult<Cart> {
        Ok(self.store.cart(id).await?)
    }

    /// Adds units of a product.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn add_to_cart(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> ShopResult<Cart> {
        Ok(self.store.add_to_cart(id, product, quantity).await?)
    }

    /// Sets the units of a product.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn set_cart_line(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> ShopResult<Cart> {
        Ok(self.store.set_cart_line(id, product, quantity).await?)
    }

    /// Replaces all lines.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn replace_cart(&self, id: CartId, lines: WantedLines) -> ShopResult<Cart> {
        Ok(self.store.replace_cart(id, lines).await?)
    }

    /// Removes a product's line.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn remove_cart_line(&self, id: CartId, product: ProductId) -> ShopResult<Cart> {
        Ok(self.store.remove_cart_line(id, product).await?)
    }
}
