//! All attacks at once, beside healthy sockets and a hundred requests a second: nothing is lost,
//! delays stay near those without attacks, and the memory is released.
//!
//! Rounds without and with attacks alternate, each on a fresh shop with rate limits, as on a public
//! network. Healthy clients have many addresses.

mod loads;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use vitrina_test_support::Outcome;
use vitrina_test_support::proc;

use self::loads::Attacks;
use crate::frames::timestamp;
use crate::readers::{Readers, healthy_address};
use crate::report::{Report, median, percentile};
use crate::rest::Rest;
use crate::shop::Shop;
use crate::test_store::TestStore;

/// Requests a second, from this many clients.
const REQUESTS: u32 = 100;
const CLIENTS: u32 = 20;
/// Messages a second, and product edits a second: each reaches half of the sockets.
const RATE: u32 = 2;
const PRODUCTS: usize = 200;
/// Delays up to this are fine, even if they are more than twice those without attacks.
const ACCEPTED_DELAY: Duration = Duration::from_millis(50);
/// Memory that may remain: the allocator does not return everything.
const ACCEPTED_MEMORY: i64 = 32 << 20;
/// How long releasing the memory may take.
const RECOVERY_TIME: Duration = Duration::from_secs(20);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) sockets: usize,
    pub(crate) time: Duration,
    pub(crate) rounds: usize,
    /// Only attacks whose names contain this.
    pub(crate) only: &'a str,
}

type DelayOf = fn(&Round) -> Duration;

/// Results of one round.
#[derive(Debug)]
struct Round {
    deliveries: Duration,
    responses: Duration,
    lost: usize,
    failed: usize,
    /// Memory above that before the load: the peak, and what remains at the end.
    rise: i64,
    left: i64,
    attacks: Vec<(&'static str, usize)>,
}

pub(crate) async fn run(
    new_store: &mut impl FnMut() -> Outcome<TestStore>,
    plan: Plan<'_>,
    report: &mut Report,
) -> Outcome<()> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        without.push(round(&new_store()?, plan, false, report).await?);
        with.push(round(&new_store()?, plan, true, report).await?);
    }
    let middle = |rounds: &[Round], of: DelayOf| {
        median(&rounds.iter().map(of).collect::<Vec<_>>()).unwrap_or_default()
    };
    let deliveries: DelayOf = |round| round.deliveries;
    let responses: DelayOf = |round| round.responses;
    for (name, of) in [("deliveries", deliveries), ("responses", responses)] {
        let (alone, beside) = (middle(&without, of), middle(&with, of));
        let is_near = beside <= (alone * 2).max(ACCEPTED_DELAY);
        let delays = format!("{beside:.1?}, {alone:.1?} without attacks");
        report.check(
            &format!("p99 of {name}: at most doubled, or 50 ms"),
            delays,
            is_near,
        );
    }
    let all = || without.iter().chain(&with);
    let lost: usize = all().map(|round| round.lost).sum();
    report.check("deliveries lost or out of order", lost, lost == 0);
    let failed: usize = all().map(|round| round.failed).sum();
    report.check("requests that failed", failed, failed == 0);
    let left: Vec<_> = with
        .iter()
        .zip(&without)
        .map(|(with, without)| with.left - without.left)
        .collect();
    let left = median(&left).unwrap_or_default();
    let more = format!("{:.1} MB more than without attacks", left as f64 / 1e6);
    report.check("memory when they are gone", more, left <= ACCEPTED_MEMORY);
    Ok(())
}

async fn round(
    store: &TestStore,
    plan: Plan<'_>,
    is_hostile: bool,
    report: &Report,
) -> Outcome<Round> {
    let shop = Shop::start_guarded(store).await?;
    let (address, pid) = (shop.address(), shop.pid());
    let rest = Rest::as_admin(address, healthy_address(1_000))?;
    for number in 0..PRODUCTS {
        rest.create(&format!("P-{number}")).await?;
    }
    let product = rest.products().await?.remove(0).id;
    let readers = Readers::open(address, plan.sockets / 2, plan.sockets - plan.sockets / 2).await?;
    sleep(Duration::from_secs(5)).await;
    let before = proc::resident(pid)? as i64;
    let attacks = is_hostile.then(|| Attacks::start(address, plan.only));
    // The attacks are running before anything is measured.
    sleep(Duration::from_secs(2)).await;
    readers.measure();
    let (stop, stopped) = watch::channel(false);
    let writing = tokio::spawn(write(rest, product, stopped.clone()));
    let mut requesting = JoinSet::new();
    for client in 0..CLIENTS {
        requesting.spawn(request(address, client, stopped.clone()));
    }
    let (mut peak, end) = (before, Instant::now() + plan.time);
    while Instant::now() < end {
        peak = peak.max(proc::resident(pid)? as i64);
        sleep(Duration::from_millis(200)).await;
    }
    stop.send_replace(true);
    let written = writing.await??;
    let (mut responses, mut failed) = (Vec::new(), 0);
    while let Some(requested) = requesting.join_next().await {
        let (own, own_failed) = requested?;
        responses.extend(own);
        failed += own_failed;
    }
    let (mut delays, lost) = readers.finish(written, RECOVERY_TIME).await?;
    let attacks = match attacks {
        Some(attacks) => attacks.stop().await,
        None => Vec::new(),
    };
    let mut left = i64::MAX;
    let until = Instant::now() + RECOVERY_TIME;
    while left > ACCEPTED_MEMORY / 4 && Instant::now() < until {
        left = proc::resident(pid)? as i64 - before;
        sleep(Duration::from_millis(500)).await;
    }
    let round = Round {
        deliveries: percentile(&mut delays, 99),
        responses: percentile(&mut responses, 99),
        lost,
        failed,
        rise: peak - before,
        left,
        attacks,
    };
    let name = if is_hostile {
        "with attacks"
    } else {
        "without attacks"
    };
    let figures = format!(
        "p99 {:.1?} of {} deliveries, {:.1?} of {} responses, memory +{:.1} MB, {:.1} MB left",
        round.deliveries,
        delays.len(),
        round.responses,
        responses.len(),
        round.rise as f64 / 1e6,
        round.left as f64 / 1e6,
    );
    report.figure(name, figures);
    for (attack, count) in &round.attacks {
        report.figure(&format!("  {attack}"), count);
    }
    for line in shop.log_tail().iter().take(3) {
        report.figure("  the log", line);
    }
    Ok(round)
}

/// Posts messages and edits a product at an even pace until it is stopped; returns how many of
/// each.
async fn write(rest: Rest, product: String, stopped: watch::Receiver<bool>) -> Outcome<usize> {
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut written = 0;
    while !*stopped.borrow() {
        ticks.tick().await;
        rest.post_message("ana@example.com", &timestamp()).await?;
        rest.update(&product, &json!({ "title": timestamp() }))
            .await?;
        written += 1;
    }
    Ok(written)
}

/// Reads pages and lists at an even pace until it is stopped; returns how long each took, and how
/// many failed.
async fn request(
    address: SocketAddr,
    client: u32,
    stopped: watch::Receiver<bool>,
) -> (Vec<u32>, usize) {
    let (mut took, mut failed) = (Vec::new(), 0);
    let Ok(rest) = Rest::from_address(address, healthy_address(1_001 + client)) else {
        return (took, 1);
    };
    let mut ticks = interval(Duration::from_secs(1) * CLIENTS / REQUESTS);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let paths = ["/api/products?limit=20", "/", "/api/messages"];
    for path in paths.iter().cycle() {
        ticks.tick().await;
        if *stopped.borrow() {
            break;
        }
        let began = Instant::now();
        match rest.succeeds(path).await {
            true => took.push(began.elapsed().as_micros() as u32),
            false => failed += 1,
        }
    }
    (took, failed)
}
