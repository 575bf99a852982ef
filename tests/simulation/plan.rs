//! The plan of a seed: the sizes of a small world and the steps in it. Every sequence of steps is
//! valid, so that a failing one can be shortened.

mod draw;

use vitrina::realtime::Limits;

use self::draw::{WEIGHTS, config, kind};
use crate::random::Random;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Products,
    Chat,
}

/// A client that may connect.
#[derive(Debug, Clone)]
pub(crate) struct ClientPlan {
    pub(crate) stream: Stream,
    /// The products that it follows; `None` for all.
    pub(crate) only: Option<Vec<u8>>,
    /// Removed by shrinking; the other clients keep their numbers.
    pub(crate) absent: bool,
}

/// The sizes of a world.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) clients: Vec<ClientPlan>,
    pub(crate) workers: usize,
    pub(crate) limits: Limits,
    /// Capacity of a worker's mailbox, in batches.
    pub(crate) mailbox: usize,
    /// Capacity of a socket's send buffer, in bytes.
    pub(crate) socket: usize,
    /// Bytes at which the sink stops adding frames to a write.
    pub(crate) write_size: usize,
    /// Frames are written to the socket by the worker's sink, not only by the session's task.
    pub(crate) direct: bool,
    /// Products in a chunk of a snapshot.
    pub(crate) chunk: usize,
    /// Messages in a history.
    pub(crate) history: usize,
    /// Frames hold the product as it is when they are encoded, which may be newer than the change.
    pub(crate) late_content: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A product is created, changed or deleted.
    Product { id: u8, gone: bool },
    /// A message is stored.
    Message,
    /// One of the newest messages is deleted.
    Delete { nth: u8 },
    /// A change that is in no stream.
    Cart,
    /// The feed publishes the next changes to the hubs.
    Feed { changes: u8 },
    /// The hubs retry the workers whose mailboxes were full.
    CatchUp,
    /// A worker handles batches of its mailbox.
    Work { worker: u8, batches: u8 },
    /// A client that keeps up: its session runs, queries are answered, everything is read.
    Run { client: u8 },
    /// The task of a client's session runs.
    Poll { client: u8 },
    /// The open query of a session is answered.
    Answer { client: u8 },
    /// A client reads from its socket.
    Take { client: u8, bytes: u16 },
    /// A client connects, with its cursor if it has one; a chat client may join at once.
    Connect {
        client: u8,
        worker: u8,
        user: Option<u8>,
    },
    /// A connection breaks; if it is silent, the server does not notice.
    Cut { client: u8, silent: bool },
    /// The server closes the half-open connections.
    Reap,
    /// A chat client joins.
    Join { client: u8, user: u8 },
    /// Many people join or leave at once.
    Crowd { people: u8, joins: bool },
    /// A chat client leaves.
    Leave { client: u8 },
    /// A chat client asks for its position.
    Ask { client: u8 },
    /// A session's heartbeat, which sends the position of a quiet subscription.
    Heartbeat { client: u8 },
    /// A client loads a page: one such step reads its head, the next its contents.
    Page { client: u8 },
    /// An ephemeral frame.
    Viewers,
    /// Time passes; the hubs do not tick while the process is suspended.
    Pass { millis: u16, suspended: bool },
    /// The feed loses its position and is reopened.
    FeedLost,
    /// The server restarts and replays the last `back` changes.
    Restart { back: u8 },
    /// The server starts with a backup that lacks the last changes.
    Restore { lost: u8 },
    /// Everything runs until it is idle; clients must then show what the store holds.
    Converge,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) config: Config,
    pub(crate) steps: Vec<Step>,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let config = config(&mut random);
        let mut weights = WEIGHTS;
        // Each seed has its own mix of steps: some are frequent, some never occur.
        for (weight, _) in &mut weights {
            *weight *= match *weight {
                0..30 => random.pick(&[0, 1, 1, 2, 4]),
                _ => random.pick(&[1, 2, 3]),
            };
        }
        let total = weights.iter().map(|(weight, _)| weight).sum();
        let count = random.between(60, 600);
        let mut steps = Vec::new();
        for _ in 0..count {
            let make = kind(&weights, random.below(total));
            steps.push(make(&config, &mut random));
        }
        Self { config, steps }
    }
}
