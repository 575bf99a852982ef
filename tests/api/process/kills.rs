//! `kill -9` during purchases: nothing is oversold, lost or sold twice, and every acknowledged
//! order is stored.
//!
//! `VITRINA_KILLS=50 cargo test --test api kills` is a long run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::app::{TestApp, runtime};
use crate::fixtures::{id, vase_with};
use crate::program::Program;
use crate::random::Random;
use crate::test_store::TestStore;

/// Kills of an ordinary run.
const KILLS: u64 = 3;
/// Parallel buyers.
const BUYERS: usize = 12;
/// Initial stock of each product.
const STOCK: i64 = 100_000;
/// At most this many orders are acknowledged before a kill.
const MAX_ORDERS: u64 = 60;
/// How long a killed shop may delay buyers of the next one.
const MAX_DELAY: Duration = Duration::from_secs(5);

/// A purchase: the cart, and the key of every request for it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct PlannedPurchase {
    cart: String,
    key: String,
}

/// The purchases of all buyers, with and without a response.
#[derive(Default)]
struct Buyers {
    answered: Mutex<BTreeMap<PlannedPurchase, Value>>,
    unanswered: Mutex<BTreeSet<PlannedPurchase>>,
    /// Of the current process.
    count: AtomicUsize,
    refused: AtomicUsize,
    grew: Notify,
}

impl Buyers {
    /// Buys until the shop is killed.
    async fn buy(&self, app: &TestApp, products: &[Value], seed: u64) {
        let mut random = Random::new(seed);
        loop {
            let mut lines = Vec::new();
            for product in products {
                if random.once_in(2) {
                    let quantity = random.pick(&[1, 1, 2, 3]);
                    lines.push(json!({ "product": id(product), "quantity": quantity }));
                }
            }
            if lines.is_empty() {
                continue;
            }
            let request = app.request("POST", "/api/carts");
            let created = request.json(&json!({ "products": lines })).send().await;
            let Some((201, created)) = response_of(created).await else {
                return;
            };
            let planned = PlannedPurchase {
                cart: id(&created["payload"]).to_owned(),
                key: format!("k{}", random.next()),
            };
            let list = || self.unanswered.lock().expect("a list");
            list().insert(planned.clone());
            let Some((status, order)) = purchase(app, &planned).await else {
                return;
            };
            if status == 503 {
                // The store was overloaded: the outcome is unknown, and the buyer will retry.
                self.refused.fetch_add(1, Ordering::AcqRel);
                continue;
            }
            assert_eq!(status, 201, "{order}");
            list().remove(&planned);
            self.record(planned, order["payload"].clone());
        }
    }

    /// Retries every purchase without a response.
    async fn retry_unanswered(&self, app: &TestApp) {
        let planned = std::mem::take(&mut *self.unanswered.lock().expect("a list"));
        let started = Instant::now();
        let retries = planned.into_iter().map(async |planned| {
            let order = loop {
                let (status, order) = purchase(app, &planned).await.expect("a response");
                if status == 201 {
                    break order;
                }
                assert_eq!(status, 503, "{order}");
                assert!(started.elapsed() < MAX_DELAY, "still {order}");
            };
            self.record(planned, order["payload"].clone());
        });
        join_all(retries).await;
        let took = started.elapsed();
        assert!(took < MAX_DELAY, "buyers waited for {took:?}");
    }

    fn record(&self, planned: PlannedPurchase, order: Value) {
        self.answered.lock().expect("orders").insert(planned, order);
        self.count.fetch_add(1, Ordering::AcqRel);
        self.grew.notify_waiters();
    }

    async fn answered(&self, count: usize) {
        loop {
            let grown = self.grew.notified();
            tokio::pin!(grown);
            grown.as_mut().enable();
            if self.count.load(Ordering::Acquire) >= count {
                return;
            }
            grown.await;
        }
    }

    /// Asserts that exactly the acknowledged orders are stored, unchanged, and that stock and sold
    /// units add up.
    async fn assert_consistent(&self, app: &TestApp) {
        let stored = all_orders(app).await;
        let answered = self.answered.lock().expect("orders").clone();
        assert_eq!(stored.len(), answered.len(), "orders");
        let mut sold: BTreeMap<String, i64> = BTreeMap::new();
        for (planned, order) in &answered {
            assert_eq!(stored.get(id(order)), Some(order), "cart {}", planned.cart);
            assert_eq!(order["cart"], planned.cart);
            for line in order["products"].as_array().expect("lines") {
                let product = line["product"].as_str().expect("an id").to_owned();
                *sold.entry(product).or_default() += line["quantity"].as_i64().expect("units");
            }
        }
        for product in app.all_products().await {
            let sold = sold.get(id(&product)).copied().unwrap_or_default();
            assert_eq!(product["stock"], STOCK - sold, "{sold} were sold");
        }
    }
}

/// The status and body of a response; `None` if the connection broke.
async fn response_of(sent: reqwest::Result<reqwest::Response>) -> Option<(u16, Value)> {
    let reply = sent.ok()?;
    let status = reply.status().as_u16();
    Some((status, reply.json().await.ok()?))
}

async fn purchase(app: &TestApp, planned: &PlannedPurchase) -> Option<(u16, Value)> {
    let path = format!("/api/carts/{}/purchase", planned.cart);
    let request = app
        .request("POST", &path)
        .header("Idempotency-Key", &planned.key);
    let buyer = json!({ "purchaser": "ana@example.com" });
    response_of(request.json(&buyer).send().await).await
}

/// All orders by their ids.
async fn all_orders(app: &TestApp) -> BTreeMap<String, Value> {
    let mut next = Some("/api/orders?limit=100".to_owned());
    let mut orders = BTreeMap::new();
    while let Some(path) = next {
        let page = app.get(&path).await.expect(200).json();
        for order in page["payload"].as_array().expect("a list") {
            let former = orders.insert(id(order).to_owned(), order.clone());
            assert!(former.is_none(), "{order} is listed twice");
        }
        next = page["nextLink"].as_str().map(str::to_owned);
    }
    orders
}

fn kills_neither_lose_nor_double_a_sale(store: &TestStore) {
    let kills = std::env::var("VITRINA_KILLS").ok();
    let kills = kills.map_or(KILLS, |text| text.parse().expect("a number"));
    let mut random = Random::new(1);
    let buyers = Buyers::default();
    let mut products = Vec::new();
    for _ in 0..kills {
        let mut program = Program::start(store, &[]);
        buyers.count.store(0, Ordering::Release);
        runtime().block_on(async {
            let app = TestApp::at(program.address());
            for number in products.len()..3 {
                let vase = vase_with(&format!("V-{number}"), json!({ "stock": STOCK }));
                products.push(app.create_product(&vase).await);
            }
            buyers.retry_unanswered(&app).await;
            buyers.assert_consistent(&app).await;
            let count = buyers.count.load(Ordering::Acquire);
            let seeds = (0..BUYERS).map(|_| random.next()).collect::<Vec<_>>();
            let rush = seeds.iter().map(|seed| buyers.buy(&app, &products, *seed));
            let before_kill = random.between(1, MAX_ORDERS) as usize;
            let kill = async {
                buyers.answered(count + before_kill).await;
                program.signal("KILL");
            };
            tokio::join!(join_all(rush), kill);
        });
        assert!(!program.wait().success());
    }
    let program = Program::start(store, &[]);
    runtime().block_on(async {
        let app = TestApp::at(program.address());
        buyers.retry_unanswered(&app).await;
        buyers.assert_consistent(&app).await;
    });
    let orders = buyers.answered.lock().expect("orders").len();
    let refused = buyers.refused.load(Ordering::Acquire);
    crate::figure::figure(
        "F4",
        format_args!(
            "{kills} kills, {orders} orders, {refused} refused as unavailable: none lost, none doubled"
        ),
    );
}

#[test]
fn kills_on_sqlite_neither_lose_nor_double_a_sale() {
    kills_neither_lose_nor_double_a_sale(&TestStore::sqlite());
}

#[test]
fn kills_on_mongodb_neither_lose_nor_double_a_sale() {
    if let Some(store) = TestStore::mongo() {
        kills_neither_lose_nor_double_a_sale(&store);
    }
}
