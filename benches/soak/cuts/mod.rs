//! Sockets that are cut at random, beside a restart and a kill: nobody misses or doubles anything.
//!
//! Half of the clients chat, half watch the products. Some of the chatters speak, under marks that
//! they repeat until they hear themselves; others speak over REST. At the end every chatter must have
//! heard what the database holds, and every view must be the database's.

mod chatter;
mod link;
mod verdict;
mod watcher;
mod writers;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use self::chatter::Chatter;
use self::link::{Link, Muster, Story};
use self::watcher::Watcher;
use crate::Outcome;
use crate::figures::Report;
use crate::frames::{Product, Said};
use crate::place::Place;
use crate::random::Random;
use crate::rest::Rest;
use crate::shop::Shop;

/// How often each client is cut.
const CUTS: usize = 5;
/// Chatters who speak, each of them this often.
const SPEAKERS: usize = 50;
const SPEAKS_EVERY: Duration = Duration::from_millis(500);
/// Those who speak over REST, and those who edit, each of them ten times a second.
const REST_SPEAKERS: usize = 10;
const EDITORS: usize = 5;
/// How long the clients may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(5);
/// How long a shop may take to stop.
const STOP: Duration = Duration::from_secs(10);
/// How long the last frames may take when nobody writes any more.
const REST_OF_IT: Duration = Duration::from_secs(60);

/// How large and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    clients: usize,
    time: Duration,
    seed: u64,
}

impl Plan {
    pub(crate) fn new(clients: usize, seconds: u64, seed: u64) -> Self {
        Self {
            clients,
            time: Duration::from_secs(seconds),
            seed,
        }
    }

    /// When one client is cut.
    fn cuts(&self, start: Instant, random: &mut Random) -> Vec<Instant> {
        let millis = self.time.as_millis() as u64;
        let moment = |_| start + Duration::from_millis(random.below(millis));
        let mut cuts: Vec<_> = (0..CUTS).map(moment).collect();
        cuts.sort_unstable_by(|one, other| other.cmp(one));
        cuts
    }
}

/// What the database holds when nobody writes any more.
#[derive(Debug, Default)]
struct Truth {
    messages: Vec<Said>,
    products: HashMap<String, Product>,
}

/// The state of the run, as clients see it.
#[derive(Debug, Clone)]
enum Phase {
    /// Writers write.
    Writing,
    /// Speakers repeat what was not acknowledged.
    Settling,
    /// Clients read on until they know this.
    Catching(Arc<Truth>),
}

/// Runs it all.
pub(crate) async fn run(place: &Place, plan: Plan, report: &mut Report) -> Outcome<()> {
    let mut shop = Shop::start(place).await?;
    let address = shop.address();
    let rest = Rest::new(address)?;
    let products = writers::first_products(&rest, EDITORS).await?;
    let (phase, phases) = watch::channel(Phase::Writing);

    let (mut chatters, mut watchers) = (JoinSet::new(), JoinSet::new());
    let muster = Arc::new(Muster::default());
    // Cuts begin with the writing, when all have arrived.
    let start = Instant::now() + ARRIVAL;
    for number in 0..plan.clients {
        let mut random = Random::new(plan.seed, number as u64);
        let cuts = plan.cuts(start, &mut random);
        let link = Link::new(address, phases.clone(), cuts, random, muster.clone());
        if number.is_multiple_of(2) {
            let speaks = (number / 2 < SPEAKERS).then_some(SPEAKS_EVERY);
            chatters.spawn(Chatter::new(number, link, speaks).live());
        } else {
            watchers.spawn(Watcher::new(link).live());
        }
    }
    muster.all_here(plan.clients, REST_OF_IT).await?;
    sleep_until(start).await;

    let mut writing = writers::start(&rest, products, &phases);
    // A restart after a third of the time, a kill after two thirds.
    let listen = address.to_string();
    sleep_until(start + plan.time / 3).await;
    shop.signal("TERM")?;
    let stopping = Instant::now();
    let status = shop.ended(STOP).await?;
    let stopped = stopping.elapsed();
    let was_good = status.is_some_and(|status| status.success());
    shop = Shop::start_at(place, &listen).await?;
    let restarted = stopping.elapsed();
    sleep_until(start + plan.time * 2 / 3).await;
    shop.signal("KILL")?;
    shop.ended(STOP).await?;
    let killed = Instant::now();
    shop = Shop::start_at(place, &listen).await?;
    let revived = killed.elapsed();
    sleep_until(start + plan.time).await;

    phase.send_replace(Phase::Settling);
    let mut written = writers::Written::default();
    while let Some(writer) = writing.join_next().await {
        written.add(writer?);
    }
    let unheard = muster.all_heard(REST_OF_IT).await;
    let truth = Arc::new(truth(&rest).await?);
    phase.send_replace(Phase::Catching(truth.clone()));

    let mut chats: Vec<(Story, chatter::Heard)> = Vec::new();
    while let Some(chatter) = chatters.join_next().await {
        chats.push(chatter?);
    }
    let mut views: Vec<(Story, watcher::Seen)> = Vec::new();
    while let Some(watcher) = watchers.join_next().await {
        views.push(watcher?);
    }
    report.figure("clients", plan.clients);
    report.figure("writers wrote for", format!("{:?}", plan.time));
    report.promise(
        "SIGTERM: exit 0 within 10 s",
        format!("{} after {stopped:.1?}", crate::shop::status(status)),
        was_good,
    );
    report.figure("restart: listening again after", format!("{restarted:.1?}"));
    report.figure("kill -9: listening again after", format!("{revived:.1?}"));
    report.promise("messages never acknowledged", unheard, unheard == 0);
    verdict::tell(report, &truth, &written, &chats, &views);
    for line in shop.complaints() {
        report.figure("the shop said", line);
    }
    Ok(())
}

/// Reads the database through a shop that is at rest.
async fn truth(rest: &Rest) -> Outcome<Truth> {
    while !rest.is_ready().await {
        sleep(Duration::from_millis(50)).await;
    }
    let products = rest.products().await?;
    let by_id = |product: Product| (product.id.clone(), product);
    Ok(Truth {
        messages: rest.messages().await?,
        products: products.into_iter().map(by_id).collect(),
    })
}
