//! A store that panics where it is told to, once each time, or does not answer there, and else is the one behind it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tokio::sync::watch;
use vitrina::domain::broken::BrokenProducts;
use vitrina::domain::cart::{Cart, Quantity, WantedLines};
use vitrina::domain::change::Change;
use vitrina::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use vitrina::domain::email::Email;
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use vitrina::domain::mute::Mute;
use vitrina::domain::order::{Order, OrderPage, OrderQuery};
use vitrina::domain::product::{NewProduct, Product, ProductPatch};
use vitrina::domain::product_query::{ProductChunk, ProductPage, ProductQuery};
use vitrina::domain::purchase::{PurchaseRequest, Purchased};
use vitrina::domain::timestamp::Timestamp;
use vitrina::domain::upsert::{ProductBatch, Upserted};
use vitrina::store::{
    CartStore, ChangeFeed, ChangeStream, ChatStore, EndedHolds, ExpiryStore, Feed, FeedError,
    FeedStart, IdempotencyStore, MuteStore, Once, OrderStore, ProductStore, ProductWalk, Reply,
    SharedStore, StoreLifecycle, StoreResult,
};

use crate::app::TestApp;
use crate::place::Place;

/// A shop over a store with traps.
pub(crate) fn trapped_shop(place: &Place, more: &[&str]) -> (TestApp, Traps) {
    let traps = Traps::default();
    let of_store = traps.clone();
    let app = TestApp::start_behind(place, more, move |store| {
        let traps = of_store;
        Arc::new(Trapped { store, traps })
    });
    (app, traps)
}

/// Where panics lie in wait, and how often each place was passed.
#[derive(Clone, Default)]
pub(crate) struct Traps(Arc<Mutex<HashMap<&'static str, Trap>>>);

struct Trap {
    is_set: bool,
    stalls: watch::Sender<bool>,
    passed: watch::Sender<u64>,
}

impl Traps {
    /// The next call of an operation panics.
    pub(crate) fn set(&self, operation: &'static str) {
        self.at(operation, |trap| trap.is_set = true);
    }

    /// Waits until an operation was begun once more, the time that panicked not counted.
    pub(crate) async fn passed(&self, operation: &'static str) {
        let mut passed = self.at(operation, |trap| trap.passed.subscribe());
        passed.mark_unchanged();
        passed.changed().await.expect("a trap");
    }

    /// From now on an operation does not answer until it is released.
    pub(crate) fn stall(&self, operation: &'static str) {
        self.at(operation, |trap| trap.stalls.send_replace(true));
    }

    /// An operation goes on that was stalled.
    pub(crate) fn release(&self, operation: &'static str) {
        self.at(operation, |trap| trap.stalls.send_replace(false));
    }

    async fn wait(&self, operation: &'static str) {
        let mut stalls = self.at(operation, |trap| trap.stalls.subscribe());
        stalls.wait_for(|stalls| !stalls).await.expect("a trap");
    }

    fn pass(&self, operation: &'static str) {
        let springs = self.at(operation, |trap| {
            let springs = std::mem::take(&mut trap.is_set);
            if !springs {
                trap.passed.send_modify(|passed| *passed += 1);
            }
            springs
        });
        assert!(!springs, "a panic on purpose in {operation}");
    }

    fn at<T>(&self, operation: &'static str, look: impl FnOnce(&mut Trap) -> T) -> T {
        let mut traps = self.0.lock().expect("traps");
        look(traps.entry(operation).or_insert_with(|| Trap {
            is_set: false,
            stalls: watch::Sender::new(false),
            passed: watch::Sender::new(0),
        }))
    }
}

/// The store with its traps.
struct Trapped {
    store: SharedStore,
    traps: Traps,
}

/// Methods that pass their trap and ask the store behind.
macro_rules! pass_on {
    ($($contract:ident { $($name:ident($($argument:ident: $kind:ty),*) -> $outcome:ty;)* })*) => {$(
        #[async_trait]
        impl $contract for Trapped {$(
            async fn $name(&self $(, $argument: $kind)*) -> $outcome {
                self.traps.pass(stringify!($name));
                self.traps.wait(stringify!($name)).await;
                self.store.$name($($argument),*).await
            }
        )*}
    )*};
}

pass_on! {
    ProductStore {
        create_product(new: NewProduct) -> StoreResult<Product>;
        product(id: ProductId) -> StoreResult<Product>;
        list_products(query: &ProductQuery) -> StoreResult<ProductPage>;
        product_chunk(after: Option<ProductId>, only: Option<&[ProductId]>, limit: u32)
            -> StoreResult<ProductChunk>;
        categories() -> StoreResult<Vec<String>>;
        update_product(id: ProductId, patch: ProductPatch, expected: Option<i64>)
            -> StoreResult<Product>;
        delete_product(id: ProductId, expected: Option<i64>) -> StoreResult<Product>;
        add_thumbnails(id: ProductId, names: Vec<String>) -> StoreResult<Product>;
        remove_thumbnail(id: ProductId, name: &str) -> StoreResult<Product>;
        upsert_products(batch: ProductBatch) -> StoreResult<Vec<Upserted>>;
        preview_upserts(batch: ProductBatch) -> StoreResult<Vec<Upserted>>;
        walk_products() -> StoreResult<Box<dyn ProductWalk>>;
        thumbnails_in_use(names: &[String]) -> StoreResult<Vec<String>>;
        broken_products(limit: u32) -> StoreResult<BrokenProducts>;
    }
    CartStore {
        create_cart(lines: WantedLines) -> StoreResult<Cart>;
        cart(id: CartId) -> StoreResult<Cart>;
        add_to_cart(id: CartId, product: ProductId, quantity: Quantity) -> StoreResult<Cart>;
        set_cart_line(id: CartId, product: ProductId, quantity: Quantity) -> StoreResult<Cart>;
        replace_cart(id: CartId, lines: WantedLines) -> StoreResult<Cart>;
        remove_cart_line(id: CartId, product: ProductId) -> StoreResult<Cart>;
    }
    OrderStore {
        purchase(cart: CartId, request: PurchaseRequest) -> StoreResult<Purchased>;
        order(id: OrderId) -> StoreResult<Order>;
        orders(query: &OrderQuery) -> StoreResult<OrderPage>;
        cancel_order(id: OrderId) -> StoreResult<Order>;
    }
    ChatStore {
        append_message(new: NewChatMessage) -> StoreResult<Appended>;
        history(before: Option<i64>, limit: u32) -> StoreResult<ChatHistory>;
        delete_message(id: ChatMessageId) -> StoreResult<()>;
    }
    MuteStore {
        mute(mute: Mute) -> StoreResult<()>;
        unmute(user: Email) -> StoreResult<()>;
        mutes() -> StoreResult<Vec<Mute>>;
    }
    IdempotencyStore {
        answer_once(once: Once) -> StoreResult<Reply>;
        keep_answer(key: IdempotencyKey, answer: Vec<u8>) -> StoreResult<Reply>;
    }
    ExpiryStore {
        now() -> StoreResult<Timestamp>;
        end_holds(now: Timestamp, limit: u32) -> StoreResult<EndedHolds>;
        end_carts(now: Timestamp, limit: u32) -> StoreResult<u32>;
    }
}

#[async_trait]
impl StoreLifecycle for Trapped {
    async fn ping(&self) -> StoreResult<()> {
        self.store.ping().await
    }

    async fn close(&self) {
        self.store.close().await;
    }

    fn describe(&self) -> String {
        self.store.describe()
    }
}

#[async_trait]
impl ChangeFeed for Trapped {
    async fn open_feed(&self, start: FeedStart) -> StoreResult<Feed> {
        self.traps.pass("open_feed");
        let Feed {
            base,
            backlog,
            live,
        } = self.store.open_feed(start).await?;
        let traps = self.traps.clone();
        Ok(Feed {
            base,
            backlog,
            live: Box::new(TrappedChanges { live, traps }),
        })
    }
}

struct TrappedChanges {
    live: Box<dyn ChangeStream>,
    traps: Traps,
}

#[async_trait]
impl ChangeStream for TrappedChanges {
    /// Panics with changes in hand, which nobody is told.
    async fn next(&mut self) -> Result<Vec<Change>, FeedError> {
        let changes = self.live.next().await;
        self.traps.pass("changes");
        changes
    }
}
