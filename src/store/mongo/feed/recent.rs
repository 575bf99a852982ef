//! The numbers of the newest messages, for deletions that another program makes: their events have
//! only an id, and nobody left a tombstone.

use std::collections::{HashMap, HashSet, VecDeque};

use futures_util::TryStreamExt;
use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;

use crate::store::StoreResult;
use crate::store::mongo::collections::Collections;
use crate::store::mongo::document::{member, number, object_id};

/// Messages that are remembered. The deletion of an older one by another program is not told.
const REMEMBERED: usize = 10_000;

/// Ids and numbers of the newest messages.
#[derive(Debug, Default)]
pub(super) struct RecentMessages {
    numbers: HashMap<ObjectId, i64>,
    order: VecDeque<ObjectId>,
    /// While the past is gone through: those that are stored, and whose own event may be ahead.
    ahead: Option<HashSet<ObjectId>>,
}

impl RecentMessages {
    /// Those that are stored.
    pub(super) async fn stored(collections: &Collections) -> StoreResult<Self> {
        let numbered = doc! { "_id": { "$type": "objectId" }, "seq": { "$type": "number" } };
        let newest = collections
            .messages
            .find(numbered)
            .sort(doc! { "seq": -1, "_id": -1 });
        let newest = newest
            .projection(doc! { "seq": 1 })
            .limit(REMEMBERED as i64);
        let documents: Vec<_> = newest.await?.try_collect().await?;
        let mut recent = Self::default();
        for document in documents.iter().rev() {
            let seq = member(document, "seq").and_then(number::whole);
            if let Some((id, seq)) = object_id(document).zip(seq) {
                recent.remember(id, seq);
            }
        }
        Ok(recent)
    }

    /// The same for a feed that goes through events of before this call: what is stored by now may
    /// be told by them for the first time.
    pub(super) fn before_the_past(mut self) -> Self {
        self.ahead = Some(self.numbers.keys().copied().collect());
        self
    }

    /// The past was gone through: all that is stored has been told.
    pub(super) fn after_the_past(mut self) -> Self {
        self.ahead = None;
        self
    }

    /// Whether events of the past are gone through.
    pub(super) fn is_in_the_past(&self) -> bool {
        self.ahead.is_some()
    }

    /// Remembers a message; false when it was known.
    pub(super) fn remember(&mut self, id: ObjectId, seq: i64) -> bool {
        if self.numbers.insert(id, seq).is_some() {
            return self.ahead.as_mut().is_some_and(|ahead| ahead.remove(&id));
        }
        self.order.push_back(id);
        if self.order.len() > REMEMBERED {
            let oldest = self.order.pop_front();
            oldest.and_then(|oldest| self.numbers.remove(&oldest));
        }
        true
    }

    /// Forgets a deleted message: if somebody stores it again, it is told again.
    pub(super) fn forget(&mut self, id: ObjectId) -> Option<i64> {
        self.numbers.remove(&id)
    }

    /// Whether the message has been told.
    pub(super) fn knows(&self, id: ObjectId) -> bool {
        let is_ahead = |ahead: &HashSet<ObjectId>| ahead.contains(&id);
        self.numbers.contains_key(&id) && !self.ahead.as_ref().is_some_and(is_ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        let ids: Vec<_> = (0..=REMEMBERED).map(|_| ObjectId::new()).collect();
        let mut recent = RecentMessages::default();
        for (id, seq) in ids.iter().zip(0..) {
            assert!(recent.remember(*id, seq));
        }
        assert!(!recent.knows(ids[0]));
        assert!(!recent.remember(ids[1], 1));
        assert_eq!(recent.forget(ids[1]), Some(1));
        assert!(recent.remember(ids[1], 1));
    }

    #[test]
    fn the_past_tells_once_what_is_stored() {
        let (told, untold) = (ObjectId::new(), ObjectId::new());
        let mut recent = RecentMessages::default();
        recent.remember(told, 1);
        recent.remember(untold, 2);
        let mut recent = recent.before_the_past();
        assert!(!recent.knows(told));
        assert!(recent.remember(told, 1));
        assert!(recent.knows(told));
        assert!(!recent.remember(told, 1));
        let mut recent = recent.after_the_past();
        assert!(recent.knows(untold));
        assert!(!recent.remember(untold, 2));
    }
}
