//! What a seed stands for: the sizes of a small world, and the steps that are taken in it. Every
//! sequence of steps is a valid run, so that a failing one can be made shorter.

mod draw;

use vitrina::realtime::Limits;

use self::draw::{WEIGHTS, config, kind};
use crate::random::Random;

/// Which stream a client reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Products,
    Chat,
}

/// A client that may connect.
#[derive(Debug, Clone)]
pub(crate) struct ClientPlan {
    pub(crate) stream: Stream,
    /// The products that it asks for; `None` for all.
    pub(crate) only: Option<Vec<u8>>,
    /// Shrinking takes whole clients away; the others keep their numbers.
    pub(crate) absent: bool,
}

/// The sizes of a world.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) clients: Vec<ClientPlan>,
    pub(crate) workers: usize,
    pub(crate) limits: Limits,
    /// Batches that may wait for a worker.
    pub(crate) mailbox: usize,
    /// Bytes that a socket holds for a peer that does not read.
    pub(crate) socket: usize,
    /// Bytes that the sink joins into one write.
    pub(crate) joined: usize,
    /// Frames are written to the socket by the worker's sink, not only by the session's task.
    pub(crate) direct: bool,
    /// Products in a part of a snapshot.
    pub(crate) chunk: usize,
    /// Messages in a history.
    pub(crate) history: usize,
    /// Frames bring the product as it is when they are made, which may be newer than the change.
    pub(crate) late_content: bool,
}

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A product is created, changed or deleted.
    Product { id: u8, gone: bool },
    /// A message is stored.
    Message,
    /// One of the newest messages is deleted.
    Delete { nth: u8 },
    /// A change that no stream tells.
    Cart,
    /// The feed brings the next changes to the hubs.
    Feed { changes: u8 },
    /// The hubs tell again the workers that were busy.
    CatchUp,
    /// A worker takes what waits in its mailbox.
    Work { worker: u8, batches: u8 },
    /// A client that reads: its session runs and gets what it waits for, all that came is read.
    Run { client: u8 },
    /// The task of a client's session runs.
    Poll { client: u8 },
    /// What a session waits for is there.
    Answer { client: u8 },
    /// A client reads from its socket.
    Take { client: u8, bytes: u16 },
    /// A client connects, with its cursor if it has one; one of the chat may join at once.
    Connect {
        client: u8,
        worker: u8,
        user: Option<u8>,
    },
    /// A connection breaks; when it is silent, the server does not know.
    Cut { client: u8, silent: bool },
    /// The server learns that silent peers are gone.
    Reap,
    /// A chat client takes part.
    Join { client: u8, user: u8 },
    /// So many people at once.
    Crowd { people: u8, here: bool },
    /// A chat client takes no part any more.
    Leave { client: u8 },
    /// A chat client asks for something that is answered to it alone, at its place.
    Ask { client: u8 },
    /// A session's heartbeat, with which a quiet reader is told its place.
    Heartbeat { client: u8 },
    /// A client loads a page: first its cursor is read, with the next such step what it shows.
    Page { client: u8 },
    /// A frame that only those who are there are told.
    Viewers,
    /// Time passes; the hub's clock stands still while the process is asleep.
    Pass { millis: u16, asleep: bool },
    /// The feed loses its place and is opened anew.
    FeedLost,
    /// The server stops and starts, with so many changes read back.
    Restart { back: u8 },
    /// The server starts with a backup that lacks the last changes.
    Restore { lost: u8 },
    /// Everything that can be done is done, and what clients see must be what there is.
    Settle,
}

/// A seed, spelt out.
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
        // Every seed has its own habits: some things often, some never.
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
