//! The workers of a world: sockets open and close, sessions run, workers handle their mailboxes.

use vitrina::domain::position::Position;
use vitrina::realtime::Head;

use super::World;
use crate::client::Link;
use crate::connection::{Answer, Connection, Env, Input, Query};
use crate::hub::Delivery;
use crate::mutant::Mutant;
use crate::plan::Stream;

/// The first session number of people who are only counted.
const CROWD: u64 = 1_000_000;

impl World {
    pub(super) fn work(&mut self, number: usize, batches: usize) -> Result<(), String> {
        let Some(worker) = self.workers.get_mut(number) else {
            return Ok(());
        };
        if self.mutant == Some(Mutant::BatchesSwapped)
            && let [first, second, ..] = worker.mailbox.make_contiguous()
            && let (Delivery::Frames(_), Delivery::Frames(_)) = (&first.delivery, &second.delivery)
        {
            std::mem::swap(first, second);
        }
        let (mut replaced, mut appended) = (Vec::new(), Vec::new());
        for _ in 0..batches {
            let Some(batch) = worker.mailbox.pop_front() else {
                break;
            };
            let stream = batch.stream;
            if self.mutant == Some(Mutant::BatchTwice)
                && matches!(batch.delivery, Delivery::Frames(_))
            {
                worker.apply(batch.clone())?;
            }
            if worker.apply(batch)? {
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
        let servers = links
            .map(|link| &mut link.server)
            .chain(&mut self.half_open);
        for server in servers.filter(|server| server.worker == number && server.registered) {
            let Some(replica) = worker.replica(server.stream) else {
                continue;
            };
            if replaced.contains(&server.stream) {
                self.tally.count("logs replaced");
                if self.mutant != Some(Mutant::ReplacedLogKeepsSockets) {
                    server.enqueue(Input::Close);
                }
            }
            if appended.contains(&server.stream) && self.mutant != Some(Mutant::FlushSkipped) {
                server.deliver(Env {
                    replica,
                    now: self.now,
                    config: &self.config,
                    mutant: self.mutant,
                })?;
            }
        }
        Ok(())
    }

    /// Runs a client's session; returns whether it was woken.
    pub(super) fn poll_woken(&mut self, number: usize) -> Result<bool, String> {
        let Some(client) = self.clients.get_mut(number) else {
            return Ok(false);
        };
        let Some(link) = &mut client.link else {
            return Ok(false);
        };
        let server = &mut link.server;
        let (woken, lags) = (server.woken, server.lags);
        if let Some(replica) = self.workers[server.worker].replica(server.stream) {
            server.poll(Env {
                replica,
                now: self.now,
                config: &self.config,
                mutant: self.mutant,
            })?;
        }
        (lags..server.lags).for_each(|_| self.tally.count("lags"));
        if std::mem::take(&mut server.must_leave) {
            let all_tabs = self.mutant == Some(Mutant::LeaveClosesAllTabs);
            self.chat_room.leave(server.session, self.now, all_tabs);
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

    /// Answers the open query of a session; returns whether there was one.
    pub(super) fn answer(&mut self, number: usize) -> bool {
        let Some(link) = self.clients.get_mut(number).and_then(|c| c.link.as_mut()) else {
            return false;
        };
        let server = &mut link.server;
        let answer = match server.awaiting {
            None => return false,
            Some(Query::Chunk(after)) => {
                let only = server.only.as_deref();
                let (products, remaining) = self.store.chunk(after, only, self.config.chunk);
                Answer::Chunk(products, remaining)
            }
            Some(Query::Join(user)) => Answer::Join {
                online: self.chat_room.join(server.session, user, self.now),
            },
            Some(Query::History(before)) => {
                Answer::History(self.store.history(before, self.config.history))
            }
        };
        server.set_answer(answer);
        true
    }

    pub(super) fn enqueue(&mut self, number: usize, input: Input) {
        if let Some(link) = self.clients.get_mut(number).and_then(|c| c.link.as_mut()) {
            link.server.enqueue(input);
        }
    }

    pub(super) fn connect(&mut self, number: usize, worker: usize) -> bool {
        let Some(client) = self.clients.get_mut(number) else {
            return false;
        };
        let replica = self
            .workers
            .get(worker)
            .and_then(|w| w.replica(client.stream));
        let (None, false, Some(replica)) = (&client.link, client.absent, replica) else {
            return false;
        };
        let since = client.cursor.clone();
        let resumed = since
            .as_ref()
            .is_some_and(|since| replica.model.knows(since));
        let looked_up = since.as_ref().map(|since| match self.mutant {
            Some(Mutant::EpochsMixed) => self.store.in_current_epoch(since),
            Some(Mutant::TrimmedCountsAsKnown) if !resumed => {
                let is_past = self.store.offset_of(since).is_some();
                is_past.then(|| replica.log.position_before(replica.log.first()))
            }
            _ => None,
        });
        let looked_up: Option<Position> = looked_up.flatten().or_else(|| since.clone());
        self.sessions += 1;
        let env = Env {
            replica,
            now: self.now,
            config: &self.config,
            mutant: self.mutant,
        };
        let server = Connection::new(
            (worker, self.sessions),
            (client.stream, client.only.as_ref()),
            looked_up.as_ref(),
            env,
        );
        client.page = None;
        client.link = Some(Link::new(server, since, resumed));
        true
    }

    pub(super) fn cut(&mut self, number: usize, silent: bool) {
        let link = self.clients.get_mut(number).and_then(|c| c.link.take());
        match link.map(|link| link.server) {
            Some(server) if silent => self.half_open.push(server),
            Some(server) => self.chat_room.leave(server.session, self.now, false),
            None => {}
        }
    }

    pub(super) fn reap(&mut self) {
        for server in std::mem::take(&mut self.half_open) {
            self.chat_room.leave(server.session, self.now, false);
        }
    }

    pub(super) fn crowd(&mut self, people: u8, joins: bool) {
        for number in 0..people {
            let session = CROWD + u64::from(number);
            if joins {
                self.chat_room.join(session, 100 + number, self.now);
            } else {
                self.chat_room.leave(session, self.now, false);
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
