//! Chat frames at a client: histories, messages and deletions.

use vitrina::domain::position::Position;

use super::Client;
use crate::store::{ChangeKind, Store};
use crate::wire::Received;

impl Client {
    pub(super) fn on_chat_change(
        &mut self,
        kind: ChangeKind,
        received: &Received,
    ) -> Result<(), String> {
        match (kind, received) {
            (ChangeKind::Message { seq }, Received::Message { seq: about, .. })
                if seq == *about =>
            {
                if !self.messages.insert(seq) {
                    return Err(format!("message {seq} sent twice"));
                }
            }
            (ChangeKind::Deleted { seq }, Received::Deleted { seq: about, .. })
                if seq == *about =>
            {
                self.messages.remove(&seq);
            }
            _ => return Err("another change has this position".into()),
        }
        Ok(())
    }

    /// A history must hold the newest messages up to its position, and none after it.
    pub(super) fn on_history(
        &mut self,
        cursor: &Position,
        seqs: &[i64],
        store: &Store,
    ) -> Result<(), String> {
        let offset = store.offset_of(cursor).ok_or("an unknown position")?;
        if let Some(link) = &mut self.link {
            if link.offset.is_some_and(|before| offset < before) {
                return Err("a history of an earlier position".into());
            }
            link.offset = Some(offset);
        }
        let is_later = |seq: &&i64| store.offset_of_message(**seq).is_none_or(|at| at > offset);
        if let Some(seq) = seqs.iter().find(is_later) {
            return Err(format!(
                "message {seq} is later than the history's position"
            ));
        }
        if !seqs.is_sorted() || seqs.len() > self.history {
            return Err("the history is out of order or too long".into());
        }
        let is_complete = seqs.len() < self.history;
        let first = if is_complete { 0 } else { seqs[0] };
        let mut expected = store.messages_until(offset).into_iter();
        if let Some(seq) = expected.find(|seq| *seq >= first && !seqs.contains(seq)) {
            return Err(format!("message {seq} is missing from the history"));
        }
        self.messages = seqs.iter().copied().collect();
        self.first = first;
        self.cursor = Some(cursor.clone());
        Ok(())
    }
}
