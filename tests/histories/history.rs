//! One history: a small shop, its buyers, its crashes, and the model that is asked after each of them.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::timeout;
use vitrina::domain::hold::HoldLength;

use crate::ground::{Ground, Kind};
use crate::model::{Seen, Shop};
use crate::plan::Plan;
use crate::plant::Plant;
use crate::request::{Answer, B, Call, Identity, Refusal, Request, Told};
use crate::search::{Heard, explain};
use crate::tally::Tally;
use crate::till::{HOLD, Names, Till};

/// A history on its way.
pub(crate) struct History {
    pub(crate) ground: Ground,
    pub(crate) till: Till,
    /// All states that the shop can be in, after all that was heard.
    shops: Vec<Shop>,
    known: BTreeMap<B, Identity>,
    pub(crate) tally: Tally,
    /// What happened, for people.
    story: Vec<String>,
    kind: Kind,
}

/// Runs a seed's history; an error tells what is wrong, and all that led to it.
pub(crate) async fn run(seed: u64, kind: Kind, plant: Option<Plant>) -> Result<Tally, String> {
    let mut plan = Plan::new(seed, kind.is_program());
    let stocks: Vec<_> = (0..plan.products)
        .map(|_| plan.random.below(7) as i64)
        .collect();
    let mut history = History::begin(kind, plant, &stocks, plan.carts, plan.holds).await;
    let outcome = history.live(&mut plan).await;
    let (tally, story) = (history.tally.clone(), history.story.join("\n"));
    history.end().await;
    outcome
        .map(|()| tally)
        .map_err(|complaint| format!("{complaint}\n{story}"))
}

impl History {
    pub(crate) async fn begin(
        kind: Kind,
        plant: Option<Plant>,
        stocks: &[i64],
        carts: u8,
        holds: bool,
    ) -> Self {
        let hold = if holds { HOLD } else { HoldLength::OFF };
        let mut ground = Ground::new(kind, plant, hold);
        let door = ground.open().await;
        let mut names = Names::default();
        for (number, stock) in (0..).zip(stocks) {
            names
                .products
                .push(door.create_product(number, *stock).await);
        }
        for _ in 0..carts {
            names.carts.push(door.create_cart().await);
        }
        let till = Till {
            door,
            names: Arc::new(names),
            plant,
            cart_prices: Arc::default(),
        };
        let (seen, _) = till.read().await.expect("a shop");
        let story = vec![format!("begins as {seen:?}")];
        Self {
            ground,
            shops: vec![Shop::begin(seen, holds, till.is_blind())],
            till,
            known: BTreeMap::new(),
            tally: Tally::default(),
            story,
            kind,
        }
    }

    async fn live(&mut self, plan: &mut Plan) -> Result<(), String> {
        for _ in 0..plan.batches {
            let calls = plan.batch(&self.shops[0], self.till.is_blind());
            let crash = plan.random.once_in(plan.crashes);
            if crash {
                let moments = calls.len() as u64 * self.kind.moments();
                let part = plan.random.below(256) as u8;
                let part = (self.kind == Kind::Sqlite && plan.random.once_in(4)).then_some(part);
                let after = plan.random.below(moments);
                self.ground.axe.raise(after, part);
            }
            let heard = self.send(calls).await;
            self.check(heard, crash, plan).await?;
        }
        self.reopen(false).await;
        self.tell("a restart");
        self.check(Vec::new(), false, plan).await
    }

    /// Makes calls at the same time. What was not heard before the program died was not heard.
    pub(crate) async fn send(&mut self, calls: Vec<Call>) -> Vec<Heard> {
        let heard = self.hear(calls).await;
        for (call, told) in &heard {
            self.tell((call, told));
        }
        heard
    }

    async fn hear(&self, calls: Vec<Call>) -> Vec<Heard> {
        let (till, axe) = (&self.till, &self.ground.axe);
        let heard = calls.into_iter().map(async |call| {
            let told = tokio::select! {
                told = till.send(&call) => Some(told),
                () = axe.fell() => None,
            };
            (call, told.filter(|_| !axe.has_fallen()))
        });
        let mut heard = pin!(join_all(heard));
        let Some(time) = self.ground.time_to_live() else {
            return heard.await;
        };
        if let Ok(heard) = timeout(time, &mut heard).await {
            return heard;
        }
        self.ground.fall();
        heard.await
    }

    /// Asks the model whether that can be, after a crash or without.
    pub(crate) async fn check(
        &mut self,
        heard: Vec<Heard>,
        crash: bool,
        plan: &mut Plan,
    ) -> Result<(), String> {
        // What a store had no time for may still be on its way: only a death ends it for certain.
        let failed = |told: &Told| matches!(told.kept.answer, Answer::Failed(_));
        let is_open = heard
            .iter()
            .any(|(_, told)| told.as_ref().is_some_and(failed));
        if crash || is_open {
            self.crash().await;
        } else {
            self.ground.axe.lower();
        }
        for (call, told) in &heard {
            self.note(call, told.as_ref(), crash, plan)?;
        }
        let (seen, identities) = self
            .till
            .read()
            .await
            .map_err(|error| format!("the shop cannot be read: {error}"))?;
        self.tell(&seen);
        for (buyer, identity) in identities {
            self.know(buyer, &identity)?;
        }
        plan.orders = seen.orders.keys().copied().collect();
        let heard = cart_by_cart(heard, plan.carts);
        if let Some((id, _)) = seen.products.iter().find(|(_, product)| product.stock < 0) {
            return Err(format!("the stock of product {id} is negative"));
        }
        let next = explain(&self.shops, &heard, Some(&seen), self.looks_back());
        if next.is_empty() {
            return Err(self.complaint(&heard, &seen));
        }
        self.shops = next;
        self.tally.count("checks");
        Ok(())
    }

    async fn crash(&mut self) {
        if !self.ground.axe.has_fallen() {
            self.ground.fall();
            self.tally.count("crashes between calls");
        } else {
            self.tally.count("crashes");
        }
        self.tell("a crash");
        self.reopen(true).await;
    }

    async fn reopen(&mut self, died: bool) {
        let door = self.till.door.clone();
        if died {
            self.ground.bury(door).await;
        } else {
            self.ground.close(door).await;
        }
        self.till.door = self.ground.open().await;
    }

    /// What an answer says beside what the model knows of.
    fn note(
        &mut self,
        call: &Call,
        told: Option<&Told>,
        crash: bool,
        plan: &mut Plan,
    ) -> Result<(), String> {
        let answer = told.map(|told| &told.kept.answer);
        if matches!(answer, None | Some(Answer::Failed(_))) && call.key.is_some() {
            plan.unanswered.push(call.clone());
        }
        let Some(told) = told else {
            self.tally.count("unanswered");
            return Ok(());
        };
        if told.replayed {
            self.tally.count("replayed");
        }
        self.tally.count(match &told.kept.answer {
            Answer::Failed(why) if self.kind == Kind::Sqlite => {
                return Err(format!("the store failed: {why} (a crash: {crash})"));
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
        match (&told.kept.answer, &told.kept.identity) {
            (Answer::Bought { order, .. }, Some(identity)) => self.know(order.buyer, identity),
            _ => Ok(()),
        }
    }

    /// An order keeps its id, its code and its time for ever, and answers tell them.
    fn know(&mut self, buyer: B, identity: &Identity) -> Result<(), String> {
        let known = self.known.entry(buyer).or_insert_with(|| identity.clone());
        if known == identity {
            return Ok(());
        }
        Err(format!(
            "the order of buyer {buyer} was {known:?} and is {identity:?}"
        ))
    }

    fn looks_back(&self) -> bool {
        self.kind.is_mongodb()
    }

    fn complaint(&self, heard: &[Heard], seen: &Seen) -> String {
        let ends = explain(&self.shops, heard, None, self.looks_back());
        let Some(end) = ends.first().map(Shop::seen) else {
            return "in no order of the requests are these the answers".into();
        };
        let mut text = String::from("the answers are right, but not the shop after them:");
        differences(&mut text, "product", &seen.products, &end.products);
        differences(&mut text, "cart", &seen.carts, &end.carts);
        differences(&mut text, "order", &seen.orders, &end.orders);
        text
    }

    fn tell(&mut self, what: impl Debug) {
        self.story.push(format!("{what:?}"));
    }

    pub(crate) async fn end(mut self) {
        let door = self.till.door.clone();
        drop(self.till);
        self.ground.close(door).await;
        self.ground.clear().await;
    }
}

/// Carts lose their holds one after the other when others ask at the same time, or the program dies; and
/// what is kept meanwhile may last.
fn cart_by_cart(heard: Vec<Heard>, carts: u8) -> Vec<Heard> {
    let is_alone = heard.len() == 1 && heard[0].1.is_some();
    let mut each = Vec::new();
    for (call, told) in heard {
        match call.request {
            Request::Expire { .. } if !is_alone => each.extend((0..carts).map(|cart| {
                let request = Request::Expire { cart: Some(cart) };
                (Call { request, key: None }, None)
            })),
            _ => each.push((call, told)),
        }
    }
    each
}

fn differences<V: PartialEq + Debug>(
    text: &mut String,
    what: &str,
    is: &BTreeMap<impl Ord + Debug, V>,
    must: &BTreeMap<impl Ord + Debug, V>,
) {
    let (is, must): (Vec<_>, Vec<_>) = (
        is.iter().map(|one| format!("{one:?}")).collect(),
        must.iter().map(|one| format!("{one:?}")).collect(),
    );
    for one in is.iter().filter(|one| !must.contains(one)) {
        *text += &format!("\n  {what} is {one}");
    }
    for one in must.iter().filter(|one| !is.contains(one)) {
        *text += &format!("\n  {what} should be {one}");
    }
}
