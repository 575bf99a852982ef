//! The world of one seed: takes its steps, one at a time, and looks at everything after each.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use vitrina::domain::ids::ProductId;
use vitrina::domain::position::Position;
use vitrina::realtime::{Entry, Head};

use super::client::{Client, Link, Tally};
use super::connection::{Answer, Around, Connection, Input, Reading};
use super::hub::{Channel, What, Worker};
use super::plan::{Config, Plan, Step, Stream};
use super::plant::Plant;
use super::room::Room;
use super::store::{Change, Fact, Store};
use super::wire::Told;

/// How often the hubs' clock ticks.
const TICK: Duration = Duration::from_millis(100);
/// Sessions of people who are only counted.
const CROWD: u64 = 1_000_000;

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

/// Takes all steps of a plan and lets everything come to rest.
pub(crate) fn run(plan: &Plan, plant: Option<Plant>) -> Result<Tally, Failure> {
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

    /// The server stops, if it ran, and starts from so many changes back.
    fn start(&mut self, back: usize) -> Result<(), String> {
        self.tally.count("starts");
        self.clients
            .iter_mut()
            .for_each(|client| client.link = None);
        self.ghosts.clear();
        self.room = Room::default();
        let base = self.store.end().saturating_sub(back).max(self.life_start);
        let (position, seq) = (self.store.position_at(base), self.store.newest_seq());
        let (limits, workers) = (self.config.limits, self.config.workers);
        self.products = Channel::new(Stream::Products, position, seq, limits, workers);
        self.chat = Channel::new(Stream::Chat, position, seq, limits, workers);
        self.fed = base;
        self.workers.clear();
        self.feed(usize::MAX)?;
        self.workers = (0..workers).map(|_| Worker::default()).collect();
        for worker in 0..workers {
            self.catch_up()?;
            self.work(worker, usize::MAX)?;
            self.catch_up()?;
            self.work(worker, usize::MAX)?;
        }
        Ok(())
    }

    fn feed(&mut self, changes: usize) -> Result<(), String> {
        let end = self.store.end().min(self.fed.saturating_add(changes));
        let next: Vec<_> = self.store.changes[self.fed..end].to_vec();
        self.fed = end;
        for change in next {
            let Some((stream, entry)) = self.entry(&change) else {
                continue;
            };
            self.channel(stream).append(entry);
        }
        self.catch_up()
    }

    fn entry(&self, change: &Change) -> Option<(Stream, Entry)> {
        let cursor = change.position.clone();
        let at = self.now;
        match change.fact {
            Fact::Product { id, state, gone } => {
                let newest = self.store.product(id).filter(|_| self.config.late_content);
                let (state, gone) = newest.unwrap_or((state, gone));
                let told = Told::Update {
                    cursor: cursor.clone(),
                    id,
                    state,
                    gone,
                };
                let product = ProductId::from_bytes([id; 12]);
                let entry = Entry::product(cursor, product, told.frame(), at);
                Some((Stream::Products, entry))
            }
            Fact::Message { seq } => {
                let told = Told::Message {
                    cursor: cursor.clone(),
                    seq,
                };
                let mut entry = Entry::chat(cursor, Some(seq), told.frame(), at);
                if self.plant == Some(Plant::ChatConflated) {
                    entry.product = Some(ProductId::from_bytes([1; 12]));
                }
                Some((Stream::Chat, entry))
            }
            Fact::Deleted { seq } => {
                let told = Told::Deleted {
                    cursor: cursor.clone(),
                    seq,
                };
                let entry = Entry::chat(cursor, None, told.frame(), at);
                Some((Stream::Chat, entry))
            }
            Fact::Cart => None,
        }
    }

    fn channel(&mut self, stream: Stream) -> &mut Channel {
        match stream {
            Stream::Products => &mut self.products,
            Stream::Chat => &mut self.chat,
        }
    }

    fn tell_passing(&mut self, stream: Stream, online: Option<usize>) -> Result<(), String> {
        let now = self.now;
        let channel = self.channel(stream);
        channel.serial += 1;
        let serial = channel.serial;
        let told = Told::Passing { serial, online };
        channel.append(Entry::passing(told.frame(), now));
        self.catch_up()
    }

    fn catch_up(&mut self) -> Result<(), String> {
        let mailbox = self.config.mailbox;
        self.products.catch_up(&mut self.workers, mailbox)?;
        self.chat.catch_up(&mut self.workers, mailbox)
    }

    fn work(&mut self, number: usize, batches: usize) -> Result<(), String> {
        let Some(worker) = self.workers.get_mut(number) else {
            return Ok(());
        };
        if self.plant == Some(Plant::BatchesSwapped)
            && let [first, second, ..] = worker.mailbox.make_contiguous()
            && let (What::Frames(_), What::Frames(_)) = (&first.what, &second.what)
        {
            std::mem::swap(first, second);
        }
        let (mut replaced, mut appended) = (Vec::new(), Vec::new());
        for _ in 0..batches {
            let Some(batch) = worker.mailbox.pop_front() else {
                break;
            };
            let stream = batch.stream;
            if self.plant == Some(Plant::BatchTwice) && matches!(batch.what, What::Frames(_)) {
                worker.take(batch.clone())?;
            }
            if worker.take(batch)? {
                replaced.push(stream);
            } else {
                appended.push(stream);
            }
        }
        let worker = &self.workers[number];
        let links = self
            .clients
            .iter_mut()
            .filter_map(|client| client.link.as_mut());
        let servers = links.map(|link| &mut link.server).chain(&mut self.ghosts);
        for server in servers.filter(|server| server.worker == number && server.member) {
            let Some(known) = worker.known(server.stream) else {
                continue;
            };
            if replaced.contains(&server.stream) {
                self.tally.count("logs replaced");
                if self.plant != Some(Plant::LoadLeavesSocketsOpen) {
                    server.ask(Input::Close);
                }
            }
            if appended.contains(&server.stream) && self.plant != Some(Plant::NotFlushed) {
                server.deliver(Around {
                    known,
                    now: self.now,
                    config: &self.config,
                    plant: self.plant,
                })?;
            }
        }
        Ok(())
    }

    /// Runs a client's session; returns whether it had anything to do.
    fn poll_woken(&mut self, number: usize) -> Result<bool, String> {
        let Some(client) = self.clients.get_mut(number) else {
            return Ok(false);
        };
        let Some(link) = &mut client.link else {
            return Ok(false);
        };
        let server = &mut link.server;
        let (woken, lapses) = (server.woken, server.lapses);
        if let Some(known) = self.workers[server.worker].known(server.stream) {
            server.poll(Around {
                known,
                now: self.now,
                config: &self.config,
                plant: self.plant,
            })?;
        }
        (lapses..server.lapses).for_each(|_| self.tally.count("lapses"));
        if std::mem::take(&mut server.left) {
            let tabs_too = self.plant == Some(Plant::TabsForgotten);
            self.room.leave(server.session, self.now, tabs_too);
        }
        Ok(woken)
    }

    fn poll(&mut self, number: usize) -> Result<(), String> {
        self.poll_woken(number).map(drop)
    }

    fn run(&mut self, number: usize) -> Result<(), String> {
        for _ in 0..3 {
            self.poll(number)?;
            self.answer(number);
            self.poll(number)?;
            if let Some(client) = self.clients.get_mut(number) {
                client.take(1_000, &self.store, &mut self.tally)?;
            }
        }
        Ok(())
    }

    /// Answers what a session waits for; returns whether it waited.
    fn answer(&mut self, number: usize) -> bool {
        let Some(link) = self.clients.get_mut(number).and_then(|c| c.link.as_mut()) else {
            return false;
        };
        let server = &mut link.server;
        let answer = match server.reading {
            None => return false,
            Some(Reading::Chunk(after)) => {
                let only = server.only.as_deref();
                let (products, remaining) = self.store.chunk(after, only, self.config.chunk);
                Answer::Chunk(products, remaining)
            }
            Some(Reading::Room(user)) => Answer::Joined {
                online: self.room.join(server.session, user, self.now),
            },
            Some(Reading::History(before)) => {
                Answer::History(self.store.history(before, self.config.history))
            }
        };
        server.set_answer(answer);
        true
    }

    fn ask(&mut self, number: usize, input: Input) {
        if let Some(link) = self.clients.get_mut(number).and_then(|c| c.link.as_mut()) {
            link.server.ask(input);
        }
    }

    fn connect(&mut self, number: usize, worker: usize) -> bool {
        let Some(client) = self.clients.get_mut(number) else {
            return false;
        };
        let known = self
            .workers
            .get(worker)
            .and_then(|w| w.known(client.stream));
        let (None, false, Some(known)) = (&client.link, client.absent, known) else {
            return false;
        };
        let since = client.cursor.clone();
        let resumed = since.as_ref().is_some_and(|since| known.ring.knows(since));
        let looked_up = since.as_ref().map(|since| match self.plant {
            Some(Plant::LivesMixed) => self.store.in_this_life(since),
            Some(Plant::TrimmedIsKnown) if !resumed => {
                let is_past = self.store.place_of(since).is_some();
                is_past.then(|| known.log.position_before(known.log.first()))
            }
            _ => None,
        });
        let looked_up: Option<Position> = looked_up.flatten().or_else(|| since.clone());
        self.sessions += 1;
        let around = Around {
            known,
            now: self.now,
            config: &self.config,
            plant: self.plant,
        };
        let server = Connection::new(
            (worker, self.sessions),
            (client.stream, client.only.as_ref()),
            looked_up.as_ref(),
            around,
        );
        client.page = None;
        client.link = Some(Link::new(server, since, resumed));
        true
    }

    fn cut(&mut self, number: usize, silent: bool) {
        let link = self.clients.get_mut(number).and_then(|c| c.link.take());
        match link.map(|link| link.server) {
            Some(server) if silent => self.ghosts.push(server),
            Some(server) => self.room.leave(server.session, self.now, false),
            None => {}
        }
    }

    fn reap(&mut self) {
        for server in std::mem::take(&mut self.ghosts) {
            self.room.leave(server.session, self.now, false);
        }
    }

    fn crowd(&mut self, people: u8, here: bool) {
        for number in 0..people {
            let session = CROWD + u64::from(number);
            match here {
                true => drop(self.room.join(session, 100 + number, self.now)),
                false => self.room.leave(session, self.now, false),
            }
        }
    }

    fn page(&mut self, number: usize) {
        let Some(client) = self.clients.get_mut(number) else {
            return;
        };
        if client.link.is_some() || client.absent {
            return;
        }
        match client.page.take() {
            Some(head) => client.load_page(head, &self.store),
            None => {
                let channel = match client.stream {
                    Stream::Products => &self.products,
                    Stream::Chat => &self.chat,
                };
                client.page = Some(Head::from(&channel.log));
            }
        }
    }

    fn pass(&mut self, millis: u64, asleep: bool) -> Result<(), String> {
        let end = self.now + Duration::from_millis(millis);
        while !asleep && self.now + TICK < end {
            self.now += TICK;
            self.tick()?;
        }
        self.now = end;
        self.tick()
    }

    fn tick(&mut self) -> Result<(), String> {
        for online in self.room.tick(self.now)? {
            self.tell_passing(Stream::Chat, Some(online))?;
        }
        self.catch_up()
    }

    /// The feed is opened anew where the store stands; what was between is not told.
    fn lose_feed(&mut self) -> Result<(), String> {
        self.tally.count("feeds lost");
        self.fed = self.store.end();
        let base = self.store.position_at(self.fed).clone();
        let seq = match self.plant {
            Some(Plant::NewestSeqKept) => self.chat.log.newest_seq(),
            _ => self.store.newest_seq(),
        };
        if self.plant != Some(Plant::FeedGapKept) {
            self.products.restart(&base, seq);
            self.chat.restart(&base, seq);
        }
        self.catch_up()
    }

    /// Does all that can be done until nothing is left, then compares.
    fn settle(&mut self, people: Option<usize>) -> Result<(), String> {
        self.come_to_rest()?;
        let known = |client: &Client| match &client.link {
            Some(link) => self.workers[link.server.worker].known(client.stream),
            None => None,
        };
        for (number, client) in self.clients.iter().enumerate() {
            let blame = |complaint| format!("client {number}: {complaint}");
            if let (Some(link), Some(known)) = (&client.link, known(client)) {
                link.server.check_rest(&known.log).map_err(blame)?;
            }
            client.check_rest(&self.store, people).map_err(blame)?;
        }
        // A heartbeat brings everybody's cursor to the end.
        (0..self.clients.len()).for_each(|number| self.ask(number, Input::Heartbeat));
        self.come_to_rest()?;
        for (number, client) in self.clients.iter().enumerate() {
            let Some(link) = &client.link else {
                continue;
            };
            let known = self.workers[link.server.worker].known(client.stream);
            let told = client.stream == Stream::Products || link.server.is_joined();
            let end = known.map(|known| known.log.cursor());
            if told && client.cursor.as_ref() != end {
                let at = &client.cursor;
                return Err(format!("client {number} rests at {at:?}, not {end:?}"));
            }
        }
        self.tally.count("times at rest");
        Ok(())
    }

    fn come_to_rest(&mut self) -> Result<(), String> {
        for _ in 0..10_000 {
            let mut busy = self.fed < self.store.end();
            self.feed(usize::MAX)?;
            for number in 0..self.workers.len() {
                busy |= !self.workers[number].mailbox.is_empty();
                self.work(number, usize::MAX)?;
            }
            for number in 0..self.clients.len() {
                busy |= self.poll_woken(number)?;
                busy |= self.answer(number);
                busy |= self.clients[number].take(usize::MAX, &self.store, &mut self.tally)?;
            }
            if !busy {
                return Ok(());
            }
        }
        Err("it does not come to rest".into())
    }

    /// Everybody comes back, and some seconds pass.
    fn end(&mut self) -> Result<(), String> {
        self.settle(None)?;
        self.reap();
        for _ in 0..2 {
            for number in 0..self.clients.len() {
                self.connect(number, number % self.config.workers);
                self.ask(number, Input::Join(number as u8 % 3));
            }
            self.come_to_rest()?;
        }
        self.pass(5_000, false)?;
        self.settle(Some(self.room.people()))
    }
}
