//! Every hostile load at once beside a healthy crowd and a hundred requests a second: nothing is lost, the
//! delays stay near those without them, and the memory comes back.
//!
//! Runs without and with the hostile loads alternate, each on a fresh shop whose rates are on, as on the
//! open network; healthy clients have many addresses, hostile ones a few.

mod loads;
mod readers;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use self::loads::Hostile;
pub(crate) use self::readers::Readers;
use crate::Outcome;
use crate::figures::{Report, median, percentile};
use crate::frames::now_in_words;
use crate::machine;
use crate::place::Place;
use crate::rest::Rest;
use crate::shop::Shop;

/// Requests a second, from so many clients.
const REQUESTS: u32 = 100;
const CLIENTS: u32 = 20;
/// Messages, and as many changes, a second: each reaches half of the sockets.
const RATE: u32 = 2;
const PRODUCTS: usize = 200;
/// What the delays may be where twice those without the loads is less.
const DELAY: Duration = Duration::from_millis(50);
/// What the memory may keep: what the allocator does not give back.
const MEMORY: i64 = 32 << 20;
/// How long the memory may take to come back.
const CALM: Duration = Duration::from_secs(20);

/// How large and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) sockets: usize,
    pub(crate) time: Duration,
    pub(crate) rounds: usize,
    /// What the names of the loads hold.
    pub(crate) only: &'a str,
}

/// One of a round's delays.
type DelayOf = fn(&Round) -> Duration;

/// What one run showed.
#[derive(Debug)]
struct Round {
    deliveries: Duration,
    answers: Duration,
    lost: usize,
    failed: usize,
    /// The most memory beyond that before the load, and what is left of it in the end.
    rise: i64,
    left: i64,
    done: Vec<(&'static str, usize)>,
}

/// The loopback address of a healthy client.
pub(crate) fn healthy_address(number: u32) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(
        127,
        1,
        (number / 250) as u8,
        (number % 250 + 1) as u8,
    ))
}

/// Runs it.
pub(crate) async fn run(
    place: &mut impl FnMut() -> Outcome<Place>,
    plan: Plan<'_>,
    report: &mut Report,
) -> Outcome<()> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        without.push(round(&place()?, plan, false, report).await?);
        with.push(round(&place()?, plan, true, report).await?);
    }
    let middle = |rounds: &[Round], of: DelayOf| {
        median(&rounds.iter().map(of).collect::<Vec<_>>()).unwrap_or_default()
    };
    let deliveries: DelayOf = |round| round.deliveries;
    let answers: DelayOf = |round| round.answers;
    for (name, of) in [("deliveries", deliveries), ("answers", answers)] {
        let (alone, beside) = (middle(&without, of), middle(&with, of));
        let is_near = beside <= (alone * 2).max(DELAY);
        let told = format!("{beside:.1?}, {alone:.1?} without them");
        report.promise(
            &format!("p99 of {name}: doubled at most, or 50 ms"),
            told,
            is_near,
        );
    }
    let all = || without.iter().chain(&with);
    let lost: usize = all().map(|round| round.lost).sum();
    report.promise("deliveries lost or out of order", lost, lost == 0);
    let failed: usize = all().map(|round| round.failed).sum();
    report.promise("requests that failed", failed, failed == 0);
    let left: Vec<_> = with
        .iter()
        .zip(&without)
        .map(|(with, without)| with.left - without.left)
        .collect();
    let left = median(&left).unwrap_or_default();
    let told = format!("{:.1} MB more than without them", left as f64 / 1e6);
    report.promise("memory when they are gone", told, left <= MEMORY);
    Ok(())
}

async fn round(place: &Place, plan: Plan<'_>, is_hostile: bool, report: &Report) -> Outcome<Round> {
    let shop = Shop::start_guarded(place).await?;
    let (address, pid) = (shop.address(), shop.pid());
    let rest = Rest::of_admin(address, healthy_address(1_000))?;
    for number in 0..PRODUCTS {
        rest.create(&format!("P-{number}")).await?;
    }
    let product = rest.products().await?.remove(0).id;
    let readers =
        Readers::arrive(address, plan.sockets / 2, plan.sockets - plan.sockets / 2).await?;
    sleep(Duration::from_secs(5)).await;
    let before = machine::resident(pid)? as i64;
    let hostile = is_hostile.then(|| Hostile::begin(address, plan.only));
    // The loads are under way before anything is measured.
    sleep(Duration::from_secs(2)).await;
    readers.begin();
    let (stop, stopped) = watch::channel(false);
    let writing = tokio::spawn(write(rest, product, stopped.clone()));
    let mut asking = JoinSet::new();
    for client in 0..CLIENTS {
        asking.spawn(ask(address, client, stopped.clone()));
    }
    let (mut most, end) = (before, Instant::now() + plan.time);
    while Instant::now() < end {
        most = most.max(machine::resident(pid)? as i64);
        sleep(Duration::from_millis(200)).await;
    }
    stop.send_replace(true);
    let written = writing.await??;
    let (mut answers, mut failed) = (Vec::new(), 0);
    while let Some(asked) = asking.join_next().await {
        let (own, bad) = asked?;
        answers.extend(own);
        failed += bad;
    }
    let (mut delays, lost) = readers.leave(written, CALM).await?;
    let done = match hostile {
        Some(hostile) => hostile.end().await,
        None => Vec::new(),
    };
    let mut left = i64::MAX;
    let calm = Instant::now() + CALM;
    while left > MEMORY / 4 && Instant::now() < calm {
        left = machine::resident(pid)? as i64 - before;
        sleep(Duration::from_millis(500)).await;
    }
    let round = Round {
        deliveries: percentile(&mut delays, 99),
        answers: percentile(&mut answers, 99),
        lost,
        failed,
        rise: most - before,
        left,
        done,
    };
    let name = if is_hostile {
        "with them"
    } else {
        "without them"
    };
    let told = format!(
        "p99 {:.1?} of {} deliveries, {:.1?} of {} answers, memory +{:.1} MB, {:.1} MB left",
        round.deliveries,
        delays.len(),
        round.answers,
        answers.len(),
        round.rise as f64 / 1e6,
        round.left as f64 / 1e6,
    );
    report.figure(name, told);
    for (load, count) in &round.done {
        report.figure(&format!("  {load}"), count);
    }
    for line in shop.complaints().iter().take(3) {
        report.figure("  the log", line);
    }
    Ok(round)
}

/// Messages and changes at an even pace until it is told to stop; how many of each.
async fn write(rest: Rest, product: String, stopped: watch::Receiver<bool>) -> Outcome<usize> {
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut written = 0;
    while !*stopped.borrow() {
        ticks.tick().await;
        rest.say("ana@example.com", &now_in_words()).await?;
        rest.update(&product, &json!({ "title": now_in_words() }))
            .await?;
        written += 1;
    }
    Ok(written)
}

/// Reads of a page, a list and a product at an even pace; how long each took, and how many failed.
async fn ask(
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
        match rest.is_answered(path).await {
            true => took.push(began.elapsed().as_micros() as u32),
            false => failed += 1,
        }
    }
    (took, failed)
}
