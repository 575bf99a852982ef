//! Peers that read what they are sent.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::Outcome;
use crate::frames::{Frame, Message, Update, Users, Viewers, age, client};
use crate::socket::{Received, Socket};

/// What the healthy ones do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Arrive, and note nothing yet.
    Arriving,
    /// Note how long each delivery took.
    Noting,
    /// Go.
    Over,
}

/// Half of them chat, half watch the products.
pub(super) struct Healthy {
    phase: watch::Sender<Phase>,
    sockets: JoinSet<Outcome<Vec<u32>>>,
    chatters: usize,
    watchers: usize,
}

impl Healthy {
    /// So many open sockets.
    pub(super) async fn arrive(address: SocketAddr, count: usize) -> Outcome<Self> {
        let phase = watch::Sender::new(Phase::Arriving);
        let mut sockets = JoinSet::new();
        let (chatters, watchers) = (count / 2, count - count / 2);
        for number in 0..count {
            let socket = match number < chatters {
                true => join(address, &format!("healthy-{number}@example.com")).await?,
                false => Socket::open(address, "/ws/products?snapshot=false").await?,
            };
            sockets.spawn(read(socket, phase.subscribe()));
        }
        Ok(Self {
            phase,
            sockets,
            chatters,
            watchers,
        })
    }

    /// From now on deliveries count.
    pub(super) fn begin(&mut self) {
        self.phase.send_replace(Phase::Noting);
    }

    /// People and viewers who are there and none of these; waits until there are none, or the time
    /// is over.
    pub(super) async fn ghosts(&self, address: SocketAddr, limit: Duration) -> Outcome<i64> {
        let until = Instant::now() + limit;
        let mut people = None;
        while people != Some(0) && Instant::now() < until {
            let online = online(address).await?;
            people = Some(online as i64 - self.chatters as i64 - 1);
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let viewers = viewers(address, self.watchers + 1, until).await?;
        Ok(people.unwrap_or(0).abs() + (viewers as i64 - self.watchers as i64 - 1).abs())
    }

    /// All go; gives what they noted, and how many had ended before.
    pub(super) async fn leave(mut self) -> Outcome<(Vec<u32>, usize)> {
        self.phase.send_replace(Phase::Over);
        let (mut delays, mut broken) = (Vec::new(), 0);
        while let Some(socket) = self.sockets.join_next().await {
            match socket? {
                Ok(own) => delays.extend(own),
                Err(_) => broken += 1,
            }
        }
        Ok((delays, broken))
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
                if *phases.borrow() == Phase::Over {
                    return Ok(delays);
                }
                continue;
            }
            received = socket.next() => received,
        };
        match received {
            Received::Text(text) => {
                let delay = delay(&text)?.filter(|_| *phases.borrow() == Phase::Noting);
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

/// How long a frame was on its way, when it says so.
fn delay(text: &[u8]) -> Outcome<Option<Duration>> {
    let frame = Frame::read(text)?;
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
                let frame = Frame::read(&text)?;
                if frame.event == "users" {
                    return Ok(frame.data::<Users>()?.online);
                }
            }
            Received::Ping(_) => {}
            other => return Err(format!("{other:?} in place of the people").into()),
        }
    }
}

/// How many sockets watch the products, this one included: the last word before the time is over,
/// or the expected one.
async fn viewers(address: SocketAddr, expected: usize, until: Instant) -> Outcome<usize> {
    let mut socket = Socket::open(address, "/ws/products?snapshot=false").await?;
    let mut last = 0;
    while last != expected {
        match timeout_at(until, socket.next()).await {
            Err(_) => break,
            Ok(Received::Text(text)) => {
                let frame = Frame::read(&text)?;
                if frame.event == "viewers" {
                    last = frame.data::<Viewers>()?.count;
                }
            }
            Ok(Received::Ping(payload)) => socket.pong(&payload).await?,
            Ok(other) => return Err(format!("{other:?} in place of the viewers").into()),
        }
    }
    Ok(last)
}
