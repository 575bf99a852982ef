//! A client's connection, which it opens again after each disconnect.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use vitrina_test_support::Outcome;
use vitrina_test_support::random::Random;
use vitrina_test_support::socket::{Received, Socket};

use super::Phase;

/// Longest delay before a client reconnects.
const RECONNECT_MILLIS: u64 = 250;
/// How long an upgrade may take.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);

/// What happened to a client.
#[derive(Debug, Default)]
pub(super) struct Transcript {
    pub(super) frames: u64,
    /// Connections that the plan cut, that the server closed with 1001, and that ended without a
    /// close frame.
    pub(super) cut: usize,
    pub(super) going_away: usize,
    pub(super) broken: usize,
    /// Other close codes.
    pub(super) closed: Vec<u16>,
    /// Reconnects that resumed at their cursor, and those that had to start from a snapshot.
    pub(super) resumed: usize,
    pub(super) not_resumed: usize,
    /// Frames that such a client must not receive.
    pub(super) unexpected: Vec<String>,
}

/// What the run waits for between its phases.
#[derive(Debug, Default)]
pub(super) struct Barrier {
    /// Clients that have their first snapshot or history.
    joined: watch::Sender<usize>,
    /// Messages that are not acknowledged yet.
    unacknowledged: watch::Sender<usize>,
}

impl Barrier {
    pub(super) fn client_joined(&self) {
        self.joined.send_modify(|count| *count += 1);
    }

    pub(super) fn message_posted(&self) {
        self.unacknowledged.send_modify(|count| *count += 1);
    }

    pub(super) fn message_acknowledged(&self) {
        self.unacknowledged.send_modify(|count| *count -= 1);
    }

    pub(super) async fn all_joined(&self, clients: usize, limit: Duration) -> Outcome<()> {
        let mut count = self.joined.subscribe();
        let waiting = timeout(limit, count.wait_for(|count| *count >= clients));
        waiting.await.map_err(|_| "not all clients joined")??;
        Ok(())
    }

    /// Waits until all messages are acknowledged; returns how many are not after the limit.
    pub(super) async fn all_acknowledged(&self, limit: Duration) -> usize {
        let mut count = self.unacknowledged.subscribe();
        let _ = timeout(limit, count.wait_for(|count| *count == 0)).await;
        *count.borrow()
    }
}

pub(super) enum Event {
    Text(Bytes),
    /// The phase of the run changed.
    Phase,
    /// It is time to post a message.
    Tick,
    /// The connection is gone; the client reconnects.
    Gone,
}

pub(super) struct Connection {
    address: SocketAddr,
    phases: watch::Receiver<Phase>,
    /// When it will be disconnected, the next time last.
    disconnects: Vec<Instant>,
    random: Random,
    pub(super) barrier: Arc<Barrier>,
    socket: Option<Socket>,
    /// When to connect again.
    next_try: Instant,
    pub(super) transcript: Transcript,
}

impl Connection {
    pub(super) fn new(
        address: SocketAddr,
        phases: watch::Receiver<Phase>,
        disconnects: Vec<Instant>,
        mut random: Random,
        barrier: Arc<Barrier>,
    ) -> Self {
        let first = Duration::from_millis(random.below(2_000));
        Self {
            address,
            phases,
            disconnects,
            random,
            barrier,
            socket: None,
            next_try: Instant::now() + first,
            transcript: Transcript::default(),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        self.phases.borrow().clone()
    }

    /// Tries until it is connected.
    pub(super) async fn connect(&mut self, path: &str) {
        loop {
            sleep_until(self.next_try).await;
            let opening = timeout(UPGRADE_TIMEOUT, Socket::open(self.address, path));
            if let Ok(Ok(socket)) = opening.await {
                self.socket = Some(socket);
                return;
            }
            self.pause(RECONNECT_MILLIS);
        }
    }

    fn pause(&mut self, millis: u64) {
        self.next_try = Instant::now() + Duration::from_millis(self.random.below(millis));
    }

    /// Sends a text. A failure shows in [`Self::next`].
    pub(super) async fn send(&mut self, text: &str) {
        if let Some(socket) = &mut self.socket {
            let _ = socket.send(text).await;
        }
    }

    /// Waits for the next event; `tick` is when to post the next message, if any.
    pub(super) async fn next(&mut self, tick: Option<Instant>) -> Event {
        loop {
            let Some(socket) = &mut self.socket else {
                return Event::Gone;
            };
            let cut = self.disconnects.last().copied();
            let received = tokio::select! {
                biased;
                () = until(cut) => {
                    self.disconnects.pop();
                    self.transcript.cut += 1;
                    return self.disconnected(RECONNECT_MILLIS);
                }
                Ok(()) = self.phases.changed() => return Event::Phase,
                () = until(tick) => return Event::Tick,
                received = socket.next() => received,
            };
            match received {
                Received::Text(text) => {
                    self.transcript.frames += 1;
                    return Event::Text(text);
                }
                Received::Ping(payload) => {
                    // A failure shows at the next read.
                    let _ = socket.pong(&payload).await;
                }
                Received::Close(1001, reason) => {
                    self.transcript.going_away += 1;
                    let seconds = reason.split(' ').find_map(|word| word.parse::<u64>().ok());
                    match seconds {
                        Some(seconds) => return self.disconnected(seconds * 1000 + 1),
                        None => self
                            .transcript
                            .unexpected
                            .push(format!("1001 without a time: {reason}")),
                    }
                    return self.disconnected(RECONNECT_MILLIS);
                }
                Received::Close(code, _) => {
                    self.transcript.closed.push(code);
                    return self.disconnected(RECONNECT_MILLIS);
                }
                Received::End => {
                    self.transcript.broken += 1;
                    return self.disconnected(RECONNECT_MILLIS);
                }
            }
        }
    }

    fn disconnected(&mut self, millis: u64) -> Event {
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
