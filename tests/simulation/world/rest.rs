//! A world at rest: all that can be done is done, and what clients see must be what there is.

use super::World;
use crate::client::Client;
use crate::connection::Input;
use crate::plan::Stream;

impl World {
    /// Does all that can be done until nothing is left, then compares.
    pub(super) fn settle(&mut self, people: Option<usize>) -> Result<(), String> {
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
    pub(super) fn end(&mut self) -> Result<(), String> {
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
