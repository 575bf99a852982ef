//! The store's traits: each operation goes to the driver's thread with what it needs.

use std::sync::Arc;

use async_trait::async_trait;

use super::MongoStore;
use super::carts::{CartChange, line};
use super::collections::Collections;
use crate::domain::broken::BrokenProducts;
use crate::domain::cart::{Cart, Quantity, WantedLines};
use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::email::Email;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::domain::mute::Mute;
use crate::domain::order::{Order, OrderPage, OrderQuery};
use crate::domain::product::{NewProduct, Product, ProductPatch};
use crate::domain::product_query::{ProductChunk, ProductPage, ProductQuery};
use crate::domain::purchase::{PurchaseRequest, Purchased};
use crate::domain::timestamp::Timestamp;
use crate::domain::upsert::{ProductBatch, Upserted};
use crate::store::{
    CartStore, ChatStore, EndedHolds, ExpiryStore, IdempotencyStore, MuteStore, Once, OrderStore,
    ProductStore, ProductWalk, Reply, StoreResult,
};

impl MongoStore {
    fn collections(&self) -> Arc<Collections> {
        self.collections.clone()
    }

    async fn change_cart(&self, id: CartId, change: CartChange) -> StoreResult<Cart> {
        let base = self.collections();
        self.driver
            .run(async move { base.change_cart(id, change).await })
            .await
    }
}

#[async_trait]
impl ProductStore for MongoStore {
    async fn create_product(&self, new: NewProduct) -> StoreResult<Product> {
        let base = self.collections();
        self.driver
            .run(async move { base.create_product(new).await })
            .await
    }

    async fn product(&self, id: ProductId) -> StoreResult<Product> {
        let base = self.collections();
        self.driver.run(async move { base.product(id).await }).await
    }

    async fn list_products(&self, query: &ProductQuery) -> StoreResult<ProductPage> {
        let (base, query) = (self.collections(), query.clone());
        self.driver
            .run(async move { base.list_products(&query).await })
            .await
    }

    async fn product_chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: u32,
    ) -> StoreResult<ProductChunk> {
        let (base, only) = (self.collections(), only.map(<[_]>::to_vec));
        let chunk = async move { base.product_chunk(after, only.as_deref(), limit).await };
        self.driver.run(chunk).await
    }

    async fn categories(&self) -> StoreResult<Vec<String>> {
        let base = self.collections();
        self.driver
            .run(async move { base.categories().await })
            .await
    }

    async fn broken_products(&self, limit: u32) -> StoreResult<BrokenProducts> {
        let base = self.collections();
        self.driver
            .run(async move { base.broken_products(limit).await })
            .await
    }

    async fn update_product(
        &self,
        id: ProductId,
        patch: ProductPatch,
        expected: Option<i64>,
    ) -> StoreResult<Product> {
        let base = self.collections();
        self.driver
            .run(async move { base.update_product(id, patch, expected).await })
            .await
    }

    async fn delete_product(&self, id: ProductId, expected: Option<i64>) -> StoreResult<Product> {
        let base = self.collections();
        self.driver
            .run(async move { base.delete_product(id, expected).await })
            .await
    }

    async fn add_thumbnails(&self, id: ProductId, names: Vec<String>) -> StoreResult<Product> {
        let base = self.collections();
        self.driver
            .run(async move { base.add_thumbnails(id, names).await })
            .await
    }

    async fn remove_thumbnail(&self, id: ProductId, name: &str) -> StoreResult<Product> {
        let (base, name) = (self.collections(), name.to_owned());
        self.driver
            .run(async move { base.remove_thumbnail(id, &name).await })
            .await
    }

    async fn upsert_products(&self, batch: ProductBatch) -> StoreResult<Vec<Upserted>> {
        let base = self.collections();
        self.driver
            .run(async move { base.upsert_products(&batch).await })
            .await
    }

    async fn preview_upserts(&self, batch: ProductBatch) -> StoreResult<Vec<Upserted>> {
        let base = self.collections();
        self.driver
            .run(async move { base.preview_upserts(&batch).await })
            .await
    }

    async fn walk_products(&self) -> StoreResult<Box<dyn ProductWalk>> {
        self.walk().await
    }

    async fn thumbnails_in_use(&self, names: &[String]) -> StoreResult<Vec<String>> {
        let (base, names) = (self.collections(), names.to_vec());
        self.driver
            .run(async move { base.thumbnails_in_use(&names).await })
            .await
    }
}

#[async_trait]
impl CartStore for MongoStore {
    async fn create_cart(&self, lines: WantedLines) -> StoreResult<Cart> {
        let base = self.collections();
        self.driver
            .run(async move { base.create_cart(lines).await })
            .await
    }

    async fn cart(&self, id: CartId) -> StoreResult<Cart> {
        let base = self.collections();
        self.driver.run(async move { base.cart(id).await }).await
    }

    async fn add_to_cart(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart> {
        self.change_cart(id, CartChange::Add(line(product, quantity)))
            .await
    }

    async fn set_cart_line(
        &self,
        id: CartId,
        product: ProductId,
        quantity: Quantity,
    ) -> StoreResult<Cart> {
        self.change_cart(id, CartChange::Set(line(product, quantity)))
            .await
    }

    async fn replace_cart(&self, id: CartId, lines: WantedLines) -> StoreResult<Cart> {
        self.change_cart(id, CartChange::Replace(lines)).await
    }

    async fn remove_cart_line(&self, id: CartId, product: ProductId) -> StoreResult<Cart> {
        self.change_cart(id, CartChange::Remove(product)).await
    }
}

#[async_trait]
impl OrderStore for MongoStore {
    async fn purchase(&self, cart: CartId, request: PurchaseRequest) -> StoreResult<Purchased> {
        let (id, base) = (OrderId::generate()?, self.collections());
        self.driver
            .run(async move { base.purchase(id, cart, &request).await })
            .await
    }

    async fn order(&self, id: OrderId) -> StoreResult<Order> {
        let base = self.collections();
        self.driver.run(async move { base.order(id).await }).await
    }

    async fn orders(&self, query: &OrderQuery) -> StoreResult<OrderPage> {
        let (base, query) = (self.collections(), query.clone());
        self.driver
            .run(async move { base.list_orders(&query).await })
            .await
    }

    async fn cancel_order(&self, id: OrderId) -> StoreResult<Order> {
        let base = self.collections();
        self.driver
            .run(async move { base.cancel_order(id).await })
            .await
    }
}

#[async_trait]
impl ExpiryStore for MongoStore {
    async fn now(&self) -> StoreResult<Timestamp> {
        let base = self.collections();
        self.driver
            .run(async move { base.read_clock().await })
            .await
    }

    async fn end_holds(&self, now: Timestamp, limit: u32) -> StoreResult<EndedHolds> {
        let base = self.collections();
        self.driver
            .run(async move { base.end_holds(now, limit).await })
            .await
    }

    async fn end_carts(&self, now: Timestamp, limit: u32) -> StoreResult<u32> {
        let base = self.collections();
        self.driver
            .run(async move { base.end_carts(now, limit).await })
            .await
    }
}

#[async_trait]
impl ChatStore for MongoStore {
    async fn append_message(&self, new: NewChatMessage) -> StoreResult<Appended> {
        self.chat.append(new).await
    }

    async fn history(&self, before: Option<i64>, limit: u32) -> StoreResult<ChatHistory> {
        let base = self.collections();
        self.driver
            .run(async move { base.history(before, limit).await })
            .await
    }

    async fn delete_message(&self, id: ChatMessageId) -> StoreResult<()> {
        let base = self.collections();
        self.driver
            .run(async move { base.delete_message(id).await })
            .await
    }
}

#[async_trait]
impl MuteStore for MongoStore {
    async fn mute(&self, mute: Mute) -> StoreResult<()> {
        let base = self.collections();
        self.driver.run(async move { base.mute(&mute).await }).await
    }

    async fn unmute(&self, user: Email) -> StoreResult<()> {
        let base = self.collections();
        self.driver
            .run(async move { base.unmute(&user).await })
            .await
    }

    async fn mutes(&self) -> StoreResult<Vec<Mute>> {
        let base = self.collections();
        self.driver.run(async move { base.mutes().await }).await
    }
}

#[async_trait]
impl IdempotencyStore for MongoStore {
    async fn answer_once(&self, once: Once) -> StoreResult<Reply> {
        let base = self.collections();
        self.driver
            .run(async move { base.answer_once(&once).await })
            .await
    }

    async fn keep_answer(&self, key: IdempotencyKey, answer: Vec<u8>) -> StoreResult<Reply> {
        let base = self.collections();
        self.driver
            .run(async move { base.keep_answer(&key, answer).await })
            .await
    }
}
