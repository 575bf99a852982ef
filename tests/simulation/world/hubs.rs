//! The hubs of a world: the feed, the clock, and starts from the store.

use std::time::Duration;

use vitrina::catalogue::Update;
use vitrina::domain::ids::ProductId;
use vitrina::realtime::Entry;

use super::World;
use crate::chat_room::ChatRoom;
use crate::hub::{Channel, Worker};
use crate::mutant::Mutant;
use crate::plan::Stream;
use crate::store::{Change, ChangeKind};
use crate::wire::Received;

/// How often the hubs' clock ticks.
const TICK: Duration = Duration::from_millis(100);

impl World {
    /// (Re)starts the server, which replays the last `back` changes.
    pub(super) fn start(&mut self, back: usize) -> Result<(), String> {
        self.tally.count("starts");
        self.clients
            .iter_mut()
            .for_each(|client| client.link = None);
        self.half_open.clear();
        self.chat_room = ChatRoom::default();
        let base = self.store.end().saturating_sub(back).max(self.epoch_start);
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

    pub(super) fn feed(&mut self, changes: usize) -> Result<(), String> {
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
        match change.kind {
            ChangeKind::Product { id, state, gone } => {
                let newest = self.store.product(id).filter(|_| self.config.late_content);
                let (state, gone) = newest.unwrap_or((state, gone));
                let update = Received::Update {
                    cursor: cursor.clone(),
                    id,
                    state,
                    gone,
                };
                let product = Update::gone(ProductId::from_bytes([id; 12]));
                let entry = Entry::product(cursor, product, update.frame(), at);
                Some((Stream::Products, entry))
            }
            ChangeKind::Message { seq } => {
                let message = Received::Message {
                    cursor: cursor.clone(),
                    seq,
                };
                let mut entry = Entry::chat(cursor, Some(seq), message.frame(), at);
                if self.mutant == Some(Mutant::ChatConflated) {
                    entry.update = Some(Update::gone(ProductId::from_bytes([1; 12])));
                }
                Some((Stream::Chat, entry))
            }
            ChangeKind::Deleted { seq } => {
                let deleted = Received::Deleted {
                    cursor: cursor.clone(),
                    seq,
                };
                let entry = Entry::chat(cursor, None, deleted.frame(), at);
                Some((Stream::Chat, entry))
            }
            ChangeKind::Cart => None,
        }
    }

    fn channel(&mut self, stream: Stream) -> &mut Channel {
        match stream {
            Stream::Products => &mut self.products,
            Stream::Chat => &mut self.chat,
        }
    }

    pub(super) fn send_ephemeral(
        &mut self,
        stream: Stream,
        online: Option<usize>,
    ) -> Result<(), String> {
        let now = self.now;
        let channel = self.channel(stream);
        channel.serial += 1;
        let serial = channel.serial;
        let ephemeral = Received::Ephemeral { serial, online };
        channel.append(Entry::ephemeral(ephemeral.frame(), now));
        self.catch_up()
    }

    pub(super) fn catch_up(&mut self) -> Result<(), String> {
        let mailbox = self.config.mailbox;
        self.products.catch_up(&mut self.workers, mailbox)?;
        self.chat.catch_up(&mut self.workers, mailbox)
    }

    pub(super) fn pass(&mut self, millis: u64, suspended: bool) -> Result<(), String> {
        let end = self.now + Duration::from_millis(millis);
        while !suspended && self.now + TICK < end {
            self.now += TICK;
            self.tick()?;
        }
        self.now = end;
        self.tick()
    }

    fn tick(&mut self) -> Result<(), String> {
        for online in self.chat_room.tick(self.now)? {
            self.send_ephemeral(Stream::Chat, Some(online))?;
        }
        self.catch_up()
    }

    /// Reopens the feed at the store's newest change; the changes between are not published.
    pub(super) fn lose_feed(&mut self) -> Result<(), String> {
        self.tally.count("feeds lost");
        self.fed = self.store.end();
        let base = self.store.position_at(self.fed).clone();
        let seq = match self.mutant {
            Some(Mutant::StaleNewestSeq) => self.chat.log.newest_seq(),
            _ => self.store.newest_seq(),
        };
        if self.mutant != Some(Mutant::FeedGapIgnored) {
            self.products.restart(&base, seq);
            self.chat.restart(&base, seq);
        }
        self.catch_up()
    }
}
