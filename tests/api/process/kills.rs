//! `kill -9` among purchases: nothing is oversold, lost or sold twice, and whoever was answered has the
//! order.
//!
//! `VITRINA_KILLS=50 cargo test --test api kills` makes a long run of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::app::{TestApp, runtime};
use crate::goods::{id, vase_with};
use crate::place::Place;
use crate::program::Program;
use crate::random::Random;

/// Kills of an ordinary run.
const KILLS: u64 = 3;
/// How many buy at the same time.
const BUYERS: usize = 12;
/// What is in stock of each product at first.
const STOCK: i64 = 100_000;
/// Orders that may be answered before the axe falls.
const ORDERS: u64 = 60;
/// How long the dead shop may hinder buyers of the next one.
const PATIENCE: Duration = Duration::from_secs(5);

/// A purchase that is meant: the cart, and the key of every request for it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Meant {
    cart: String,
    key: String,
}

/// What buyers know.
#[derive(Default)]
struct Buyers {
    answered: Mutex<BTreeMap<Meant, Value>>,
    unanswered: Mutex<BTreeSet<Meant>>,
    /// In this life of the shop.
    count: AtomicUsize,
    refused: AtomicUsize,
    grew: Notify,
}

impl Buyers {
    /// Buys until the shop is gone.
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
            let made = request.json(&json!({ "products": lines })).send().await;
            let Some((201, made)) = answer(made).await else {
                return;
            };
            let meant = Meant {
                cart: id(&made["payload"]).to_owned(),
                key: format!("k{}", random.next()),
            };
            let list = || self.unanswered.lock().expect("a list");
            list().insert(meant.clone());
            let Some((status, order)) = purchase(app, &meant).await else {
                return;
            };
            if status == 503 {
                // The store had no time: that is no answer, and the buyer will ask again.
                self.refused.fetch_add(1, Ordering::AcqRel);
                continue;
            }
            assert_eq!(status, 201, "{order}");
            list().remove(&meant);
            self.note(meant, order["payload"].clone());
        }
    }

    /// Whoever got no answer asks again.
    async fn ask_again(&self, app: &TestApp) {
        let meant = std::mem::take(&mut *self.unanswered.lock().expect("a list"));
        let started = Instant::now();
        let again = meant.into_iter().map(async |meant| {
            let order = loop {
                let (status, order) = purchase(app, &meant).await.expect("an answer");
                if status == 201 {
                    break order;
                }
                assert_eq!(status, 503, "{order}");
                assert!(started.elapsed() < PATIENCE, "still {order}");
            };
            self.note(meant, order["payload"].clone());
        });
        join_all(again).await;
        let took = started.elapsed();
        assert!(took < PATIENCE, "buyers waited for {took:?}");
    }

    fn note(&self, meant: Meant, order: Value) {
        self.answered.lock().expect("orders").insert(meant, order);
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

    /// Every answered order is there as it was answered, and no other; what is in stock and what was
    /// sold are what there was.
    async fn assert_sound(&self, app: &TestApp) {
        let stored = all_orders(app).await;
        let answered = self.answered.lock().expect("orders").clone();
        assert_eq!(stored.len(), answered.len(), "orders");
        let mut sold: BTreeMap<String, i64> = BTreeMap::new();
        for (meant, order) in &answered {
            assert_eq!(stored.get(id(order)), Some(order), "cart {}", meant.cart);
            assert_eq!(order["cart"], meant.cart);
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

/// The status and the body of an answer; none when the connection broke.
async fn answer(sent: reqwest::Result<reqwest::Response>) -> Option<(u16, Value)> {
    let reply = sent.ok()?;
    let status = reply.status().as_u16();
    Some((status, reply.json().await.ok()?))
}

async fn purchase(app: &TestApp, meant: &Meant) -> Option<(u16, Value)> {
    let path = format!("/api/carts/{}/purchase", meant.cart);
    let request = app
        .request("POST", &path)
        .header("Idempotency-Key", &meant.key);
    let wish = json!({ "purchaser": "ana@example.com" });
    answer(request.json(&wish).send().await).await
}

/// All orders by their ids.
async fn all_orders(app: &TestApp) -> BTreeMap<String, Value> {
    let mut next = Some("/api/orders?limit=100".to_owned());
    let mut orders = BTreeMap::new();
    while let Some(path) = next {
        let page = app.get(&path).await.expect(200).json();
        for order in page["payload"].as_array().expect("a list") {
            let known = orders.insert(id(order).to_owned(), order.clone());
            assert!(known.is_none(), "{order} is listed twice");
        }
        next = page["nextLink"].as_str().map(str::to_owned);
    }
    orders
}

fn no_kill_loses_or_doubles_a_sale(place: &Place) {
    let kills = std::env::var("VITRINA_KILLS").ok();
    let kills = kills.map_or(KILLS, |text| text.parse().expect("a number"));
    let mut random = Random::new(1);
    let buyers = Buyers::default();
    let mut products = Vec::new();
    for _ in 0..kills {
        let mut program = Program::start(place, &[]);
        buyers.count.store(0, Ordering::Release);
        runtime().block_on(async {
            let app = TestApp::at(program.address());
            for number in products.len()..3 {
                let vase = vase_with(&format!("V-{number}"), json!({ "stock": STOCK }));
                products.push(app.goods(&vase).await);
            }
            buyers.ask_again(&app).await;
            buyers.assert_sound(&app).await;
            let count = buyers.count.load(Ordering::Acquire);
            let seeds = (0..BUYERS).map(|_| random.next()).collect::<Vec<_>>();
            let rush = seeds.iter().map(|seed| buyers.buy(&app, &products, *seed));
            let more = random.between(1, ORDERS) as usize;
            let axe = async {
                buyers.answered(count + more).await;
                program.signal("KILL");
            };
            tokio::join!(join_all(rush), axe);
        });
        assert!(!program.ended().success());
    }
    let again = Program::start(place, &[]);
    runtime().block_on(async {
        let app = TestApp::at(again.address());
        buyers.ask_again(&app).await;
        buyers.assert_sound(&app).await;
    });
    let orders = buyers.answered.lock().expect("orders").len();
    let refused = buyers.refused.load(Ordering::Acquire);
    crate::figure::figure(
        "F4",
        format_args!(
            "{kills} kills, {orders} orders, {refused} refused as unavailable: none lost, none twice"
        ),
    );
}

#[test]
fn on_sqlite_no_kill_loses_or_doubles_a_sale() {
    no_kill_loses_or_doubles_a_sale(&Place::sqlite());
}

#[test]
fn on_mongodb_no_kill_loses_or_doubles_a_sale() {
    no_kill_loses_or_doubles_a_sale(&Place::mongo());
}
