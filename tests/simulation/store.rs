//! The shadow: what was committed, in order, and what there is now.

use std::collections::{BTreeMap, BTreeSet};

use vitrina::domain::position::Position;

use crate::plan::Stream;

/// A committed change. `state` numbers the states that products ever had, over all lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Product { id: u8, state: u32, gone: bool },
    Message { seq: i64 },
    Deleted { seq: i64 },
    Cart,
}

impl Fact {
    pub(crate) fn is_of(&self, stream: Stream) -> bool {
        match self {
            Self::Product { .. } => stream == Stream::Products,
            Self::Message { .. } | Self::Deleted { .. } => stream == Stream::Chat,
            Self::Cart => false,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) position: Position,
    pub(crate) fact: Fact,
}

/// Everything durable. A place is the number of changes up to there.
#[derive(Debug)]
pub(crate) struct Store {
    life: u32,
    states: u32,
    origin: Position,
    pub(crate) changes: Vec<Change>,
    /// Each product's newest state, and whether it is gone.
    newest: BTreeMap<u8, (u32, bool)>,
    messages: BTreeSet<i64>,
    newest_seq: i64,
}

fn position(place: usize, life: u32) -> Position {
    Position::new(format!("{place}-{life}")).expect("digits and a dash")
}

fn place(position: &Position) -> Option<usize> {
    position.as_str().split_once('-')?.0.parse().ok()
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            life: 1,
            states: 0,
            origin: position(0, 1),
            changes: Vec::new(),
            newest: BTreeMap::new(),
            messages: BTreeSet::new(),
            newest_seq: 0,
        }
    }

    fn commit(&mut self, fact: Fact) {
        self.apply(fact);
        self.changes.push(Change {
            position: position(self.changes.len() + 1, self.life),
            fact,
        });
    }

    fn apply(&mut self, fact: Fact) {
        match fact {
            Fact::Product { id, state, gone } => {
                self.newest.insert(id, (state, gone));
            }
            Fact::Message { seq } => {
                self.messages.insert(seq);
                self.newest_seq = seq;
            }
            Fact::Deleted { seq } => {
                self.messages.remove(&seq);
            }
            Fact::Cart => {}
        }
    }

    /// Creates, changes or deletes a product; one that is not there is created.
    pub(crate) fn write_product(&mut self, id: u8, gone: bool) {
        let exists = self.product(id).is_some_and(|(_, gone)| !gone);
        self.states += 1;
        self.commit(Fact::Product {
            id,
            state: self.states,
            gone: gone && exists,
        });
    }

    pub(crate) fn append_message(&mut self) {
        self.commit(Fact::Message {
            seq: self.newest_seq + 1,
        });
    }

    pub(crate) fn delete_message(&mut self, nth: usize) {
        if let Some(seq) = self.messages.iter().rev().nth(nth).copied() {
            self.commit(Fact::Deleted { seq });
        }
    }

    pub(crate) fn write_cart(&mut self) {
        self.commit(Fact::Cart);
    }

    /// Goes back to a state before the last changes, and begins another life with a mark.
    pub(crate) fn restore(&mut self, lost: usize) {
        let kept = self.changes.len().saturating_sub(lost);
        self.changes.truncate(kept);
        self.newest.clear();
        self.messages.clear();
        self.newest_seq = 0;
        let facts: Vec<_> = self.changes.iter().map(|change| change.fact).collect();
        facts.into_iter().for_each(|fact| self.apply(fact));
        self.life += 1;
        self.commit(Fact::Cart);
    }

    /// The newest place.
    pub(crate) fn end(&self) -> usize {
        self.changes.len()
    }

    pub(crate) fn position_at(&self, place: usize) -> &Position {
        match place.checked_sub(1) {
            Some(index) => &self.changes[index].position,
            None => &self.origin,
        }
    }

    /// The place of a position of this life, or of what it shares with former ones.
    pub(crate) fn place_of(&self, position: &Position) -> Option<usize> {
        let place = place(position)?;
        (place <= self.end() && self.position_at(place) == position).then_some(place)
    }

    /// The position of this life that has the same number.
    pub(crate) fn in_this_life(&self, position: &Position) -> Option<Position> {
        let place = place(position)?;
        (place <= self.end()).then(|| self.position_at(place).clone())
    }

    /// The newest state of a product, and whether it is gone; `None` when it never was.
    pub(crate) fn product(&self, id: u8) -> Option<(u32, bool)> {
        self.newest.get(&id).copied()
    }

    /// The products that there are.
    pub(crate) fn products(&self, only: Option<&[u8]>) -> BTreeMap<u8, u32> {
        let wanted = |id: &u8| only.is_none_or(|only| only.contains(id));
        self.newest
            .iter()
            .filter(|(id, (_, gone))| !gone && wanted(id))
            .map(|(id, (state, _))| (*id, *state))
            .collect()
    }

    /// The products that there were at a place.
    pub(crate) fn products_at(&self, place: usize) -> BTreeMap<u8, u32> {
        let mut products = BTreeMap::new();
        for change in &self.changes[..place] {
            match change.fact {
                Fact::Product { id, gone: true, .. } => {
                    products.remove(&id);
                }
                Fact::Product { id, state, .. } => {
                    products.insert(id, state);
                }
                Fact::Message { .. } | Fact::Deleted { .. } | Fact::Cart => {}
            }
        }
        products
    }

    /// A part of a snapshot: products, and how many are still to come.
    pub(crate) fn chunk(
        &self,
        after: Option<u8>,
        only: Option<&[u8]>,
        limit: usize,
    ) -> (Vec<(u8, u32)>, u64) {
        let mut products: Vec<_> = self.products(only).into_iter().collect();
        products.retain(|(id, _)| after.is_none_or(|after| *id > after));
        let remaining = products.len().saturating_sub(limit) as u64;
        products.truncate(limit);
        (products, remaining)
    }

    /// The newest messages before a sequence number, oldest first.
    pub(crate) fn history(&self, before: i64, limit: usize) -> Vec<i64> {
        let newest = self.messages.range(..before).rev().take(limit);
        let mut history: Vec<_> = newest.copied().collect();
        history.reverse();
        history
    }

    /// The messages that were committed up to a place and are still there.
    pub(crate) fn messages_until(&self, place: usize) -> Vec<i64> {
        let facts = self.changes[..place].iter().map(|change| change.fact);
        let seqs = facts.filter_map(|fact| match fact {
            Fact::Message { seq } => Some(seq),
            _ => None,
        });
        seqs.filter(|seq| self.messages.contains(seq)).collect()
    }

    /// The place at which a message was committed.
    pub(crate) fn place_of_message(&self, seq: i64) -> Option<usize> {
        let is_it = |change: &Change| change.fact == Fact::Message { seq };
        self.changes.iter().position(is_it).map(|index| index + 1)
    }

    pub(crate) fn newest_seq(&self) -> i64 {
        self.newest_seq
    }
}
