//! The workers' side of a world: sockets come and go, sessions run, workers take what they are sent.

use vitrina::domain::position::Position;
use vitrina::realtime::Head;

use super::World;
use crate::client::Link;
use crate::connection::{Answer, Around, Connection, Input, Reading};
use crate::hub::What;
use crate::plan::Stream;
use crate::plant::Plant;

/// Sessions of people who are only counted.
const CROWD: u64 = 1_000_000;

impl World {
    pub(super) fn work(&mut self, number: usize, batches: usize) -> Result<(), String> {
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
    pub(super) fn poll_woken(&mut self, number: usize) -> Result<bool, String> {
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

    pub(super) fn poll(&mut self, number: usize) -> Result<(), String> {
        self.poll_woken(number).map(drop)
    }

    pub(super) fn run(&mut self, number: usize) -> Result<(), String> {
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
    pub(super) fn answer(&mut self, number: usize) -> bool {
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

    pub(super) fn ask(&mut self, number: usize, input: Input) {
        if let Some(link) = self.clients.get_mut(number).and_then(|c| c.link.as_mut()) {
            link.server.ask(input);
        }
    }

    pub(super) fn connect(&mut self, number: usize, worker: usize) -> bool {
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

    pub(super) fn cut(&mut self, number: usize, silent: bool) {
        let link = self.clients.get_mut(number).and_then(|c| c.link.take());
        match link.map(|link| link.server) {
            Some(server) if silent => self.ghosts.push(server),
            Some(server) => self.room.leave(server.session, self.now, false),
            None => {}
        }
    }

    pub(super) fn reap(&mut self) {
        for server in std::mem::take(&mut self.ghosts) {
            self.room.leave(server.session, self.now, false);
        }
    }

    pub(super) fn crowd(&mut self, people: u8, here: bool) {
        for number in 0..people {
            let session = CROWD + u64::from(number);
            match here {
                true => drop(self.room.join(session, 100 + number, self.now)),
                false => self.room.leave(session, self.now, false),
            }
        }
    }

    pub(super) fn page(&mut self, number: usize) {
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
}
