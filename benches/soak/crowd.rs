//! As many sockets as there may be: what one costs, and how long a message to all takes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::Outcome;
use crate::figures::{Report, percentile};
use crate::frames::{Frame, Message, age, client, now_in_words};
use crate::machine;
use crate::place::Place;
use crate::rest::Rest;
use crate::shop::Shop;
use crate::socket::{Received, Socket};

/// Sockets that are opened at the same time.
const DOORS: usize = 100;
/// Sockets of one person.
const TABS: usize = 15;
/// Messages to all, and the pause between two.
const MESSAGES: usize = 20;
const PAUSE: Duration = Duration::from_millis(500);
/// How long the crowd may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(300);
/// How often the counts are looked at.
const GLANCE: Duration = Duration::from_millis(2);
/// How long one may take until all have it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs it.
pub(crate) async fn run(place: &Place, sockets: usize, report: &mut Report) -> Outcome<()> {
    let shop = Shop::start(place).await?;
    let (address, pid) = (shop.address(), shop.pid());
    let rest = Rest::new(address)?;
    // Whatever is made once is made now.
    rest.say("first@example.com", "first").await?;
    drop(Socket::open(address, "/ws/chat").await?);
    sleep(PAUSE).await;
    let before = machine::resident(pid)?;

    let count = Arc::new(Count::default());
    let over = watch::Sender::new(false);
    let doors = Arc::new(Semaphore::new(DOORS));
    let arriving = Instant::now();
    let mut crowd = JoinSet::new();
    for number in 0..sockets {
        let (doors, count) = (doors.clone(), count.clone());
        crowd.spawn(listen(address, number, doors, count, over.subscribe()));
    }
    if !reached(&count.joined, sockets, ARRIVAL).await {
        let joined = count.joined.load(Ordering::Acquire);
        return Err(format!("{joined} of {sockets} arrived in time").into());
    }
    let arrived = arriving.elapsed();
    // What presence has still to tell.
    sleep(Duration::from_secs(5)).await;
    let open = machine::resident(pid)?;
    report.figure("sockets", sockets);
    report.figure("arrived within", format!("{arrived:.1?}"));
    report.figure("memory before", megabytes(before));
    report.figure("memory with all", megabytes(open));
    let each = (open.saturating_sub(before)) as f64 / sockets as f64 / 1024.0;
    report.figure("memory of the process per socket", format!("{each:.2} KiB"));

    let mut late = 0;
    for message in 1..=MESSAGES {
        rest.say("ana@example.com", &now_in_words()).await?;
        let wanted = message * sockets;
        late += usize::from(!reached(&count.heard, wanted, PATIENCE).await);
        sleep(PAUSE).await;
    }
    let after = machine::resident(pid)?;
    report.figure("memory after the messages", megabytes(after));
    report.promise("messages that did not reach all", late, late == 0);
    over.send_replace(true);
    let mut delays = Vec::new();
    let mut broken = 0;
    while let Some(heard) = crowd.join_next().await {
        match heard? {
            Ok(own) => delays.extend(own),
            Err(_) => broken += 1,
        }
    }
    report.promise("sockets that ended early", broken, broken == 0);
    let wanted = MESSAGES * sockets;
    let told = format!("{} of {wanted}", delays.len());
    report.promise("deliveries", told, delays.len() == wanted);
    for percent in [50, 99, 100] {
        let delay = percentile(&mut delays, percent);
        report.figure(&format!("delay, p{percent}"), format!("{delay:.1?}"));
    }
    Ok(())
}

/// How far the crowd is.
#[derive(Debug, Default)]
struct Count {
    joined: AtomicUsize,
    heard: AtomicUsize,
}

/// Waits until a count is high enough; tells whether it is in time.
async fn reached(count: &AtomicUsize, wanted: usize, limit: Duration) -> bool {
    let until = Instant::now() + limit;
    while count.load(Ordering::Acquire) < wanted {
        if Instant::now() > until {
            return false;
        }
        sleep(GLANCE).await;
    }
    true
}

/// One socket: joins, and notes how long each message took.
async fn listen(
    address: SocketAddr,
    number: usize,
    doors: Arc<Semaphore>,
    count: Arc<Count>,
    mut over: watch::Receiver<bool>,
) -> Outcome<Vec<u32>> {
    let mut door = Some(doors.acquire_owned().await?);
    let mut socket = Socket::open(address, "/ws/chat").await?;
    let user = format!("person-{}@example.com", number / TABS);
    let join = client("join", &json!({ "user": user }));
    socket.send(&join).await?;
    let mut delays = Vec::new();
    loop {
        let received = tokio::select! {
            ended = over.wait_for(|is_over| *is_over) => {
                ended?;
                return Ok(delays);
            }
            received = socket.next() => received,
        };
        match received {
            Received::Text(text) => {
                let frame = Frame::read(&text)?;
                if frame.event == "chat-messages" {
                    // The next one may come in.
                    door = None;
                    count.joined.fetch_add(1, Ordering::AcqRel);
                } else if frame.event == "chat-message" {
                    let message: Message<'_> = frame.data()?;
                    let delay = age(&message.message).ok_or("a text without a time")?;
                    delays.push(u32::try_from(delay.as_micros())?);
                    count.heard.fetch_add(1, Ordering::AcqRel);
                }
            }
            Received::Ping(payload) => socket.pong(&payload).await?,
            Received::Close(code, reason) => return Err(format!("{code} {reason}").into()),
            Received::End if door.is_some() => return Err("no history came".into()),
            Received::End => return Err("the connection ended".into()),
        }
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
