//! The healthy sockets: half of them in the chat, half on the products.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::healthy_address;
use crate::Outcome;
use crate::frames::{Frame, Message, Update, age, client};
use crate::socket::{Received, Socket};

/// Sockets of one address, and those that arrive together.
const PER_ADDRESS: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Arriving,
    Noting,
    Over,
}

/// What one socket was told while it noted.
#[derive(Debug, Default)]
struct Told {
    delays: Vec<u32>,
    disorder: usize,
}

/// Open sockets that note what they are told.
pub(crate) struct Readers {
    phase: watch::Sender<Phase>,
    sockets: JoinSet<Outcome<Told>>,
    count: usize,
    heard: Arc<AtomicUsize>,
}

impl Readers {
    /// So many in the chat and so many at the products, from many addresses.
    pub(crate) async fn arrive(
        address: SocketAddr,
        chatters: usize,
        watchers: usize,
    ) -> Outcome<Self> {
        let count = chatters + watchers;
        let phase = watch::Sender::new(Phase::Arriving);
        let heard = Arc::<AtomicUsize>::default();
        let mut sockets = JoinSet::new();
        for first in (0..count).step_by(PER_ADDRESS) {
            let from = healthy_address((first / PER_ADDRESS) as u32);
            let some = (first..count.min(first + PER_ADDRESS)).map(|number| async move {
                if number >= chatters {
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
            for socket in futures_util::future::try_join_all(some).await? {
                sockets.spawn(read(socket, phase.subscribe(), heard.clone()));
            }
        }
        Ok(Self {
            phase,
            sockets,
            count,
            heard,
        })
    }

    /// From now on deliveries count.
    pub(crate) fn begin(&self) {
        self.phase.send_replace(Phase::Noting);
    }

    /// All go, when each was told so many things or the time is over; the delays, and how many
    /// deliveries are missing or out of order.
    pub(crate) async fn leave(
        mut self,
        each: usize,
        limit: Duration,
    ) -> Outcome<(Vec<u32>, usize)> {
        let (all, until) = (each * self.count, Instant::now() + limit);
        while self.heard.load(Ordering::Acquire) < all && Instant::now() < until {
            sleep(Duration::from_millis(50)).await;
        }
        self.phase.send_replace(Phase::Over);
        let (mut delays, mut bad) = (Vec::with_capacity(all), 0);
        while let Some(told) = self.sockets.join_next().await {
            match told? {
                Ok(told) => {
                    bad += told.disorder + each.abs_diff(told.delays.len());
                    delays.extend(told.delays);
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
    heard: Arc<AtomicUsize>,
) -> Outcome<Told> {
    let (mut told, mut last) = (Told::default(), 0);
    loop {
        let received = tokio::select! {
            changed = phases.changed() => {
                changed?;
                if *phases.borrow() == Phase::Over {
                    return Ok(told);
                }
                continue;
            }
            received = socket.next() => received,
        };
        match received {
            Received::Text(text) => {
                let Some((place, delay)) = delivery(&text)? else {
                    continue;
                };
                told.disorder += usize::from(last != 0 && place != last + 1);
                last = place;
                told.delays.push(u32::try_from(delay.as_micros())?);
                heard.fetch_add(1, Ordering::AcqRel);
            }
            Received::Ping(payload) => socket.pong(&payload).await?,
            Received::Close(code, reason) => return Err(format!("{code} {reason}").into()),
            Received::End => return Err("the connection ended".into()),
        }
    }
}

/// The place of a frame in its stream and how long it was on its way, where it is of the writer.
fn delivery(text: &[u8]) -> Outcome<Option<(i64, Duration)>> {
    let frame = Frame::read(text)?;
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
