//! The world of one seed: takes its steps one at a time and checks everything after each.

mod convergence;
mod hubs;
mod sockets;

use std::panic::catch_unwind;
use std::sync::OnceLock;
use std::time::Instant;

use crate::chat_room::ChatRoom;
use crate::client::Client;
use crate::connection::{Connection, Input};
use crate::hub::{Channel, Worker};
use crate::mutant::Mutant;
use crate::plan::{Config, Plan, Step, Stream};
use crate::store::Store;
use crate::tally::Tally;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) step: usize,
    pub(crate) message: String,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    mutant: Option<Mutant>,
    now: Instant,
    pub(crate) store: Store,
    products: Channel,
    chat: Channel,
    /// The offset up to which the feed has published to the hubs.
    fed: usize,
    /// The first offset of this epoch: a restart replays nothing before it.
    epoch_start: usize,
    chat_room: ChatRoom,
    workers: Vec<Worker>,
    pub(crate) clients: Vec<Client>,
    /// Connections whose peers disconnected without the server's notice.
    half_open: Vec<Connection>,
    sessions: u64,
    pub(crate) tally: Tally,
}

/// The start time of all worlds, so that a seed always runs alike.
fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// Takes all steps of a plan and then lets everything converge. A panic is a failure too.
pub(crate) fn run(plan: &Plan, mutant: Option<Mutant>) -> Result<Tally, Failure> {
    catch_unwind(|| run_steps(plan, mutant)).unwrap_or_else(|_| {
        Err(Failure {
            step: plan.steps.len(),
            message: "panicked".into(),
        })
    })
}

fn run_steps(plan: &Plan, mutant: Option<Mutant>) -> Result<Tally, Failure> {
    let mut world = World::new(&plan.config, mutant);
    for (number, step) in plan.steps.iter().enumerate() {
        world.take(*step).map_err(|message| Failure {
            step: number,
            message,
        })?;
    }
    world.end().map_err(|message| Failure {
        step: plan.steps.len(),
        message: format!("at the end: {message}"),
    })?;
    Ok(world.tally)
}

impl World {
    pub(crate) fn new(config: &Config, mutant: Option<Mutant>) -> Self {
        let store = Store::new();
        let channel = |stream| {
            let base = store.position_at(0);
            Channel::new(stream, base, 0, config.limits, config.workers)
        };
        let plans = config.clients.iter();
        let clients = plans.map(|plan| Client::new(plan, config.history, mutant));
        let mut world = Self {
            products: channel(Stream::Products),
            chat: channel(Stream::Chat),
            clients: clients.collect(),
            config: config.clone(),
            mutant,
            now: origin(),
            store,
            fed: 0,
            epoch_start: 0,
            chat_room: ChatRoom::default(),
            workers: Vec::new(),
            half_open: Vec::new(),
            sessions: 0,
            tally: Tally::default(),
        };
        world.start(0).expect("the model of an empty log equals it");
        world
    }

    pub(crate) fn take(&mut self, step: Step) -> Result<(), String> {
        self.tally.count("steps");
        match step {
            Step::Product { id, gone } => self.store.write_product(id, gone),
            Step::Message => self.store.append_message(),
            Step::Delete { nth } => self.store.delete_message(nth.into()),
            Step::Cart => self.store.write_cart(),
            Step::Feed { changes } => self.feed(changes.into())?,
            Step::CatchUp => self.catch_up()?,
            Step::Work { worker, batches } => self.work(worker.into(), batches.into())?,
            Step::Run { client } => self.run(client.into())?,
            Step::Poll { client } => self.poll(client.into())?,
            Step::Answer { client } => drop(self.answer(client.into())),
            Step::Take { client, bytes } => {
                if let Some(client) = self.clients.get_mut(usize::from(client)) {
                    client.take(bytes.into(), &self.store, &mut self.tally)?;
                }
            }
            Step::Connect {
                client,
                worker,
                user,
            } => {
                if self.connect(client.into(), worker.into())
                    && let Some(user) = user
                {
                    self.enqueue(client.into(), Input::Join(user));
                }
            }
            Step::Cut { client, silent } => self.cut(client.into(), silent),
            Step::Reap => self.reap(),
            Step::Join { client, user } => self.enqueue(client.into(), Input::Join(user)),
            Step::Crowd { people, joins } => self.crowd(people, joins),
            Step::Leave { client } => self.enqueue(client.into(), Input::Leave),
            Step::Ask { client } => self.enqueue(client.into(), Input::Ask),
            Step::Heartbeat { client } => self.enqueue(client.into(), Input::Heartbeat),
            Step::Page { client } => self.page(client.into()),
            Step::Viewers => self.send_ephemeral(Stream::Products, None)?,
            Step::Pass { millis, suspended } => self.pass(millis.into(), suspended)?,
            Step::FeedLost => self.lose_feed()?,
            Step::Restart { back } => self.start(back.into())?,
            Step::Restore { lost } => {
                self.store.restore(lost.into());
                self.epoch_start = self.store.end();
                self.start(0)?;
            }
            Step::Converge => self.converge(None)?,
        }
        self.check()
    }

    /// Checks that no socket holds more than one write.
    fn check(&self) -> Result<(), String> {
        let links = self
            .clients
            .iter()
            .filter_map(|client| client.link.as_ref());
        for server in links.map(|link| &link.server).chain(&self.half_open) {
            // One batch, plus the frame that exceeded its size.
            let max = self.config.write_size + 300;
            let unsent = server.socket.unsent_len();
            if unsent > max {
                return Err(format!("a socket holds {unsent} bytes"));
            }
        }
        Ok(())
    }
}
