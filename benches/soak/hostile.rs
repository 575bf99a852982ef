//! Peers that stop reading and peers that announce huge frames, beside healthy ones: what they cost
//! in memory and in delay, and whether they are gone in time.
//!
//! Runs without and with them alternate, each on a fresh shop under the same load; the differences
//! are theirs.

mod crew;
mod healthy;

use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use self::crew::{Announced, Crew};
use self::healthy::Healthy;
use crate::Outcome;
use crate::figures::{Report, median, percentile};
use crate::frames::now_in_words;
use crate::machine;
use crate::place::Place;
use crate::rest::Rest;
use crate::shop::Shop;

/// Messages, and as many changes, a second.
const RATE: u32 = 20;
/// Characters of each message, and of each product's description.
const MESSAGE: usize = 1_900;
const DESCRIPTION: usize = 4_000;
/// Products with the longest description that there can be.
const PRODUCTS: usize = 600;
const LONGEST: usize = 10_000;
/// How often the process is looked at.
const GLANCE: Duration = Duration::from_millis(100);
/// What the contract allows.
const MEMORY: i64 = 16 << 20;
const GONE: Duration = Duration::from_secs(15);
const DELAY: Duration = Duration::from_millis(50);
/// How long the tables may take to be empty when everybody went: presence waits 3 s for reloads.
const EMPTY: Duration = Duration::from_secs(20);

/// How large and how long.
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

/// What one run showed.
#[derive(Debug)]
struct Round {
    delay: Duration,
    deliveries: usize,
    /// The most memory beyond that at the beginning of the load, in bytes.
    rise: i64,
    /// How many healthy sockets ended early.
    broken: usize,
    /// Files that the shop has open when all are gone, beyond those of before anybody came.
    left: i64,
    /// People online and viewers beyond the healthy ones, when the others are gone.
    ghosts: i64,
    crew: Option<crew::Fate>,
}

/// Runs it.
pub(crate) async fn run(
    place: &mut impl FnMut() -> Outcome<Place>,
    plan: Plan,
    report: &mut Report,
) -> Outcome<()> {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for _ in 0..plan.rounds {
        without.push(round(&place()?, plan, false).await?);
        with.push(round(&place()?, plan, true).await?);
    }
    for (name, rounds) in [("without", &without), ("with", &with)] {
        for round in rounds {
            let figures = format!(
                "p99 {:.1?} of {} deliveries, memory +{:.1} MB",
                round.delay,
                round.deliveries,
                round.rise as f64 / 1e6
            );
            report.figure(&format!("{name} them"), figures);
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
    let is_near = beside <= (alone * 2).max(DELAY);
    let told = format!("{beside:.1?}, {alone:.1?} without them");
    report.delay("p99 at most doubled, or 50 ms", told, is_near);
    let rise = |round: &Round| round.rise;
    let rise = middle(&with, rise) - middle(&without, rise);
    let told = format!("{:.1} MB", rise as f64 / 1e6);
    report.promise("their memory, 16 MiB at most", told, rise <= MEMORY);
    let rounds = || without.iter().chain(&with);
    let broken: usize = rounds().map(|round| round.broken).sum();
    report.promise("healthy sockets that ended early", broken, broken == 0);
    for fate in with.iter().filter_map(|round| round.crew.as_ref()) {
        fate.tell(report, GONE);
    }
    let ghosts: Vec<_> = rounds().map(|round| round.ghosts).collect();
    let none = ghosts.iter().all(|ghosts| *ghosts == 0);
    report.promise(
        "people and viewers that are none",
        format!("{ghosts:?}"),
        none,
    );
    let left: Vec<_> = rounds().map(|round| round.left).collect();
    let none = left.iter().all(|left| *left <= 0);
    report.promise("files left open in the end", format!("{left:?}"), none);
    Ok(())
}

/// Enough for snapshots and histories that fill the buffers of whoever does not read them.
async fn fill(rest: &Rest) -> Outcome<()> {
    for number in 0..PRODUCTS {
        let product = rest.create(&format!("F-{number}")).await?;
        let patch = json!({ "description": "x".repeat(LONGEST) });
        rest.update(&product.id, &patch).await?;
    }
    for _ in 0..100 {
        rest.say("first@example.com", &"x".repeat(MESSAGE)).await?;
    }
    Ok(())
}

async fn round(place: &Place, plan: Plan, is_hostile: bool) -> Outcome<Round> {
    let shop = Shop::start(place).await?;
    let (address, pid) = (shop.address(), shop.pid());
    let rest = Rest::new(address)?;
    let product = rest.create("P").await?;
    fill(&rest).await?;
    let before = machine::open_files(pid)?;

    let mut healthy = Healthy::arrive(address, plan.healthy).await?;
    // Presence and the first snapshots come to rest.
    sleep(Duration::from_secs(5)).await;
    let memory = machine::resident(pid)? as i64;
    healthy.begin();
    let (stop, stopped) = watch::channel(false);
    let load = tokio::spawn(load(rest.clone(), product.id.clone(), stopped));
    let crew = match is_hostile {
        true => Some(Crew::arrive(address).await?),
        false => None,
    };
    let announced = crew.as_ref().map(Crew::announce);
    let mut stalled = crew.map(|crew| crew.stalled);
    let mut most = memory;
    // However long they took to arrive.
    let end = Instant::now() + plan.time;
    while Instant::now() < end {
        most = most.max(machine::resident(pid)? as i64);
        if let Some(stalled) = &mut stalled {
            stalled.look(address.port())?;
        }
        sleep(GLANCE).await;
    }
    sleep_until(end).await;
    stop.send_replace(true);
    load.await??;
    let fate = match (stalled, announced) {
        (Some(mut stalled), Some(announced)) => {
            // Those that are still there get the rest of their time.
            while !stalled.are_gone() && end.elapsed() < GONE {
                most = most.max(machine::resident(pid)? as i64);
                stalled.look(address.port())?;
                sleep(GLANCE).await;
            }
            let announced: Vec<Announced> = announced.join_all().await;
            Some(stalled.fate(announced))
        }
        _ => None,
    };
    let ghosts = healthy.ghosts(address, EMPTY).await?;
    let (mut delays, broken) = healthy.leave().await?;
    drop(rest);
    Ok(Round {
        deliveries: delays.len(),
        delay: percentile(&mut delays, 99),
        rise: most - memory,
        broken,
        left: files_left(pid, before).await?,
        ghosts,
        crew: fate,
    })
}

/// How many more files are open than before anybody came, when it does not change any more.
async fn files_left(pid: u32, before: usize) -> Outcome<i64> {
    let until = Instant::now() + EMPTY;
    loop {
        let left = machine::open_files(pid)? as i64 - before as i64;
        if left <= 0 || Instant::now() > until {
            return Ok(left);
        }
        sleep(GLANCE).await;
    }
}

/// Large messages and changes, at an even pace, until it is told to stop.
async fn load(rest: Rest, product: String, stopped: watch::Receiver<bool>) -> Outcome<()> {
    let mut ticks = interval(Duration::from_secs(1) / RATE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stopped.borrow() {
        ticks.tick().await;
        let words = now_in_words() + &"x".repeat(MESSAGE);
        rest.say("ana@example.com", &words).await?;
        let patch = json!({ "title": now_in_words(), "description": "x".repeat(DESCRIPTION) });
        rest.update(&product, &patch).await?;
    }
    Ok(())
}
