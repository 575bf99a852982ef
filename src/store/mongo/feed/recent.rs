//! The sequence numbers of the newest messages, for deletions by other programs: their events have
//! only an id, and there is no tombstone.

use std::collections::{HashMap, HashSet, VecDeque};

use futures_util::TryStreamExt;
use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;

use crate::store::StoreResult;
use crate::store::mongo::db::Db;
use crate::store::mongo::documents::{integer, object_id};

/// Messages that are remembered. If another program deletes an older one, that is not reported.
const CAPACITY: usize = 10_000;

/// Ids and sequence numbers of the newest messages.
#[derive(Debug, Default)]
pub(super) struct RecentMessages {
    numbers: HashMap<ObjectId, i64>,
    order: VecDeque<ObjectId>,
    /// During a replay: stored messages whose own event may still come.
    unreported: Option<HashSet<ObjectId>>,
}

impl RecentMessages {
    /// Reads the newest stored messages.
    pub(super) async fn stored(db: &Db) -> StoreResult<Self> {
        let numbered = doc! { "_id": { "$type": "objectId" }, "seq": { "$type": "number" } };
        let newest = db
            .messages
            .find(numbered)
            .sort(doc! { "seq": -1, "_id": -1 })
            .projection(doc! { "seq": 1 })
            .limit(CAPACITY as i64);
        let documents: Vec<_> = newest.await?.try_collect().await?;
        let mut recent = Self::default();
        for document in documents.iter().rev() {
            if let Some((id, seq)) = object_id(document).zip(integer(document, "seq")) {
                recent.remember(id, seq);
            }
        }
        Ok(recent)
    }

    /// Events from before the stored state was read will follow: they may be the first to report
    /// what is stored.
    pub(super) fn begin_replay(mut self) -> Self {
        self.unreported = Some(self.numbers.keys().copied().collect());
        self
    }

    /// Everything that is stored has been reported.
    pub(super) fn end_replay(mut self) -> Self {
        self.unreported = None;
        self
    }

    pub(super) fn is_replaying(&self) -> bool {
        self.unreported.is_some()
    }

    /// Remembers a message; false if it has been reported before.
    pub(super) fn remember(&mut self, id: ObjectId, seq: i64) -> bool {
        if self.numbers.insert(id, seq).is_some() {
            let unreported = self.unreported.as_mut();
            return unreported.is_some_and(|unreported| unreported.remove(&id));
        }
        self.order.push_back(id);
        if self.order.len() > CAPACITY {
            let oldest = self.order.pop_front();
            oldest.and_then(|oldest| self.numbers.remove(&oldest));
        }
        true
    }

    /// Forgets a deleted message: if it is stored again, it is reported again.
    pub(super) fn forget(&mut self, id: ObjectId) -> Option<i64> {
        self.numbers.remove(&id)
    }

    pub(super) fn is_reported(&self, id: ObjectId) -> bool {
        let is_unreported = |unreported: &HashSet<ObjectId>| unreported.contains(&id);
        self.numbers.contains_key(&id) && !self.unreported.as_ref().is_some_and(is_unreported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let ids: Vec<_> = (0..=CAPACITY).map(|_| ObjectId::new()).collect();
        let mut recent = RecentMessages::default();
        for (id, seq) in ids.iter().zip(0..) {
            assert!(recent.remember(*id, seq));
        }
        assert!(!recent.is_reported(ids[0]));
        assert!(!recent.remember(ids[1], 1));
        assert_eq!(recent.forget(ids[1]), Some(1));
        assert!(recent.remember(ids[1], 1));
    }

    #[test]
    fn a_replay_reports_stored_messages_once() {
        let (replayed, not_replayed) = (ObjectId::new(), ObjectId::new());
        let mut recent = RecentMessages::default();
        recent.remember(replayed, 1);
        recent.remember(not_replayed, 2);
        let mut recent = recent.begin_replay();
        assert!(!recent.is_reported(replayed));
        assert!(recent.remember(replayed, 1));
        assert!(recent.is_reported(replayed));
        assert!(!recent.remember(replayed, 1));
        let mut recent = recent.end_replay();
        assert!(recent.is_reported(not_replayed));
        assert!(!recent.remember(not_replayed, 2));
    }
}
