//! Clients that read everything they are sent.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use vitrina_test_support::Outcome;
use vitrina_test_support::socket::{Received, Socket};

use crate::frames::{Frame, Message, Update, Users, Viewers, age, client};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening,
    Measuring,
    Done,
}

/// Half of them are in the chat, half follow the products.
pub(super) struct Healthy {
    phase: watch::Sender<Phase>,
    sockets: JoinSet<Outcome<Vec<u32>>>,
    chat_clients: usize,
    product_clients: usize,
}

impl Healthy {
    pub(super) async fn open(address: SocketAddr, count: usize) -> Outcome<Self> {
        let phase = watch::Sender::new(Phase::Opening);
        let mut sockets = JoinSet::new();
        let (chat_clients, product_clients) = (count / 2, count - count / 2);
        for number in 0..count {
            let socket = match number < chat_clients {
                true => join(address, &format!("healthy-{number}@example.com")).await?,
                false => Socket::open(address, "/ws/products?snapshot=false").await?,
            };
            sockets.spawn(read(socket, phase.subscribe()));
        }
        Ok(Self {
            phase,
            sockets,
            chat_clients,
            product_clients,
        })
    }

    /// From now on deliveries count.
    pub(super) fn measure(&mut self) {
        self.phase.send_replace(Phase::Measuring);
    }

    /// People and viewers that are counted beyond these; waits up to a limit until there are none.
    pub(super) async fn stale_presence(
        &self,
        address: SocketAddr,
        limit: Duration,
    ) -> Outcome<i64> {
        let until = Instant::now() + limit;
        let mut people = None;
        while people != Some(0) && Instant::now() < until {
            let online = online(address).await?;
            people = Some(online as i64 - self.chat_clients as i64 - 1);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let viewers = viewers(address, self.product_clients + 1, until).await?;
        Ok(people.unwrap_or(0).abs() + (viewers as i64 - self.product_clients as i64 - 1).abs())
    }

    /// Closes them; returns the delays, and how many had ended before.
    pub(super) async fn finish(mut self) -> Outcome<(Vec<u32>, usize)> {
        self.phase.send_replace(Phase::Done);
        let (mut delays, mut failed) = (Vec::new(), 0);
        while let Some(socket) = self.sockets.join_next().await {
            match socket? {
                Ok(own) => delays.extend(own),
                Err(_) => failed += 1,
            }
        }
        Ok((delays, failed))
    }
}

/// A socket in the chat.
pub(super) async fn join(address: SocketAddr, user: &str) -> Outcome<Socket> {
    let mut socket = Socket::open(address, "/ws/chat").await?;
    let join = client("join", &json!({ "user": user }));
    socket.send(&join).await?;
    Ok(socket)
}

async fn read(mut socket: Socket, mut phases: watch::Receiver<Phase>) -> Outcome<Vec<u32>> {
    let mut delays = Vec::new();
    loop {
        let received = tokio::select! {
            changed = phases.changed() => {
                changed?;
                if *phases.borrow() == Phase::Done {
                    return Ok(delays);
                }
                continue;
            }
            received = socket.next() => received,
        };
        match received {
            Received::Text(text) => {
                let delay = delay(&text)?.filter(|_| *phases.borrow() == Phase::Measuring);
                if let Some(delay) = delay {
                    delays.push(u32::try_from(delay.as_micros())?);
                }
            }
            Received::Ping(payload) => socket.pong(&payload).await?,
            Received::Close(code, reason) => return Err(format!("{code} {reason}").into()),
            Received::End => return Err("the connection ended".into()),
        }
    }
}

/// The delay of a frame that has a timestamp.
fn delay(text: &[u8]) -> Outcome<Option<Duration>> {
    let frame = Frame::parse(text)?;
    Ok(match frame.event {
        "chat-message" => age(&frame.data::<Message<'_>>()?.message),
        "update_products" => {
            let update: Update<'_> = frame.data()?;
            update.product.and_then(|product| age(&product.title))
        }
        _ => None,
    })
}

/// How many people the chat has, this one included.
async fn online(address: SocketAddr) -> Outcome<usize> {
    let mut socket = join(address, "observer@example.com").await?;
    loop {
        match socket.next().await {
            Received::Text(text) => {
                let frame = Frame::parse(&text)?;
                if frame.event == "users" {
                    return Ok(frame.data::<Users>()?.online);
                }
            }
            Received::Ping(_) => {}
            other => return Err(format!("{other:?} instead of `users`").into()),
        }
    }
}

/// How many sockets follow the products, this one included: waits up to a time for the expected
/// count.
async fn viewers(address: SocketAddr, expected: usize, until: Instant) -> Outcome<usize> {
    let mut socket = Socket::open(address, "/ws/products?snapshot=false").await?;
    let mut last = 0;
    while last != expected {
        match timeout_at(until, socket.next()).await {
            Err(_) => break,
            Ok(Received::Text(text)) => {
                let frame = Frame::parse(&text)?;
                if frame.event == "viewers" {
                    last = frame.data::<Viewers>()?.count;
                }
            }
            Ok(Received::Ping(payload)) => socket.pong(&payload).await?,
            Ok(other) => return Err(format!("{other:?} instead of `viewers`").into()),
        }
    }
    Ok(last)
}
