//! Clients that attack.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};
use vitrina_test_support::Outcome;
use vitrina_test_support::proc;
use vitrina_test_support::socket::{Received, Socket};

use super::healthy::join;
use crate::report::Report;

/// Clients that stop reading, half of them in the chat.
const STALLED: usize = 100;
/// Histories that each of those requests.
const HISTORIES: usize = 50;
/// Clients that announce a frame of 1 GiB.
const ANNOUNCERS: usize = 20;
/// Receive buffer of clients that stop reading: small, to fill soon.
const RECEIVE_BUFFER: u32 = 4_096;
/// How long to wait for the end of an announcer.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(super) struct Attackers {
    address: SocketAddr,
    pub(super) stalled: Stalled,
}

impl Attackers {
    /// Opens the sockets that will not be read.
    pub(super) async fn open(address: SocketAddr) -> Outcome<Self> {
        let mut peers = HashMap::new();
        for number in 0..STALLED {
            let mut socket =
                Socket::open_with_buffer(address, path(number), Some(RECEIVE_BUFFER)).await?;
            if number.is_multiple_of(2) {
                let user = format!("stalled-{number}@example.com");
                socket.send(&join_text(&user)).await?;
                // Large responses that it never reads.
                for _ in 0..HISTORIES {
                    let data = serde_json::json!({ "limit": 100 });
                    let history = crate::frames::client("history", &data);
                    socket.send(&history).await?;
                }
            }
            peers.insert(socket.port()?, Peer::new(socket));
        }
        Ok(Self {
            address,
            stalled: Stalled { peers },
        })
    }

    /// Starts the clients that announce frames which they never send whole.
    pub(super) fn announce(&self) -> JoinSet<Announced> {
        let mut announcers = JoinSet::new();
        for number in 0..ANNOUNCERS {
            announcers.spawn(announce(self.address, number));
        }
        announcers
    }
}

fn path(number: usize) -> &'static str {
    match number % 2 {
        0 => "/ws/chat",
        _ => "/ws/products",
    }
}

fn join_text(user: &str) -> String {
    crate::frames::client("join", &serde_json::json!({ "user": user }))
}

/// How an announcement ended: the close code, if one came, and how soon.
#[derive(Debug)]
pub(super) struct Announced {
    code: Option<u16>,
    after: Option<Duration>,
}

async fn announce(address: SocketAddr, number: usize) -> Announced {
    let began = Instant::now();
    let ended = timeout(TIMEOUT, async {
        let user = format!("announcer-{number}@example.com");
        let mut socket = join(address, &user).await?;
        socket.send_raw(&Socket::huge_header()).await?;
        // Only a part of it: unread bytes at the close would cause a reset that hides the close
        // frame.
        socket.send_raw(&[0; 1_024]).await?;
        loop {
            match socket.next().await {
                Received::Close(code, _) => return Outcome::Ok(Some(code)),
                Received::End => return Ok(None),
                Received::Text(_) | Received::Ping(_) => {}
            }
        }
    });
    match ended.await {
        Ok(Ok(code)) => Announced {
            code,
            after: Some(began.elapsed()),
        },
        Ok(Err(_)) => Announced {
            code: None,
            after: Some(began.elapsed()),
        },
        Err(_) => Announced {
            code: None,
            after: None,
        },
    }
}

/// The sockets that are not read.
pub(super) struct Stalled {
    peers: HashMap<u16, Peer>,
}

/// A client that does not read, as the kernel sees it.
struct Peer {
    /// Open and never read.
    _socket: Socket,
    unsent: u64,
    /// When `unsent` last grew.
    filled: Instant,
    gone: Option<Instant>,
}

impl Peer {
    fn new(socket: Socket) -> Self {
        Self {
            _socket: socket,
            unsent: 0,
            filled: Instant::now(),
            gone: None,
        }
    }
}

impl Stalled {
    /// Reads the state of all sockets at the server's port.
    pub(super) fn sample(&mut self, port: u16) -> Outcome<()> {
        let unsent = proc::unsent_bytes(port)?;
        let now = Instant::now();
        for (port, peer) in &mut self.peers {
            match unsent.get(port) {
                Some(bytes) if *bytes > peer.unsent => {
                    peer.unsent = *bytes;
                    peer.filled = now;
                }
                Some(_) => {}
                None => {
                    peer.gone.get_or_insert(now);
                }
            }
        }
        Ok(())
    }

    pub(super) fn are_gone(&self) -> bool {
        self.peers.values().all(|peer| peer.gone.is_some())
    }

    pub(super) fn results(self, announced: Vec<Announced>) -> Results {
        let gone = |peer: &Peer| Some(peer.gone?.saturating_duration_since(peer.filled));
        Results {
            gone: self.peers.values().map(gone).collect(),
            filled: self.peers.values().map(|peer| peer.unsent).max(),
            announced,
        }
    }
}

/// How the attackers ended.
#[derive(Debug)]
pub(super) struct Results {
    /// For each, how long after its buffers were full it was disconnected.
    gone: Vec<Option<Duration>>,
    /// The most bytes that the kernel held for one.
    filled: Option<u64>,
    announced: Vec<Announced>,
}

impl Results {
    pub(super) fn check(&self, report: &mut Report, limit: Duration) {
        let times = self.gone.iter().flatten();
        let gone = times.clone().count();
        let longest = times.max().copied().unwrap_or_default();
        let is_ok = gone == self.gone.len() && longest <= limit;
        let disconnected = format!(
            "{gone} of {}, the last after {longest:.1?}",
            self.gone.len()
        );
        report.check(
            "stalled clients disconnected within 15 s",
            disconnected,
            is_ok,
        );
        let filled = self.filled.unwrap_or_default() / 1024;
        report.figure("most that the kernel held for one", format!("{filled} KiB"));
        let refused = self.announced.iter();
        let refused = refused.filter(|announced| announced.code == Some(1009));
        let refused = refused.count();
        let longest = self
            .announced
            .iter()
            .filter_map(|announced| announced.after);
        let longest = longest.max().unwrap_or_default();
        let all = refused == self.announced.len() && longest <= limit;
        let closed = format!(
            "{refused} of {}, at most {longest:.1?}",
            self.announced.len()
        );
        report.check("huge frames refused with 1009", closed, all);
    }
}
