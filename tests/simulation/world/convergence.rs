//! Convergence: once everything is idle, clients must show what the store holds.

use super::World;
use crate::client::Client;
use crate::connection::Input;
use crate::plan::Stream;

impl World {
    /// Runs everything until it is idle, then compares clients with the store.
    pub(super) fn converge(&mut self, people: Option<usize>) -> Result<(), String> {
        self.run_until_idle()?;
        let replica = |client: &Client| match &client.link {
            Some(link) => self.workers[link.server.worker].replica(client.stream),
            None => None,
        };
        for (number, client) in self.clients.iter().enumerate() {
            let of_client = |message| format!("client {number}: {message}");
            if let (Some(link), Some(replica)) = (&client.link, replica(client)) {
                link.server.check_idle(&replica.log).map_err(of_client)?;
            }
            client.check_idle(&self.store, people).map_err(of_client)?;
        }
        // After a heartbeat the cursor of every client must be at the end.
        (0..self.clients.len()).for_each(|number| self.enqueue(number, Input::Heartbeat));
        self.run_until_idle()?;
        for (number, client) in self.clients.iter().enumerate() {
            let Some(link) = &client.link else {
                continue;
            };
            let replica = self.workers[link.server.worker].replica(client.stream);
            let is_live = client.stream == Stream::Products || link.server.is_joined();
            let end = replica.map(|replica| replica.log.cursor());
            if is_live && client.cursor.as_ref() != end {
                let at = &client.cursor;
                return Err(format!("client {number} ends at {at:?}, not {end:?}"));
            }
        }
        self.tally.count("convergences");
        Ok(())
    }

    fn run_until_idle(&mut self) -> Result<(), String> {
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
        Err("the world does not become idle".into())
    }

    /// All clients reconnect, and the grace period of the chat passes.
    pub(super) fn end(&mut self) -> Result<(), String> {
        self.converge(None)?;
        self.reap();
        for _ in 0..2 {
            for number in 0..self.clients.len() {
                self.connect(number, number % self.config.workers);
                self.enqueue(number, Input::Join(number as u8 % 3));
            }
            self.run_until_idle()?;
        }
        self.pass(5_000, false)?;
        self.converge(Some(self.chat_room.people()))
    }
}
