//! A purchase that dies at each of its moments in turn: before and after every statement of it, and in
//! the midst of its commit. Then the same request comes again, and beside it another buyer of the same
//! product.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::ground::Kind;
use crate::history::History;
use crate::plan::Plan;
use crate::request::{Answer, Call, Request};

/// Deaths at the same time on MongoDB.
const AT_ONCE: usize = 6;
/// How long a dead program may keep others waiting.
const PATIENCE: Duration = Duration::from_secs(5);

fn purchase(cart: u8, buyer: u32, key: Option<u32>) -> Call {
    let request = Request::Purchase {
        cart,
        buyer,
        total: None,
        partial: true,
    };
    Call { request, key }
}

fn fill(cart: u8, lines: &[(u8, i64)]) -> Call {
    let lines = lines.to_vec();
    Call {
        request: Request::Replace { cart, lines },
        key: None,
    }
}

/// A shop with two carts that want the same product, the first one also something that is short.
async fn begin(kind: Kind, plan: &mut Plan, holds: bool) -> History {
    plan.holds = holds;
    let mut history = History::begin(kind, None, &[5, 2, 3], 2, holds).await;
    let calls = vec![fill(0, &[(0, 2), (1, 2), (2, 3)]), fill(1, &[(0, 3)])];
    let heard = history.send(calls).await;
    history.check(heard, false, plan).await.expect("full carts");
    if holds {
        // What is kept cannot be short.
        return history;
    }
    let call = Call {
        request: Request::Edit {
            product: 1,
            edit: crate::request::Edit::Stock(1),
            expected: None,
        },
        key: None,
    };
    let heard = history.send(vec![call]).await;
    history
        .check(heard, false, plan)
        .await
        .expect("a short line");
    history
}

/// How many moments a purchase has.
async fn moments(kind: Kind, holds: bool) -> u64 {
    let mut plan = Plan::new(0, false);
    let mut history = begin(kind, &mut plan, holds).await;
    let before = history.ground.axe.moments();
    let heard = history.send(vec![purchase(0, 1, Some(1))]).await;
    let moments = history.ground.axe.moments() - before;
    history
        .check(heard, false, &mut plan)
        .await
        .expect("a purchase");
    history.end().await;
    moments
}

/// What came of deaths.
#[derive(Debug, Default)]
pub(crate) struct Deaths {
    pub(crate) done: usize,
    pub(crate) not_done: usize,
    /// How long the next requests took at most.
    pub(crate) longest: Duration,
}

/// Lets a purchase die, and looks what is left. Tells whether it was done, and how long those waited who
/// came next.
async fn die(kind: Kind, after: u64, part: Option<u8>, holds: bool) -> (bool, Duration) {
    let mut plan = Plan::new(0, false);
    let mut history = begin(kind, &mut plan, holds).await;
    history.ground.axe.raise(after, part);
    let call = purchase(0, 1, Some(1));
    let heard = history.send(vec![call.clone()]).await;
    let place = format!("moment {after}, part {part:?}, holds {holds}");
    let verdict = history.check(heard, true, &mut plan).await;
    verdict.unwrap_or_else(|complaint| panic!("{place}: {complaint}"));
    let was_done = !plan.orders.is_empty();

    let started = Instant::now();
    let heard = history.send(vec![call, purchase(1, 2, None)]).await;
    let took = started.elapsed();
    for (call, told) in &heard {
        let bought = told.as_ref().map(|told| &told.kept.answer);
        assert!(
            matches!(bought, Some(Answer::Bought { .. })),
            "{place}: {call:?} is answered {bought:?}"
        );
    }
    assert!(took < PATIENCE, "{place}: others waited for {took:?}");
    let verdict = history.check(heard, false, &mut plan).await;
    verdict.unwrap_or_else(|complaint| panic!("{place}: {complaint}"));
    history.end().await;
    (was_done, took)
}

/// Every moment of a purchase, and so many parts of its commit.
pub(crate) async fn die_everywhere(
    kind: Kind,
    parts: impl Iterator<Item = u8>,
    holds: bool,
) -> Deaths {
    let moments = moments(kind, holds).await;
    assert!(moments >= 16, "a purchase has only {moments} moments");
    let at_moments = (0..moments).map(|after| die(kind, after, None, holds));
    let mut done = Vec::new();
    match kind {
        Kind::Sqlite => {
            for death in at_moments {
                done.push(death.await);
            }
            for part in parts {
                done.push(die(kind, 0, Some(part), holds).await);
            }
        }
        // Each waits for the dead one's locks: several at the same time.
        _ => {
            let mut deaths: Vec<_> = at_moments.collect();
            while !deaths.is_empty() {
                let some = deaths.split_off(deaths.len().saturating_sub(AT_ONCE));
                done.extend(join_all(some).await);
            }
        }
    }
    let mut deaths = Deaths::default();
    for (was_done, took) in done {
        deaths.done += usize::from(was_done);
        deaths.not_done += usize::from(!was_done);
        deaths.longest = deaths.longest.max(took);
    }
    deaths
}
