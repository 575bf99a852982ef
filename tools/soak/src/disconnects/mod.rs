//! Random disconnects, a restart and a kill: no client misses anything or receives it twice.
//!
//! Half of the clients are in the chat, half follow the products. Some chat clients post messages,
//! which they repeat under the same nonce until they are acknowledged; other messages are posted
//! over REST. At the end every chat client must have received what the database holds, and every
//! product view must equal the database.

mod chat_client;
mod check;
mod connection;
mod product_client;
mod writers;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use vitrina_test_support::Outcome;
use vitrina_test_support::random::Random;

use self::chat_client::ChatClient;
use self::connection::{Barrier, Connection, Transcript};
use self::product_client::ProductClient;
use crate::frames::{Product, StoredMessage};
use crate::report::Report;
use crate::rest::Rest;
use crate::shop::Shop;
use crate::test_store::TestStore;

/// How often each client is disconnected.
const DISCONNECTS: usize = 5;
/// Chat clients that post messages, and the interval of each.
const POSTING_CLIENTS: usize = 50;
const POST_INTERVAL: Duration = Duration::from_millis(500);
/// Writers over REST, each ten times a second.
const POSTERS: usize = 10;
const EDITORS: usize = 5;
/// When the writers start, and the first disconnects happen.
const START_DELAY: Duration = Duration::from_secs(5);
/// How long a shop may take to stop.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// How long joining, and the last acknowledgements, may take.
const BARRIER_TIMEOUT: Duration = Duration::from_secs(60);

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

    /// When one client is disconnected, the first time last.
    fn disconnects(&self, start: Instant, random: &mut Random) -> Vec<Instant> {
        let millis = self.time.as_millis() as u64;
        let moment = |_| start + Duration::from_millis(random.below(millis));
        let mut disconnects: Vec<_> = (0..DISCONNECTS).map(moment).collect();
        disconnects.sort_unstable_by(|one, other| other.cmp(one));
        disconnects
    }
}

/// What the database holds when all writers have stopped.
#[derive(Debug, Default)]
struct FinalState {
    messages: Vec<StoredMessage>,
    products: HashMap<String, Product>,
}

#[derive(Debug, Clone)]
enum Phase {
    Writing,
    /// Clients repeat what was not acknowledged.
    Repeating,
    /// Clients read until they have this.
    CatchingUp(Arc<FinalState>),
}

pub(crate) async fn run(store: &TestStore, plan: Plan, report: &mut Report) -> Outcome<()> {
    let mut shop = Shop::start(store).await?;
    let address = shop.address();
    let rest = Rest::new(address)?;
    let products = writers::first_products(&rest, EDITORS).await?;
    let (phase, phases) = watch::channel(Phase::Writing);

    let (mut chat_clients, mut product_clients) = (JoinSet::new(), JoinSet::new());
    let barrier = Arc::new(Barrier::default());
    // Disconnects begin with the writes, when all clients have joined.
    let start = Instant::now() + START_DELAY;
    for number in 0..plan.clients {
        let mut random = Random::for_party(plan.seed, number as u64);
        let disconnects = plan.disconnects(start, &mut random);
        let connection = Connection::new(
            address,
            phases.clone(),
            disconnects,
            random,
            barrier.clone(),
        );
        if number.is_multiple_of(2) {
            let posts = (number / 2 < POSTING_CLIENTS).then_some(POST_INTERVAL);
            chat_clients.spawn(ChatClient::new(number, connection, posts).run());
        } else {
            product_clients.spawn(ProductClient::new(connection).run());
        }
    }
    barrier.all_joined(plan.clients, BARRIER_TIMEOUT).await?;
    sleep_until(start).await;

    let mut writing = writers::start(&rest, products, &phases);
    // A restart after a third of the time, a kill after two thirds.
    let listen = address.to_string();
    sleep_until(start + plan.time / 3).await;
    shop.signal("TERM")?;
    let stopping = Instant::now();
    let status = shop.ended(STOP_LIMIT).await?;
    let stopped = stopping.elapsed();
    let is_ok = status.is_some_and(|status| status.success());
    shop = Shop::start_at(store, &listen).await?;
    let restarted = stopping.elapsed();
    sleep_until(start + plan.time * 2 / 3).await;
    shop.signal("KILL")?;
    shop.ended(STOP_LIMIT).await?;
    let killed = Instant::now();
    shop = Shop::start_at(store, &listen).await?;
    let revived = killed.elapsed();
    sleep_until(start + plan.time).await;

    phase.send_replace(Phase::Repeating);
    let mut written = writers::Written::default();
    while let Some(writer) = writing.join_next().await {
        written.add(writer?);
    }
    let unacknowledged = barrier.all_acknowledged(BARRIER_TIMEOUT).await;
    let final_state = Arc::new(read_final_state(&rest).await?);
    phase.send_replace(Phase::CatchingUp(final_state.clone()));

    let mut chats: Vec<(Transcript, chat_client::Received)> = Vec::new();
    while let Some(chat_client) = chat_clients.join_next().await {
        chats.push(chat_client?);
    }
    let mut views: Vec<(Transcript, product_client::View)> = Vec::new();
    while let Some(product_client) = product_clients.join_next().await {
        views.push(product_client?);
    }
    report.figure("clients", plan.clients);
    report.figure("duration of the writes", format!("{:?}", plan.time));
    report.check(
        "SIGTERM: exit 0 within 10 s",
        format!("{} after {stopped:.1?}", crate::shop::status(status)),
        is_ok,
    );
    report.figure("restart: listening again after", format!("{restarted:.1?}"));
    report.figure("kill -9: listening again after", format!("{revived:.1?}"));
    report.check(
        "messages never acknowledged",
        unacknowledged,
        unacknowledged == 0,
    );
    check::check(report, &final_state, &written, &chats, &views);
    for line in shop.log_tail() {
        report.figure("the log", line);
    }
    Ok(())
}

/// Reads the database through an idle shop.
async fn read_final_state(rest: &Rest) -> Outcome<FinalState> {
    while !rest.is_ready().await {
        sleep(Duration::from_millis(50)).await;
    }
    let products = rest.products().await?;
    let by_id = |product: Product| (product.id.clone(), product);
    Ok(FinalState {
        messages: rest.messages().await?,
        products: products.into_iter().map(by_id).collect(),
    })
}
