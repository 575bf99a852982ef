//! As many sockets as the system allows: what one costs, and how long a message to all of them
//! takes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use vitrina_test_support::Outcome;
use vitrina_test_support::proc;
use vitrina_test_support::socket::{Received, Socket};

use crate::frames::{Frame, Message, age, client, timestamp};
use crate::report::{Report, percentile};
use crate::rest::Rest;
use crate::shop::Shop;
use crate::test_store::TestStore;

/// Sockets that are being opened at one time.
const CONCURRENT_OPENS: usize = 100;
/// Sockets of one person.
const TABS: usize = 15;
/// Messages to all, and the pause between two.
const MESSAGES: usize = 20;
const PAUSE: Duration = Duration::from_millis(500);
/// How long opening all sockets may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(300);
/// How often the counts are read.
const POLL_INTERVAL: Duration = Duration::from_millis(2);
/// How long one message to all may take.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);

pub(crate) async fn run(store: &TestStore, sockets: usize, report: &mut Report) -> Outcome<()> {
    let shop = Shop::start(store).await?;
    let (address, pid) = (shop.address(), shop.pid());
    let rest = Rest::new(address)?;
    // One-time allocations happen before memory is measured.
    rest.post_message("first@example.com", "first").await?;
    drop(Socket::open(address, "/ws/chat").await?);
    sleep(PAUSE).await;
    let before = proc::resident(pid)?;

    let count = Arc::new(Count::default());
    let done = watch::Sender::new(false);
    let permits = Arc::new(Semaphore::new(CONCURRENT_OPENS));
    let opening = Instant::now();
    let mut crowd = JoinSet::new();
    for number in 0..sockets {
        let (permits, count) = (permits.clone(), count.clone());
        crowd.spawn(listen(address, number, permits, count, done.subscribe()));
    }
    if !reached(&count.joined, sockets, OPEN_TIMEOUT).await {
        let joined = count.joined.load(Ordering::Acquire);
        return Err(format!("{joined} of {sockets} joined in time").into());
    }
    let opened = opening.elapsed();
    // Presence events may still follow.
    sleep(Duration::from_secs(5)).await;
    let open = proc::resident(pid)?;
    report.figure("sockets", sockets);
    report.figure("all joined within", format!("{opened:.1?}"));
    report.figure("memory before", megabytes(before));
    report.figure("memory with all", megabytes(open));
    let each = (open.saturating_sub(before)) as f64 / sockets as f64 / 1024.0;
    report.figure("memory of the process per socket", format!("{each:.2} KiB"));

    let mut late = 0;
    for message in 1..=MESSAGES {
        rest.post_message("ana@example.com", &timestamp()).await?;
        let expected = message * sockets;
        late += usize::from(!reached(&count.delivered, expected, DELIVERY_TIMEOUT).await);
        sleep(PAUSE).await;
    }
    let after = proc::resident(pid)?;
    report.figure("memory after the messages", megabytes(after));
    report.check("messages that did not reach all", late, late == 0);
    done.send_replace(true);
    let mut delays = Vec::new();
    let mut failed = 0;
    while let Some(delivered) = crowd.join_next().await {
        match delivered? {
            Ok(own) => delays.extend(own),
            Err(_) => failed += 1,
        }
    }
    report.check("sockets that ended early", failed, failed == 0);
    let expected = MESSAGES * sockets;
    let delivered = format!("{} of {expected}", delays.len());
    report.check("deliveries", delivered, delays.len() == expected);
    for percent in [50, 99, 100] {
        let delay = percentile(&mut delays, percent);
        report.figure(&format!("delay, p{percent}"), format!("{delay:.1?}"));
    }
    Ok(())
}

/// Progress of all sockets together.
#[derive(Debug, Default)]
struct Count {
    joined: AtomicUsize,
    delivered: AtomicUsize,
}

/// Waits until a count is high enough; false after the limit.
async fn reached(count: &AtomicUsize, expected: usize, limit: Duration) -> bool {
    let until = Instant::now() + limit;
    while count.load(Ordering::Acquire) < expected {
        if Instant::now() > until {
            return false;
        }
        sleep(POLL_INTERVAL).await;
    }
    true
}

/// One socket: joins, and measures how long each message took.
async fn listen(
    address: SocketAddr,
    number: usize,
    permits: Arc<Semaphore>,
    count: Arc<Count>,
    mut done: watch::Receiver<bool>,
) -> Outcome<Vec<u32>> {
    let mut permit = Some(permits.acquire_owned().await?);
    let mut socket = Socket::open(address, "/ws/chat").await?;
    let user = format!("person-{}@example.com", number / TABS);
    let join = client("join", &json!({ "user": user }));
    socket.send(&join).await?;
    let mut delays = Vec::new();
    loop {
        let received = tokio::select! {
            ended = done.wait_for(|is_done| *is_done) => {
                ended?;
                return Ok(delays);
            }
            received = socket.next() => received,
        };
        match received {
            Received::Text(text) => {
                let frame = Frame::parse(&text)?;
                if frame.event == "chat-messages" {
                    permit = None;
                    count.joined.fetch_add(1, Ordering::AcqRel);
                } else if frame.event == "chat-message" {
                    let message: Message<'_> = frame.data()?;
                    let delay = age(&message.message).ok_or("a text without a timestamp")?;
                    delays.push(u32::try_from(delay.as_micros())?);
                    count.delivered.fetch_add(1, Ordering::AcqRel);
                }
            }
            Received::Ping(payload) => socket.pong(&payload).await?,
            Received::Close(code, reason) => return Err(format!("{code} {reason}").into()),
            Received::End if permit.is_some() => return Err("no history was received".into()),
            Received::End => return Err("the connection ended".into()),
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
