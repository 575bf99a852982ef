//! Clients that stop reading and clients that announce huge frames, beside healthy ones: what they
//! cost in memory and delay, and whether they are disconnected in time.
//!
//! Rounds without and with attackers alternate, each on a fresh shop under the same load.

mod attackers;
mod healthy;

use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};
use vitrina_test_support::Outcome;
use vitrina_test_support::proc;

use self::attackers::{Announced, Attackers};
use self::healthy::Healthy;
use crate::frames::timestamp;
use crate::report::{Report, median, percentile};
use crate::rest::Rest;
use crate::shop::Shop;
use crate::test_store::TestStore;

/// Messages a second, and product edits a second.
const RATE: u32 = 20;
/// Characters of each message, and of each product's description.
const MESSAGE: usize = 1_900;
const DESCRIPTION: usize = 4_000;
/// Products with the longest possible description.
const PRODUCTS: usize = 600;
const LONGEST: usize = 10_000;
/// How often memory and sockets are sampled.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// Bounds of what attackers may cost, and of how long they may stay.
const MAX_MEMORY: i64 = 16 << 20;
const DISCONNECT_LIMIT: Duration = Duration::from_secs(15);
const ACCEPTED_DELAY: Duration = Duration::from_millis(50);
/// How long presence and files may take to be released: presence waits 3 s for reloads.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    healthy: usize,
    time: Duration,
    rounds: usize,
}

impl Plan {
    pub(crate) fn new(healthy: usize, seconds: u64, rounds: usize) -> Self {
        Self {
            healthy,
            time: Duration::from_secs(seconds),
            rounds,
        }
    }
}

/// Results of one round.
#[derive(Debug)]
struct Round {
    delay: Duration,
    deliveries: usize,
    /// Peak memory above that at the start of the load, in bytes.
    rise: i64,
    /// How many healthy sockets ended early.
    failed: usize,
    /// Files that the server has open at the end, beyond those before the first client.
    left: i64,
    /// People and viewers that are counted but gone.
    stale_presence: i64,
    attackers: Option<attackers::Results>,
}

pub(crate) async fn run(
    new_store: &mut impl FnMut() -> Outcome<TestStore>,
    plan: Plan,
    report: &mut Report,
) -> Outcome<()> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        without.push(round(&new_store()?, plan, false).await?);
        with.push(round(&new_store()?, plan, true).await?);
    }
    for (name, rounds) in [("without", &without), ("with", &with)] {
        for round in rounds {
            let figures = format!(
                "p99 {:.1?} of {} deliveries, memory +{:.1} MB",
                round.delay,
                round.deliveries,
                round.rise as f64 / 1e6
            );
            report.figure(&format!("{name} attackers"), figures);
        }
    }
    let middle = |rounds: &[Round], of: fn(&Round) -> i64| {
        median(&rounds.iter().map(of).collect::<Vec<_>>()).unwrap_or_default()
    };
    let delay = |rounds: &[Round]| {
        let micros = middle(rounds, |round| round.delay.as_micros() as i64);
        Duration::from_micros(micros as u64)
    };
    let (alone, beside) = (delay(&without), delay(&with));
    let is_near = beside <= (alone * 2).max(ACCEPTED_DELAY);
    let delays = format!("{beside:.1?}, {alone:.1?} without attackers");
    report.check_delay("p99 at most doubled, or 50 ms", delays, is_near);
    let rise = |round: &Round| round.rise;
    let rise = middle(&with, rise) - middle(&without, rise);
    let memory = format!("{:.1} MB", rise as f64 / 1e6);
    report.check("their memory, 16 MiB at most", memory, rise <= MAX_MEMORY);
    let rounds = || without.iter().chain(&with);
    let failed: usize = rounds().map(|round| round.failed).sum();
    report.check("healthy sockets that ended early", failed, failed == 0);
    for results in with.iter().filter_map(|round| round.attackers.as_ref()) {
        results.check(report, DISCONNECT_LIMIT);
    }
    let stale_presence: Vec<_> = rounds().map(|round| round.stale_presence).collect();
    let none = stale_presence
        .iter()
        .all(|stale_presence| *stale_presence == 0);
    report.check(
        "people and viewers that are gone but counted",
        format!("{stale_presence:?}"),
        none,
    );
    let left: Vec<_> = rounds().map(|round| round.left).collect();
    let none = left.iter().all(|left| *left <= 0);
    report.check("files left open at the end", format!("{left:?}"), none);
    Ok(())
}

/// Enough data for snapshots and histories that fill the buffers of a client that does not read.
async fn fill(rest: &Rest) -> Outcome<()> {
    for number in 0..PRODUCTS {
        let product = rest.create(&format!("F-{number}")).await?;
        let patch = json!({ "description": "x".repeat(LONGEST) });
        rest.update(&product.id, &patch).await?;
    }
    for _ in 0..100 {
        rest.post_message("first@example.com", &"x".repeat(MESSAGE))
            .await?;
    }
    Ok(())
}

async fn round(store: &TestStore, plan: Plan, is_hostile: bool) -> Outcome<Round> {
    let shop = Shop::start(store).await?;
    let (address, pid) = (shop.address(), shop.pid());
    let rest = Rest::new(address)?;
    let product = rest.create("P").await?;
    fill(&rest).await?;
    let before = proc::open_files(pid)?;

    let mut healthy = Healthy::open(address, plan.healthy).await?;
    // Presence events and the first snapshots are delivered.
    sleep(Duration::from_secs(5)).await;
    let memory = proc::resident(pid)? as i64;
    healthy.measure();
    let (stop, stopped) = watch::channel(false);
    let load = tokio::spawn(load(rest.clone(), product.id.clone(), stopped));
    let attackers = match is_hostile {
        true => Some(Attackers::open(address).await?),
        false => None,
    };
    let announced = attackers.as_ref().map(Attackers::announce);
    let mut stalled = attackers.map(|attackers| attackers.stalled);
    let mut peak = memory;
    // Counted from when the attackers are connected.
    let end = Instant::now() + plan.time;
    while Instant::now() < end {
        peak = peak.max(proc::resident(pid)? as i64);
        if let Some(stalled) = &mut stalled {
            stalled.sample(address.port())?;
        }
        sleep(POLL_INTERVAL).await;
    }
    sleep_until(end).await;
    stop.send_replace(true);
    load.await??;
    let results = match (stalled, announced) {
        (Some(mut stalled), Some(announced)) => {
            // Those still connected have the rest of their time.
            while !stalled.are_gone() && end.elapsed() < DISCONNECT_LIMIT {
                peak = peak.max(proc::resident(pid)? as i64);
                stalled.sample(address.port())?;
                sleep(POLL_INTERVAL).await;
            }
            let announced: Vec<Announced> = announced.join_all().await;
            Some(stalled.results(announced))
        }
        _ => None,
    };
    let stale_presence = healthy.stale_presence(address, RELEASE_TIMEOUT).await?;
    let (mut delays, failed) = healthy.finish().await?;
    drop(rest);
    Ok(Round {
        deliveries: delays.len(),
        delay: percentile(&mut delays, 99),
        rise: peak - memory,
        failed,
        left: files_left(pid, before).await?,
        stale_presence,
        attackers: results,
    })
}

/// How many more files are open than before, once they are released.
async fn files_left(pid: u32, before: usize) -> Outcome<i64> {
    let until = Instant::now() + RELEASE_TIMEOUT;
    loop {
        let left = proc::open_files(pid)? as i64 - before as i64;
        if left <= 0 || Instant::now() > until {
            return Ok(left);
        }
        sleep(POLL_INTERVAL).await;
    }
}

/// Large messages and edits at an even pace until it is stopped.
async fn load(rest: Rest, product: String, stopped: watch::Receiver<bool>) -> Outcome<()> {
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stopped.borrow() {
        ticks.tick().await;
        let text = timestamp() + &"x".repeat(MESSAGE);
        rest.post_message("ana@example.com", &text).await?;
        let patch = json!({ "title": timestamp(), "description": "x".repeat(DESCRIPTION) });
        rest.update(&product, &patch).await?;
    }
    Ok(())
}
