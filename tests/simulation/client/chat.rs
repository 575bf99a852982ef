//! What a client of the chat is told: histories, messages and their deletions.

use vitrina::domain::position::Position;

use super::Client;
use crate::store::{Fact, Store};
use crate::wire::Told;

impl Client {
    pub(super) fn talk(&mut self, fact: Fact, told: &Told) -> Result<(), String> {
        match (fact, told) {
            (Fact::Message { seq }, Told::Message { seq: about, .. }) if seq == *about => {
                if !self.messages.insert(seq) {
                    return Err(format!("message {seq} told twice"));
                }
            }
            (Fact::Deleted { seq }, Told::Deleted { seq: about, .. }) if seq == *about => {
                self.messages.remove(&seq);
            }
            _ => return Err("no such change is at this place".into()),
        }
        Ok(())
    }

    /// A history has the newest messages up to its place, and none behind it.
    pub(super) fn hear_history(
        &mut self,
        cursor: &Position,
        seqs: &[i64],
        store: &Store,
    ) -> Result<(), String> {
        let place = store.place_of(cursor).ok_or("a place of no stream")?;
        if let Some(link) = &mut self.link {
            if link.place.is_some_and(|before| place < before) {
                return Err("a history of an earlier place".into());
            }
            link.place = Some(place);
        }
        let is_behind = |seq: &&i64| store.place_of_message(**seq).is_none_or(|at| at > place);
        if let Some(seq) = seqs.iter().find(is_behind) {
            return Err(format!("message {seq} is behind the place of the history"));
        }
        if !seqs.is_sorted() || seqs.len() > self.history {
            return Err("the history is out of order or too long".into());
        }
        let whole = seqs.len() < self.history;
        let first = if whole { 0 } else { seqs[0] };
        let mut due = store.messages_until(place).into_iter();
        if let Some(seq) = due.find(|seq| *seq >= first && !seqs.contains(seq)) {
            return Err(format!("message {seq} is missing from the history"));
        }
        self.messages = seqs.iter().copied().collect();
        self.first = first;
        self.cursor = Some(cursor.clone());
        Ok(())
    }
}
