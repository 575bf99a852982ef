//! Draws the sizes of a world, and its steps, from a seed.

use std::time::Duration;

use vitrina::realtime::Limits;

use super::{ClientPlan, Config, Step, Stream};
use crate::random::Random;

/// Different products.
const IDS: u64 = 6;
/// Different people among the clients.
const PEOPLE: u64 = 5;

pub(super) fn config(random: &mut Random) -> Config {
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
        write_size: random.pick(&[32, 128, 1_024]),
        direct: !random.once_in(3),
        chunk: random.between(1, 4) as usize,
        history: random.between(1, 5) as usize,
        late_content: random.once_in(2),
    }
}

/// Makes a step of one kind.
pub(super) type Make = fn(&Config, &mut Random) -> Step;

fn client(config: &Config, random: &mut Random) -> u8 {
    random.below(config.clients.len() as u64) as u8
}

fn worker(config: &Config, random: &mut Random) -> u8 {
    random.below(config.workers as u64) as u8
}

/// How often a step is taken, and how it is made.
pub(super) const WEIGHTS: [(u64, Make); 26] = [
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
        joins: random.once_in(2),
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
        suspended: random.once_in(4),
    }),
    (1, |_, _| Step::FeedLost),
    (1, |_, random| Step::Restart {
        back: random.pick(&[0, 2, 10, 100]),
    }),
    (1, |_, random| Step::Restore {
        lost: random.between(1, 6) as u8,
    }),
    (2, |_, _| Step::Converge),
];

pub(super) fn kind(weights: &[(u64, Make)], mut at: u64) -> Make {
    for (weight, make) in weights {
        if at < *weight {
            return *make;
        }
        at -= weight;
    }
    |_, _| Step::Converge
}
