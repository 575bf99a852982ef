//! A purchase that crashes at each of its points in turn: before and after every statement, and in
//! the middle of its commit. Then the same request is repeated, in parallel with another purchase
//! of the same product.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::backend::Kind;
use crate::history::History;
use crate::plan::Plan;
use crate::request::{Answer, Call, Request};

/// Crashes that run in parallel on MongoDB.
const PARALLEL_CRASHES: usize = 6;
/// Time for which a crashed server may block others.
const TIMEOUT: Duration = Duration::from_secs(5);

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

/// A shop with two carts that have the same product; the first also has one with insufficient
/// stock.
async fn prepare(kind: Kind, plan: &mut Plan, holds: bool) -> History {
    plan.holds = holds;
    let mut history = History::begin(kind, None, &[5, 2, 3], 2, holds).await;
    let calls = vec![fill(0, &[(0, 2), (1, 2), (2, 3)]), fill(1, &[(0, 3)])];
    let exchanges = history.send(calls).await;
    history
        .check(exchanges, false, plan)
        .await
        .expect("full carts");
    if holds {
        // Held units are always available.
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
    let exchanges = history.send(vec![call]).await;
    history
        .check(exchanges, false, plan)
        .await
        .expect("a line with insufficient stock");
    history
}

/// The number of crash points of a purchase.
async fn count_points(kind: Kind, holds: bool) -> u64 {
    let mut plan = Plan::new(0, false);
    let mut history = prepare(kind, &mut plan, holds).await;
    let before = history.backend.injector.points();
    let exchanges = history.send(vec![purchase(0, 1, Some(1))]).await;
    let points = history.backend.injector.points() - before;
    history
        .check(exchanges, false, &mut plan)
        .await
        .expect("a purchase");
    history.end().await;
    points
}

/// The results of a crash at every point.
#[derive(Debug, Default)]
pub(crate) struct CrashPoints {
    pub(crate) done: usize,
    pub(crate) not_done: usize,
    /// The longest time of the next requests.
    pub(crate) longest: Duration,
}

/// Crashes a purchase and checks the shop. Returns whether it was done, and how long the next
/// requests took.
async fn crash_at(kind: Kind, after: u64, part: Option<u8>, holds: bool) -> (bool, Duration) {
    let mut plan = Plan::new(0, false);
    let mut history = prepare(kind, &mut plan, holds).await;
    history.backend.injector.schedule(after, part);
    let call = purchase(0, 1, Some(1));
    let exchanges = history.send(vec![call.clone()]).await;
    let context = format!("point {after}, part {part:?}, holds {holds}");
    let result = history.check(exchanges, true, &mut plan).await;
    result.unwrap_or_else(|error| panic!("{context}: {error}"));
    let was_done = !plan.orders.is_empty();

    let started = Instant::now();
    let exchanges = history.send(vec![call, purchase(1, 2, None)]).await;
    let took = started.elapsed();
    for (call, reply) in &exchanges {
        let bought = reply.as_ref().map(|reply| &reply.saved.answer);
        assert!(
            matches!(bought, Some(Answer::Bought { .. })),
            "{context}: {call:?} is answered {bought:?}"
        );
    }
    assert!(took < TIMEOUT, "{context}: the next requests took {took:?}");
    let result = history.check(exchanges, false, &mut plan).await;
    result.unwrap_or_else(|error| panic!("{context}: {error}"));
    history.end().await;
    (was_done, took)
}

/// Crashes a purchase at every point, and in these parts of its commit.
pub(crate) async fn crash_everywhere(
    kind: Kind,
    parts: impl Iterator<Item = u8>,
    holds: bool,
) -> CrashPoints {
    let points = count_points(kind, holds).await;
    assert!(points >= 16, "a purchase has only {points} crash points");
    let crashes = (0..points).map(|after| crash_at(kind, after, None, holds));
    let mut done = Vec::new();
    match kind {
        Kind::Sqlite => {
            for crash in crashes {
                done.push(crash.await);
            }
            for part in parts {
                done.push(crash_at(kind, 0, Some(part), holds).await);
            }
        }
        // Each waits for the locks of the crashed server, so several run in parallel.
        _ => {
            let mut crashes: Vec<_> = crashes.collect();
            while !crashes.is_empty() {
                let batch = crashes.split_off(crashes.len().saturating_sub(PARALLEL_CRASHES));
                done.extend(join_all(batch).await);
            }
        }
    }
    let mut crash_points = CrashPoints::default();
    for (was_done, took) in done {
        crash_points.done += usize::from(was_done);
        crash_points.not_done += usize::from(!was_done);
        crash_points.longest = crash_points.longest.max(took);
    }
    crash_points
}
