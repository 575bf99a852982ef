//! A store whose operations can be made to panic once, or to stall; otherwise it forwards to
//! another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::watch;
use vitrina::domain::cart::Cart;
use vitrina::domain::chat_message::ChatHistory;
use vitrina::domain::command::{Command, Conclusion, Outcome};
use vitrina::domain::email::Email;
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use vitrina::domain::mute::Mute;
use vitrina::domain::order::{Order, OrderPage, OrderQuery};
use vitrina::domain::product::{Product, ProductPatch};
use vitrina::domain::timestamp::Timestamp;
use vitrina::domain::upsert::{ProductBatch, UpsertOutcome};
use vitrina::store::{
    CartStore, ChangeBatch, ChangeFeed, ChangeStream, ChatStore, Execute, Executed, ExpiredHolds,
    ExpiryStore, Feed, FeedError, FeedStart, Mark, MuteStore, OrderStore, ProductStore,
    ProductWalk, SharedStore, StoreLifecycle, StoreResult,
};

use crate::app::TestApp;
use crate::test_store::TestStore;

/// A shop on a store with panic points.
pub(crate) fn panicking_shop(store: &TestStore, more: &[&str]) -> (TestApp, PanicPoints) {
    let points = PanicPoints::default();
    let points_of_store = points.clone();
    let app = TestApp::start_wrapped(store, more, move |store| {
        let points = points_of_store;
        Arc::new(PanickingStore { store, points })
    });
    (app, points)
}

/// Operations that panic or stall, and how often each was called.
#[derive(Clone, Default)]
pub(crate) struct PanicPoints(Arc<Mutex<HashMap<&'static str, PanicPoint>>>);

struct PanicPoint {
    panics: bool,
    stalls: watch::Sender<bool>,
    calls: watch::Sender<u64>,
}

impl PanicPoints {
    /// Makes the next call of an operation panic.
    pub(crate) fn panic_at(&self, operation: &'static str) {
        self.at(operation, |point| point.panics = true);
    }

    /// Waits for the next call of an operation that does not panic.
    pub(crate) async fn reached(&self, operation: &'static str) {
        let mut calls = self.at(operation, |point| point.calls.subscribe());
        calls.mark_unchanged();
        calls.changed().await.expect("a panic point");
    }

    /// From now on an operation does not return until it is released.
    pub(crate) fn stall(&self, operation: &'static str) {
        self.at(operation, |point| point.stalls.send_replace(true));
    }

    /// Lets a stalled operation continue.
    pub(crate) fn release(&self, operation: &'static str) {
        self.at(operation, |point| point.stalls.send_replace(false));
    }

    async fn wait(&self, operation: &'static str) {
        let mut stalls = self.at(operation, |point| point.stalls.subscribe());
        stalls
            .wait_for(|stalls| !stalls)
            .await
            .expect("a panic point");
    }

    fn check(&self, operation: &'static str) {
        let panics = self.at(operation, |point| {
            let panics = std::mem::take(&mut point.panics);
            if !panics {
                point.calls.send_modify(|calls| *calls += 1);
            }
            panics
        });
        assert!(!panics, "an injected panic in {operation}");
    }

    fn at<T>(&self, operation: &'static str, use_point: impl FnOnce(&mut PanicPoint) -> T) -> T {
        let mut points = self.0.lock().expect("panic points");
        use_point(points.entry(operation).or_insert_with(|| PanicPoint {
            panics: false,
            stalls: watch::Sender::new(false),
            calls: watch::Sender::new(0),
        }))
    }
}

/// A store with panic points.
struct PanickingStore {
    store: SharedStore,
    points: PanicPoints,
}

/// Methods that check their panic point and forward to the inner store.
macro_rules! forward {
    ($($contract:ident { $($name:ident($($argument:ident: $kind:ty),*) -> $outcome:ty;)* })*) => {$(
        #[async_trait]
        impl $contract for PanickingStore {$(
            async fn $name(&self $(, $argument: $kind)*) -> $outcome {
                self.points.check(stringify!($name));
                self.points.wait(stringify!($name)).await;
                self.store.$name($($argument),*).await
            }
        )*}
    )*};
}

forward! {
    ProductStore {
        product(id: ProductId) -> StoreResult<Product>;
        products_with_code(code: &str) -> StoreResult<Vec<Product>>;
        update_product(id: ProductId, patch: ProductPatch, expected: Option<i64>)
            -> StoreResult<Product>;
        delete_product(id: ProductId, expected: Option<i64>) -> StoreResult<Product>;
        add_thumbnails(id: ProductId, names: Vec<String>) -> StoreResult<Product>;
        remove_thumbnail(id: ProductId, name: &str) -> StoreResult<Product>;
        upsert_products(batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>>;
        preview_upserts(batch: ProductBatch) -> StoreResult<Vec<UpsertOutcome>>;
        walk_products() -> StoreResult<Box<dyn ProductWalk>>;
        thumbnails_in_use(names: &[String]) -> StoreResult<Vec<String>>;
    }
    CartStore {
        cart(id: CartId) -> StoreResult<Cart>;
    }
    OrderStore {
        order(id: OrderId) -> StoreResult<Order>;
        orders(query: &OrderQuery) -> StoreResult<OrderPage>;
        cancel_order(id: OrderId) -> StoreResult<Order>;
    }
    ChatStore {
        history(before: Option<i64>, limit: u32) -> StoreResult<ChatHistory>;
        delete_message(id: ChatMessageId) -> StoreResult<()>;
    }
    MuteStore {
        mute(mute: Mute) -> StoreResult<()>;
        unmute(user: Email) -> StoreResult<()>;
        mutes() -> StoreResult<Vec<Mute>>;
    }
    ExpiryStore {
        now() -> StoreResult<Timestamp>;
        expire_holds(now: Timestamp, limit: u32) -> StoreResult<ExpiredHolds>;
        expire_carts(now: Timestamp, limit: u32) -> StoreResult<u32>;
    }
}

#[async_trait]
impl Execute for PanickingStore {
    async fn execute(&self, command: Command) -> StoreResult<Outcome> {
        self.points.check(operation(&command));
        self.points.wait(operation(&command)).await;
        self.store.execute(command).await
    }

    async fn execute_once(&self, command: Command, key: IdempotencyKey) -> StoreResult<Executed> {
        self.points.check("execute_once");
        self.points.wait("execute_once").await;
        self.store.execute_once(command, key).await
    }

    async fn save_conclusion(
        &self,
        key: IdempotencyKey,
        conclusion: Conclusion,
    ) -> StoreResult<Executed> {
        self.store.save_conclusion(key, conclusion).await
    }
}

fn operation(command: &Command) -> &'static str {
    match command {
        Command::CreateProduct(_) => "create_product",
        Command::CreateCart(_) => "create_cart",
        Command::ChangeCart(..) => "change_cart",
        Command::Purchase(..) => "purchase",
        Command::AppendMessage(_) => "append_message",
    }
}

#[async_trait]
impl StoreLifecycle for PanickingStore {
    async fn ping(&self) -> StoreResult<()> {
        self.store.ping().await
    }

    fn is_connected(&self) -> bool {
        self.store.is_connected()
    }

    async fn close(&self) {
        self.store.close().await;
    }

    fn describe(&self) -> String {
        self.store.describe()
    }
}

#[async_trait]
impl ChangeFeed for PanickingStore {
    async fn open_feed(&self, start: FeedStart) -> StoreResult<Feed> {
        self.points.check("open_feed");
        let Feed {
            base,
            backlog,
            mark,
            live,
        } = self.store.open_feed(start).await?;
        let points = self.points.clone();
        Ok(Feed {
            base,
            backlog,
            mark,
            live: Box::new(PanickingChanges { live, points }),
        })
    }

    fn written(&self) -> Mark {
        self.store.written()
    }
}

struct PanickingChanges {
    live: Box<dyn ChangeStream>,
    points: PanicPoints,
}

#[async_trait]
impl ChangeStream for PanickingChanges {
    /// Panics after the changes were taken, so that they are lost.
    async fn next(&mut self) -> Result<ChangeBatch, FeedError> {
        let changes = self.live.next().await;
        self.points.check("changes");
        changes
    }
}
