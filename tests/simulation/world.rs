//! The world of one seed: takes its steps, one at a time, and looks at everything after each.

mod hubs;
mod rest;
mod sockets;

use std::panic::catch_unwind;
use std::sync::OnceLock;
use std::time::Instant;

use crate::client::Client;
use crate::connection::{Connection, Input};
use crate::hub::{Channel, Worker};
use crate::plan::{Config, Plan, Step, Stream};
use crate::plant::Plant;
use crate::room::Room;
use crate::store::Store;
use crate::tally::Tally;

/// What went wrong, and at which step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) step: usize,
    pub(crate) complaint: String,
}

/// Everything.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    plant: Option<Plant>,
    now: Instant,
    pub(crate) store: Store,
    products: Channel,
    chat: Channel,
    /// The place up to which the hubs were told.
    fed: usize,
    /// The first place of this life: nothing before it is read back.
    life_start: usize,
    room: Room,
    workers: Vec<Worker>,
    pub(crate) clients: Vec<Client>,
    /// Connections whose peers are gone without a word.
    ghosts: Vec<Connection>,
    sessions: u64,
    pub(crate) tally: Tally,
}

/// All moments of all worlds are counted from one.
fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// Takes all steps of a plan and lets everything come to rest. A panic is a failure like others.
pub(crate) fn run(plan: &Plan, plant: Option<Plant>) -> Result<Tally, Failure> {
    catch_unwind(|| run_steps(plan, plant)).unwrap_or_else(|_| {
        Err(Failure {
            step: plan.steps.len(),
            complaint: "it panics".into(),
        })
    })
}

fn run_steps(plan: &Plan, plant: Option<Plant>) -> Result<Tally, Failure> {
    let mut world = World::new(&plan.config, plant);
    for (number, step) in plan.steps.iter().enumerate() {
        world.take(*step).map_err(|complaint| Failure {
            step: number,
            complaint,
        })?;
    }
    world.end().map_err(|complaint| Failure {
        step: plan.steps.len(),
        complaint: format!("at the end: {complaint}"),
    })?;
    Ok(world.tally)
}

impl World {
    pub(crate) fn new(config: &Config, plant: Option<Plant>) -> Self {
        let store = Store::new();
        let channel = |stream| {
            let base = store.position_at(0);
            Channel::new(stream, base, 0, config.limits, config.workers)
        };
        let plans = config.clients.iter();
        let clients = plans.map(|plan| Client::new(plan, config.history, plant));
        let mut world = Self {
            products: channel(Stream::Products),
            chat: channel(Stream::Chat),
            clients: clients.collect(),
            config: config.clone(),
            plant,
            now: origin(),
            store,
            fed: 0,
            life_start: 0,
            room: Room::default(),
            workers: Vec::new(),
            ghosts: Vec::new(),
            sessions: 0,
            tally: Tally::default(),
        };
        world.start(0).expect("an empty log is what it is");
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
                    self.ask(client.into(), Input::Join(user));
                }
            }
            Step::Cut { client, silent } => self.cut(client.into(), silent),
            Step::Reap => self.reap(),
            Step::Join { client, user } => self.ask(client.into(), Input::Join(user)),
            Step::Crowd { people, here } => self.crowd(people, here),
            Step::Leave { client } => self.ask(client.into(), Input::Leave),
            Step::Ask { client } => self.ask(client.into(), Input::Ask),
            Step::Heartbeat { client } => self.ask(client.into(), Input::Heartbeat),
            Step::Page { client } => self.page(client.into()),
            Step::Viewers => self.tell_passing(Stream::Products, None)?,
            Step::Pass { millis, asleep } => self.pass(millis.into(), asleep)?,
            Step::FeedLost => self.lose_feed()?,
            Step::Restart { back } => self.start(back.into())?,
            Step::Restore { lost } => {
                self.store.restore(lost.into());
                self.life_start = self.store.end();
                self.start(0)?;
            }
            Step::Settle => self.settle(None)?,
        }
        self.check()
    }

    /// What must be true at every moment.
    fn check(&self) -> Result<(), String> {
        let links = self
            .clients
            .iter()
            .filter_map(|client| client.link.as_ref());
        for server in links.map(|link| &link.server).chain(&self.ghosts) {
            // One join, and the frame with which it went over.
            let most = self.config.joined + 300;
            if server.socket.kept() > most {
                return Err(format!("a socket costs {} bytes", server.socket.kept()));
            }
        }
        Ok(())
    }
}
