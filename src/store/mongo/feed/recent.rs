//! The numbers of the newest messages, for deletions that another program makes: their events have
//! only an id, and nobody left a tombstone.

use std::collections::{HashMap, VecDeque};

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

    /// Remembers a message; false when it was known.
    pub(super) fn remember(&mut self, id: ObjectId, seq: i64) -> bool {
        if self.numbers.insert(id, seq).is_some() {
            return false;
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
        self.numbers.contains_key(&id)
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
}
