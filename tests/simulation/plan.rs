//! What a seed stands for: the sizes of a small world, and the steps that are taken in it. Every
//! sequence of steps is a valid run, so that a failing one can be made shorter.

use std::time::Duration;

use vitrina::realtime::Limits;

use super::random::Random;

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

/// Different products.
const IDS: u64 = 6;
/// Different people among the clients.
const PEOPLE: u64 = 5;

fn config(random: &mut Random) -> Config {
    let mut clients = Vec::new();
    for _ in 0..random.between(1, 4) {
        let only = random.once_in(3).then(|| {
            let count = random.between(1, 3);
            (0..count).map(|_| random.below(IDS) as u8).collect()
        });
        clients.push(ClientPlan {
            stream: Stream::Products,
            only,
            absent: false,
        });
    }
    for _ in 0..random.below(5) {
        clients.push(ClientPlan {
            stream: Stream::Chat,
            only: None,
            absent: false,
        });
    }
    let limits = Limits {
        entries: random.pick(&[2, 5, 12, 30, 50, 100]),
        bytes: random.pick(&[100, 300, 800, 10_000, 10_000]),
        age: Duration::from_secs(random.pick(&[1, 5, 60, 60])),
    };
    Config {
        clients,
        workers: random.between(1, 3) as usize,
        limits,
        mailbox: random.pick(&[1, 2, 4, 16]),
        socket: random.pick(&[8, 50, 200, 400, 2_000]),
        joined: random.pick(&[32, 128, 1_024]),
        direct: !random.once_in(3),
        chunk: random.between(1, 4) as usize,
        history: random.between(1, 5) as usize,
        late_content: random.once_in(2),
    }
}

type Make = fn(&Config, &mut Random) -> Step;

fn client(config: &Config, random: &mut Random) -> u8 {
    random.below(config.clients.len() as u64) as u8
}

fn worker(config: &Config, random: &mut Random) -> u8 {
    random.below(config.workers as u64) as u8
}

const WEIGHTS: [(u64, Make); 26] = [
    (40, |_, random| Step::Product {
        id: random.below(IDS) as u8,
        gone: random.once_in(5),
    }),
    (30, |_, _| Step::Message),
    (4, |_, random| Step::Delete {
        nth: random.below(8) as u8,
    }),
    (4, |_, _| Step::Cart),
    (40, |_, random| Step::Feed {
        changes: random.between(1, 6) as u8,
    }),
    (10, |_, _| Step::CatchUp),
    (70, |config, random| Step::Work {
        worker: worker(config, random),
        batches: random.between(1, 3) as u8,
    }),
    (120, |config, random| Step::Run {
        client: client(config, random),
    }),
    (30, |config, random| Step::Poll {
        client: client(config, random),
    }),
    (50, |config, random| Step::Answer {
        client: client(config, random),
    }),
    (60, |config, random| Step::Take {
        client: client(config, random),
        bytes: random.pick(&[1, 10, 50, 200, 1_000]),
    }),
    (40, |config, random| Step::Connect {
        client: client(config, random),
        worker: worker(config, random),
        user: (!random.once_in(4)).then(|| random.below(PEOPLE) as u8),
    }),
    (10, |config, random| Step::Cut {
        client: client(config, random),
        silent: random.once_in(2),
    }),
    (4, |_, _| Step::Reap),
    (8, |config, random| Step::Join {
        client: client(config, random),
        user: random.below(PEOPLE) as u8,
    }),
    (2, |_, random| Step::Crowd {
        people: random.between(1, 40) as u8,
        here: random.once_in(2),
    }),
    (3, |config, random| Step::Leave {
        client: client(config, random),
    }),
    (6, |config, random| Step::Ask {
        client: client(config, random),
    }),
    (10, |config, random| Step::Heartbeat {
        client: client(config, random),
    }),
    (6, |config, random| Step::Page {
        client: client(config, random),
    }),
    (6, |_, _| Step::Viewers),
    (12, |_, random| Step::Pass {
        millis: random.pick(&[10, 100, 700, 1_500, 2_500, 4_000]),
        asleep: random.once_in(4),
    }),
    (1, |_, _| Step::FeedLost),
    (1, |_, random| Step::Restart {
        back: random.pick(&[0, 2, 10, 100]),
    }),
    (1, |_, random| Step::Restore {
        lost: random.between(1, 6) as u8,
    }),
    (2, |_, _| Step::Settle),
];

fn kind(weights: &[(u64, Make)], mut at: u64) -> Make {
    for (weight, make) in weights {
        if at < *weight {
            return *make;
        }
        at -= weight;
    }
    |_, _| Step::Settle
}
