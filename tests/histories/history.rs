//! One history: a small shop, its buyers, its crashes, and a comparison with the model after each
//! step.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::timeout;
use vitrina::domain::hold::HoldLength;

use crate::backend::{Backend, Kind};
use crate::driver::{Driver, HOLD, Ids};
use crate::model::{Shop, ShopView};
use crate::mutant::Mutant;
use crate::plan::Plan;
use crate::request::{Answer, B, Call, Identity, Refusal, Reply, Request};
use crate::search::{Exchange, explain};
use crate::tally::Tally;

/// A history in progress.
pub(crate) struct History {
    pub(crate) backend: Backend,
    pub(crate) driver: Driver,
    /// All states that the shop can be in, according to the replies so far.
    shops: Vec<Shop>,
    identities: BTreeMap<B, Identity>,
    pub(crate) tally: Tally,
    /// All calls, replies and states, for the report of a failure.
    transcript: Vec<String>,
    kind: Kind,
}

/// Runs a seed's history; the error is the failure with the transcript.
pub(crate) async fn run(seed: u64, kind: Kind, mutant: Option<Mutant>) -> Result<Tally, String> {
    let mut plan = Plan::new(seed, kind.is_server());
    let stocks: Vec<_> = (0..plan.products)
        .map(|_| plan.random.below(7) as i64)
        .collect();
    let mut history = History::begin(kind, mutant, &stocks, plan.carts, plan.holds).await;
    let outcome = history.play(&mut plan).await;
    let (tally, transcript) = (history.tally.clone(), history.transcript.join("\n"));
    history.end().await;
    outcome
        .map(|()| tally)
        .map_err(|error| format!("{error}\n{transcript}"))
}

impl History {
    pub(crate) async fn begin(
        kind: Kind,
        mutant: Option<Mutant>,
        stocks: &[i64],
        carts: u8,
        holds: bool,
    ) -> Self {
        let hold = if holds { HOLD } else { HoldLength::OFF };
        let mut backend = Backend::new(kind, mutant, hold);
        let client = backend.open().await;
        let mut ids = Ids::default();
        for (number, stock) in (0..).zip(stocks) {
            ids.products
                .push(client.create_product(number, *stock).await);
        }
        for _ in 0..carts {
            ids.carts.push(client.create_cart().await);
        }
        let driver = Driver {
            client,
            ids: Arc::new(ids),
            mutant,
            cart_prices: Arc::default(),
        };
        let (view, _) = driver.read().await.expect("a shop");
        let transcript = vec![format!("start: {view:?}")];
        Self {
            backend,
            shops: vec![Shop::begin(view, holds, driver.is_lenient())],
            driver,
            identities: BTreeMap::new(),
            tally: Tally::default(),
            transcript,
            kind,
        }
    }

    async fn play(&mut self, plan: &mut Plan) -> Result<(), String> {
        for _ in 0..plan.batches {
            let calls = plan.batch(&self.shops[0], self.driver.is_lenient());
            let crash = plan.random.once_in(plan.crashes);
            if crash {
                let points = calls.len() as u64 * self.kind.points_per_call();
                let part = plan.random.below(256) as u8;
                let part = (self.kind == Kind::Sqlite && plan.random.once_in(4)).then_some(part);
                let after = plan.random.below(points);
                self.backend.injector.schedule(after, part);
            }
            let exchanges = self.send(calls).await;
            self.check(exchanges, crash, plan).await?;
        }
        self.reopen(false).await;
        self.record("a restart");
        self.check(Vec::new(), false, plan).await
    }

    /// Makes calls in parallel. Replies after a crash are dropped.
    pub(crate) async fn send(&mut self, calls: Vec<Call>) -> Vec<Exchange> {
        let exchanges = self.send_all(calls).await;
        for (call, reply) in &exchanges {
            self.record((call, reply));
        }
        exchanges
    }

    async fn send_all(&self, calls: Vec<Call>) -> Vec<Exchange> {
        let (driver, injector) = (&self.driver, &self.backend.injector);
        let exchanges = calls.into_iter().map(async |call| {
            let reply = tokio::select! {
                reply = driver.send(&call) => Some(reply),
                () = injector.crashed() => None,
            };
            (call, reply.filter(|_| !injector.has_crashed()))
        });
        let mut exchanges = pin!(join_all(exchanges));
        let Some(time) = self.backend.time_to_crash() else {
            return exchanges.await;
        };
        if let Ok(exchanges) = timeout(time, &mut exchanges).await {
            return exchanges;
        }
        self.backend.crash();
        exchanges.await
    }

    /// Crashes the server if `crash`, then checks replies and shop against the model.
    pub(crate) async fn check(
        &mut self,
        exchanges: Vec<Exchange>,
        crash: bool,
        plan: &mut Plan,
    ) -> Result<(), String> {
        // A call that failed may still be executed later: only a crash ends it for certain.
        let has_failed = |reply: &Reply| matches!(reply.saved.answer, Answer::Failed(_));
        let may_be_undone = exchanges
            .iter()
            .any(|(_, reply)| reply.as_ref().is_some_and(has_failed));
        if crash || may_be_undone {
            self.crash().await;
        } else {
            self.backend.injector.cancel();
        }
        for (call, reply) in &exchanges {
            self.record_reply(call, reply.as_ref(), crash, plan)?;
        }
        let (view, identities) = self
            .driver
            .read()
            .await
            .map_err(|error| format!("the shop cannot be read: {error}"))?;
        self.record(&view);
        for (buyer, identity) in identities {
            self.check_identity(buyer, &identity)?;
        }
        plan.orders = view.orders.keys().copied().collect();
        let exchanges = split_expiries(exchanges, plan.carts);
        if let Some((id, _)) = view.products.iter().find(|(_, product)| product.stock < 0) {
            return Err(format!("the stock of product {id} is negative"));
        }
        let next = explain(
            &self.shops,
            &exchanges,
            Some(&view),
            self.allows_earlier_reads(),
        );
        if next.is_empty() {
            return Err(self.explain_failure(&exchanges, &view));
        }
        self.shops = next;
        self.tally.count("checks");
        Ok(())
    }

    async fn crash(&mut self) {
        if !self.backend.injector.has_crashed() {
            self.backend.crash();
            self.tally.count("crashes between calls");
        } else {
            self.tally.count("crashes");
        }
        self.record("a crash");
        self.reopen(true).await;
    }

    async fn reopen(&mut self, crashed: bool) {
        let client = self.driver.client.clone();
        if crashed {
            self.backend.clean_up_crash(client).await;
        } else {
            self.backend.stop(client).await;
        }
        self.driver.client = self.backend.open().await;
    }

    /// Counts a reply and checks the parts that the model does not know.
    fn record_reply(
        &mut self,
        call: &Call,
        reply: Option<&Reply>,
        crash: bool,
        plan: &mut Plan,
    ) -> Result<(), String> {
        let answer = reply.map(|reply| &reply.saved.answer);
        if matches!(answer, None | Some(Answer::Failed(_))) && call.key.is_some() {
            plan.unanswered.push(call.clone());
        }
        let Some(reply) = reply else {
            self.tally.count("unanswered");
            return Ok(());
        };
        if reply.replayed {
            self.tally.count("replayed");
        }
        self.tally.count(match &reply.saved.answer {
            Answer::Failed(why) if self.kind == Kind::Sqlite => {
                return Err(format!("the store failed: {why} (crash: {crash})"));
            }
            Answer::Failed(_) => "failed",
            Answer::Bought { left, .. } if left.is_empty() => "bought",
            Answer::Bought { .. } => "bought in part",
            Answer::Cancelled(_) => "cancelled",
            Answer::Expired => "expired",
            Answer::Cart(_) | Answer::Product(_) | Answer::Done => "changed",
            Answer::Refused(Refusal::LinesShort(_)) => "short",
            Answer::Refused(Refusal::PriceChanged(_)) => "price changed",
            Answer::Refused(Refusal::KeyMismatch) => "key mismatch",
            Answer::Refused(_) => "refused",
        });
        match (&reply.saved.answer, &reply.saved.identity) {
            (Answer::Bought { order, .. }, Some(identity)) => {
                self.check_identity(order.buyer, identity)
            }
            _ => Ok(()),
        }
    }

    /// Checks that an order keeps its id, its code and its time.
    fn check_identity(&mut self, buyer: B, identity: &Identity) -> Result<(), String> {
        let known = self
            .identities
            .entry(buyer)
            .or_insert_with(|| identity.clone());
        if known == identity {
            return Ok(());
        }
        Err(format!(
            "the order of buyer {buyer} was {known:?} and is {identity:?}"
        ))
    }

    fn allows_earlier_reads(&self) -> bool {
        self.kind.is_mongodb()
    }

    fn explain_failure(&self, exchanges: &[Exchange], view: &ShopView) -> String {
        let ends = explain(&self.shops, exchanges, None, self.allows_earlier_reads());
        let Some(end) = ends.first().map(Shop::view) else {
            return "no order of the requests gives these answers".into();
        };
        let mut text = String::from("the answers are right, but the state of the shop is not:");
        differences(&mut text, "product", &view.products, &end.products);
        differences(&mut text, "cart", &view.carts, &end.carts);
        differences(&mut text, "order", &view.orders, &end.orders);
        text
    }

    fn record(&mut self, event: impl Debug) {
        self.transcript.push(format!("{event:?}"));
    }

    pub(crate) async fn end(mut self) {
        let client = self.driver.client.clone();
        drop(self.driver);
        self.backend.stop(client).await;
        self.backend.remove_data().await;
    }
}

/// Splits the expiry of all holds into one per cart, each of which may also not happen: beside
/// other calls or a crash, carts lose their holds one after another, and new holds may remain.
fn split_expiries(exchanges: Vec<Exchange>, carts: u8) -> Vec<Exchange> {
    let is_only = exchanges.len() == 1 && exchanges[0].1.is_some();
    let mut each = Vec::new();
    for (call, reply) in exchanges {
        match call.request {
            Request::Expire { .. } if !is_only => each.extend((0..carts).map(|cart| {
                let request = Request::Expire { cart: Some(cart) };
                (Call { request, key: None }, None)
            })),
            _ => each.push((call, reply)),
        }
    }
    each
}

fn differences<V: PartialEq + Debug>(
    text: &mut String,
    kind: &str,
    actual: &BTreeMap<impl Ord + Debug, V>,
    expected: &BTreeMap<impl Ord + Debug, V>,
) {
    let (actual, expected): (Vec<_>, Vec<_>) = (
        actual.iter().map(|one| format!("{one:?}")).collect(),
        expected.iter().map(|one| format!("{one:?}")).collect(),
    );
    for one in actual.iter().filter(|one| !expected.contains(one)) {
        *text += &format!("\n  {kind} is {one}");
    }
    for one in expected.iter().filter(|one| !actual.contains(one)) {
        *text += &format!("\n  {kind} should be {one}");
    }
}
