//! Healthy sockets, in the chat and on the products, that measure what they receive.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use vitrina_test_support::Outcome;
use vitrina_test_support::socket::{Received, Socket};

use crate::frames::{Frame, Message, Update, age, client};

/// Sockets of one address; they are opened together.
const PER_ADDRESS: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Measuring,
    Done,
}

/// What one socket received while it measured.
#[derive(Debug, Default)]
struct Deliveries {
    delays: Vec<u32>,
    disorder: usize,
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

/// Open sockets; closed when this is dropped.
pub(crate) struct Readers {
    phase: watch::Sender<Phase>,
    sockets: JoinSet<Outcome<Deliveries>>,
    count: usize,
    delivered: Arc<AtomicUsize>,
}

impl Readers {
    /// Opens them from many addresses, so that no rate limit applies.
    pub(crate) async fn open(
        address: SocketAddr,
        chat_clients: usize,
        product_clients: usize,
    ) -> Outcome<Self> {
        let count = chat_clients + product_clients;
        let phase = watch::Sender::new(Phase::Opening);
        let delivered = Arc::<AtomicUsize>::default();
        let mut sockets = JoinSet::new();
        for first in (0..count).step_by(PER_ADDRESS) {
            let from = healthy_address((first / PER_ADDRESS) as u32);
            let batch = (first..count.min(first + PER_ADDRESS)).map(|number| async move {
                if number >= chat_clients {
                    let path = "/ws/products?snapshot=false";
                    return Socket::open_from(address, path, None, Some(from)).await;
                }
                let mut socket = Socket::open_from(address, "/ws/chat", None, Some(from)).await?;
                let user = format!("healthy-{number}@example.com");
                socket
                    .send(&client("join", &json!({ "user": user })))
                    .await?;
                Ok(socket)
            });
            for socket in futures_util::future::try_join_all(batch).await? {
                sockets.spawn(read(socket, phase.subscribe(), delivered.clone()));
            }
        }
        Ok(Self {
            phase,
            sockets,
            count,
            delivered,
        })
    }

    /// From now on deliveries count.
    pub(crate) fn measure(&self) {
        self.phase.send_replace(Phase::Measuring);
    }

    /// Closes them when each has received `each` deliveries, or after the limit. Returns the
    /// delays, and how many deliveries are missing or out of order.
    pub(crate) async fn finish(
        mut self,
        each: usize,
        limit: Duration,
    ) -> Outcome<(Vec<u32>, usize)> {
        let (all, until) = (each * self.count, Instant::now() + limit);
        while self.delivered.load(Ordering::Acquire) < all && Instant::now() < until {
            sleep(Duration::from_millis(50)).await;
        }
        self.phase.send_replace(Phase::Done);
        let (mut delays, mut bad) = (Vec::with_capacity(all), 0);
        while let Some(received) = self.sockets.join_next().await {
            match received? {
                Ok(received) => {
                    bad += received.disorder + each.abs_diff(received.delays.len());
                    delays.extend(received.delays);
                }
                Err(_) => bad += each.max(1),
            }
        }
        Ok((delays, bad))
    }
}

async fn read(
    mut socket: Socket,
    mut phases: watch::Receiver<Phase>,
    delivered: Arc<AtomicUsize>,
) -> Outcome<Deliveries> {
    let (mut deliveries, mut last) = (Deliveries::default(), 0);
    loop {
        let received = tokio::select! {
            changed = phases.changed() => {
                changed?;
                if *phases.borrow() == Phase::Done {
                    return Ok(deliveries);
                }
                continue;
            }
            received = socket.next() => received,
        };
        match received {
            Received::Text(text) => {
                let Some((seq, delay)) = delivery(&text)? else {
                    continue;
                };
                deliveries.disorder += usize::from(last != 0 && seq != last + 1);
                last = seq;
                deliveries.delays.push(u32::try_from(delay.as_micros())?);
                delivered.fetch_add(1, Ordering::AcqRel);
            }
            Received::Ping(payload) => socket.pong(&payload).await?,
            Received::Close(code, reason) => return Err(format!("{code} {reason}").into()),
            Received::End => return Err("the connection ended".into()),
        }
    }
}

/// The sequence number and the delay of a frame, if it is one of the load's writes.
fn delivery(text: &[u8]) -> Outcome<Option<(i64, Duration)>> {
    let frame = Frame::parse(text)?;
    Ok(match frame.event {
        "chat-message" => {
            let message: Message<'_> = frame.data()?;
            let delay = age(&message.message).filter(|_| message.user == "ana@example.com");
            delay.map(|delay| (message.seq, delay))
        }
        "update_products" => {
            let update: Update<'_> = frame.data()?;
            let delay = update.product.and_then(|product| age(&product.title));
            delay.map(|delay| (update.version, delay))
        }
        _ => None,
    })
}
