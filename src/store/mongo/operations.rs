//! The store's traits: each operation goes to the driver's thread with what it needs.

use std::sync::Arc;

use async_trait::async_trait;

use super::MongoStore;
use super::collections::Collections;
use crate::domain::cart::Cart;
use crate::domain::chat_message::ChatHistory;
use crate::domain::command::{Command, Conclusion, Outcome};
use crate::domain::email::Email;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::domain::invalid_product::InvalidProducts;
use crate::domain::mute::Mute;
use crate::domain::order::{Order, OrderPage, OrderQuery};
use crate::domain::product::{Product, ProductPatch};
use crate::domain::product_query::{ProductChunk, ProductPage, ProductQuery};
use crate::domain::timestamp::Timestamp;
use crate::domain::upsert::{ProductBatch, UpsertOutcome};
use crate::store::{
    CartStore, ChatStore, Execute, Executed, ExpiredHolds, ExpiryStore, MuteStore, OrderStore,
    ProductStore, ProductWalk, StoreResult,
};

impl MongoStore {
    fn collections(&self) -> Arc<Collections> {
        self.collections.clone()
    }
}

#[async_trait]
impl ProductStore for MongoStore {
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

    async fn invalid_products(&self, limit: u32) -> StoreResult<InvalidProducts> {
        let base = self.collections();
        self.driver
            .run(async move { base.invalid_products(limit).await })
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

    async fn upsert_products(&self, batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
        let base = self.collections();
        self.driver
            .run(async move { base.upsert_products(&batch).await })
            .await
    }

    async fn preview_upserts(&self, batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>> {
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
impl Execute for MongoStore {
    async fn execute(&self, command: Command) -> StoreResult<Outcome> {
        if let Command::AppendMessage(new) = command {
            return self.chat.append(new).await.map(Outcome::Message);
        }
        let base = self.collections();
        self.driver
            .run(async move { base.execute(command).await })
            .await
    }

    async fn execute_once(&self, command: Command, key: IdempotencyKey) -> StoreResult<Executed> {
        let base = self.collections();
        self.driver
            .run(async move { base.execute_once(&command, &key).await })
            .await
    }

    async fn save_conclusion(
        &self,
        key: IdempotencyKey,
        conclusion: Conclusion,
    ) -> StoreResult<Executed> {
        let base = self.collections();
        let save = async move { base.save(&key, conclusion).await };
        self.driver.run(save).await
    }
}

#[async_trait]
impl CartStore for MongoStore {
    async fn cart(&self, id: CartId) -> StoreResult<Cart> {
        let base = self.collections();
        self.driver.run(async move { base.cart(id).await }).await
    }
}

#[async_trait]
impl OrderStore for MongoStore {
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

    async fn expire_holds(&self, now: Timestamp, limit: u32) -> StoreResult<ExpiredHolds> {
        let base = self.collections();
        self.driver
            .run(async move { base.expire_holds(now, limit).await })
            .await
    }

    async fn expire_carts(&self, now: Timestamp, limit: u32) -> StoreResult<u32> {
        let base = self.collections();
        self.driver
            .run(async move { base.expire_carts(now, limit).await })
            .await
    }
}

#[async_trait]
impl ChatStore for MongoStore {
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
