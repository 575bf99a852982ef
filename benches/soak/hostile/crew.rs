//! Peers that mean harm.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use super::healthy::join;
use crate::Outcome;
use crate::figures::Report;
use crate::machine;
use crate::socket::{Received, Socket};

/// Peers that stop reading, half of them in the chat.
const STALLED: usize = 100;
/// Histories that each of those asks for.
const HISTORIES: usize = 50;
/// Peers that announce a frame of 1 GiB.
const ANNOUNCERS: usize = 20;
/// The receive buffer of those that stop reading: small, so that it soon is full.
const BUFFER: u32 = 4_096;
/// How long a peer tries to send what it announced.
const PATIENCE: Duration = Duration::from_secs(30);

/// All of them.
pub(super) struct Crew {
    address: SocketAddr,
    pub(super) stalled: Stalled,
}

impl Crew {
    /// Those that stop reading arrive.
    pub(super) async fn arrive(address: SocketAddr) -> Outcome<Self> {
        let mut peers = HashMap::new();
        for number in 0..STALLED {
            let mut socket = Socket::open_with_buffer(address, path(number), Some(BUFFER)).await?;
            if number.is_multiple_of(2) {
                let user = format!("stalled-{number}@example.com");
                socket.send(&join_text(&user)).await?;
                // It asks for much that it never reads.
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

    /// The others announce what they never send whole.
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
    let ended = timeout(PATIENCE, async {
        let user = format!("announcer-{number}@example.com");
        let mut socket = join(address, &user).await?;
        socket.send_raw(&Socket::huge_header()).await?;
        // A part of it: what is in the kernel when the shop closes must not hide the close frame.
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

/// Those that stopped reading.
pub(super) struct Stalled {
    peers: HashMap<u16, Peer>,
}

/// One of them, as the kernel sees it.
struct Peer {
    /// Open and never read.
    _socket: Socket,
    waiting: u64,
    /// When its buffers last took something.
    filled: Instant,
    gone: Option<Instant>,
}

impl Peer {
    fn new(socket: Socket) -> Self {
        Self {
            _socket: socket,
            waiting: 0,
            filled: Instant::now(),
            gone: None,
        }
    }
}

impl Stalled {
    /// Notes what has changed.
    pub(super) fn look(&mut self, port: u16) -> Outcome<()> {
        let waiting = machine::waiting_bytes(port)?;
        let now = Instant::now();
        for (port, peer) in &mut self.peers {
            match waiting.get(port) {
                Some(bytes) if *bytes > peer.waiting => {
                    peer.waiting = *bytes;
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

    /// What became of them all.
    pub(super) fn fate(self, announced: Vec<Announced>) -> Fate {
        let gone = |peer: &Peer| Some(peer.gone?.saturating_duration_since(peer.filled));
        Fate {
            gone: self.peers.values().map(gone).collect(),
            filled: self.peers.values().map(|peer| peer.waiting).max(),
            announced,
        }
    }
}

/// What became of the crew.
#[derive(Debug)]
pub(super) struct Fate {
    /// How long after its buffers were full each was gone.
    gone: Vec<Option<Duration>>,
    /// The most bytes that the kernel held for one.
    filled: Option<u64>,
    announced: Vec<Announced>,
}

impl Fate {
    pub(super) fn tell(&self, report: &mut Report, limit: Duration) {
        let times = self.gone.iter().flatten();
        let gone = times.clone().count();
        let longest = times.max().copied().unwrap_or_default();
        let is_good = gone == self.gone.len() && longest <= limit;
        let told = format!(
            "{gone} of {}, the last after {longest:.1?}",
            self.gone.len()
        );
        report.promise("stalled peers gone within 15 s", told, is_good);
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
        let told = format!(
            "{refused} of {}, at most {longest:.1?}",
            self.announced.len()
        );
        report.promise("huge frames refused with 1009", told, all);
    }
}
