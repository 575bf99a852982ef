//! A client's connections, one after the other.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use super::Phase;
use crate::Outcome;
use crate::random::Random;
use crate::socket::{Received, Socket};

/// Longest pause before a client tries to connect again.
const PAUSE_MILLIS: u64 = 250;
/// An upgrade that takes longer never comes.
const UPGRADE: Duration = Duration::from_secs(10);

/// What a client went through.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// Frames that came.
    pub(super) frames: u64,
    /// Connections that were cut by the plan, ended by the shop with 1001, or broke.
    pub(super) cut: usize,
    pub(super) told_to_go: usize,
    pub(super) broke: usize,
    /// Other close codes.
    pub(super) closed: Vec<u16>,
    /// Connections that went on at their cursor, and those that had to start anew.
    pub(super) resumed: usize,
    pub(super) anew: usize,
    /// Frames that no such client should get.
    pub(super) odd: Vec<String>,
}

/// What the run waits for before it goes on.
#[derive(Debug, Default)]
pub(super) struct Muster {
    /// Clients who have their first snapshot or history.
    arrived: watch::Sender<usize>,
    /// Messages that nobody has acknowledged yet.
    waiting: watch::Sender<usize>,
}

impl Muster {
    /// A client has all that it needs to begin.
    pub(super) fn arrive(&self) {
        self.arrived.send_modify(|count| *count += 1);
    }

    /// A message was said.
    pub(super) fn say(&self) {
        self.waiting.send_modify(|count| *count += 1);
    }

    /// A message was acknowledged.
    pub(super) fn hear(&self) {
        self.waiting.send_modify(|count| *count -= 1);
    }

    /// Waits until so many have arrived.
    pub(super) async fn all_here(&self, clients: usize, limit: Duration) -> Outcome<()> {
        let mut count = self.arrived.subscribe();
        let waiting = timeout(limit, count.wait_for(|count| *count >= clients));
        waiting.await.map_err(|_| "not all clients arrived")??;
        Ok(())
    }

    /// Waits until everything that was said is acknowledged; tells how much is not.
    pub(super) async fn all_heard(&self, limit: Duration) -> usize {
        let mut count = self.waiting.subscribe();
        let _ = timeout(limit, count.wait_for(|count| *count == 0)).await;
        *count.borrow()
    }
}

/// What ends a wait.
pub(super) enum Event {
    Text(Bytes),
    /// The phase of the run changed.
    Phase,
    /// It is time to speak.
    Tick,
    /// The connection is gone; there will be another.
    Gone,
}

/// The way to the shop.
pub(super) struct Link {
    address: SocketAddr,
    phases: watch::Receiver<Phase>,
    /// The moments of the cuts that are to come, the next one last.
    cuts: Vec<Instant>,
    random: Random,
    pub(super) muster: Arc<Muster>,
    socket: Option<Socket>,
    /// When to connect again.
    next_try: Instant,
    pub(super) story: Story,
}

impl Link {
    pub(super) fn new(
        address: SocketAddr,
        phases: watch::Receiver<Phase>,
        cuts: Vec<Instant>,
        mut random: Random,
        muster: Arc<Muster>,
    ) -> Self {
        let first = Duration::from_millis(random.below(2_000));
        Self {
            address,
            phases,
            cuts,
            random,
            muster,
            socket: None,
            next_try: Instant::now() + first,
            story: Story::default(),
        }
    }

    /// The phase of the run.
    pub(super) fn phase(&self) -> Phase {
        self.phases.borrow().clone()
    }

    /// Connects, however long that takes.
    pub(super) async fn connect(&mut self, path: &str) {
        loop {
            sleep_until(self.next_try).await;
            let opening = timeout(UPGRADE, Socket::open(self.address, path));
            if let Ok(Ok(socket)) = opening.await {
                self.socket = Some(socket);
                return;
            }
            self.pause(PAUSE_MILLIS);
        }
    }

    fn pause(&mut self, millis: u64) {
        self.next_try = Instant::now() + Duration::from_millis(self.random.below(millis));
    }

    /// Sends a text; a connection that is gone is found at the next wait.
    pub(super) async fn send(&mut self, text: &str) {
        if let Some(socket) = &mut self.socket {
            let _ = socket.send(text).await;
        }
    }

    /// Waits for the next thing that concerns the client, who may have a time to speak.
    pub(super) async fn next(&mut self, speaks: Option<Instant>) -> Event {
        loop {
            let Some(socket) = &mut self.socket else {
                return Event::Gone;
            };
            let cut = self.cuts.last().copied();
            let received = tokio::select! {
                biased;
                () = until(cut) => {
                    self.cuts.pop();
                    self.story.cut += 1;
                    return self.gone(PAUSE_MILLIS);
                }
                Ok(()) = self.phases.changed() => return Event::Phase,
                () = until(speaks) => return Event::Tick,
                received = socket.next() => received,
            };
            match received {
                Received::Text(text) => {
                    self.story.frames += 1;
                    return Event::Text(text);
                }
                Received::Ping(payload) => {
                    // What cannot be answered ends soon.
                    let _ = socket.pong(&payload).await;
                }
                Received::Close(1001, reason) => {
                    self.story.told_to_go += 1;
                    let seconds = reason.split(' ').find_map(|word| word.parse::<u64>().ok());
                    match seconds {
                        Some(seconds) => return self.gone(seconds * 1000 + 1),
                        None => self
                            .story
                            .odd
                            .push(format!("1001 without a time: {reason}")),
                    }
                    return self.gone(PAUSE_MILLIS);
                }
                Received::Close(code, _) => {
                    self.story.closed.push(code);
                    return self.gone(PAUSE_MILLIS);
                }
                Received::End => {
                    self.story.broke += 1;
                    return self.gone(PAUSE_MILLIS);
                }
            }
        }
    }

    fn gone(&mut self, millis: u64) -> Event {
        self.socket = None;
        self.pause(millis);
        Event::Gone
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
