//! A model of the store: committed changes in order, and the state that they lead to.

use std::collections::{BTreeMap, BTreeSet};

use vitrina::domain::position::Position;

use crate::plan::Stream;

/// A kind of committed change. `state` numbers all states of all products, across epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Product { id: u8, state: u32, gone: bool },
    Message { seq: i64 },
    Deleted { seq: i64 },
    Cart,
}

impl ChangeKind {
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
    pub(crate) kind: ChangeKind,
}

/// All durable data. An offset is a number of changes; each restored backup begins an epoch.
#[derive(Debug)]
pub(crate) struct Store {
    epoch: u32,
    states: u32,
    origin: Position,
    pub(crate) changes: Vec<Change>,
    /// Each product's newest state, and whether it is gone.
    newest: BTreeMap<u8, (u32, bool)>,
    messages: BTreeSet<i64>,
    newest_seq: i64,
}

fn position(offset: usize, epoch: u32) -> Position {
    Position::new(format!("{offset}-{epoch}")).expect("digits and a dash")
}

fn offset(position: &Position) -> Option<usize> {
    position.as_str().split_once('-')?.0.parse().ok()
}

impl Store {
    pub(crate) fn new() -> Self {
        Self {
            epoch: 1,
            states: 0,
            origin: position(0, 1),
            changes: Vec::new(),
            newest: BTreeMap::new(),
            messages: BTreeSet::new(),
            newest_seq: 0,
        }
    }

    fn commit(&mut self, kind: ChangeKind) {
        self.apply(kind);
        self.changes.push(Change {
            position: position(self.changes.len() + 1, self.epoch),
            kind,
        });
    }

    fn apply(&mut self, kind: ChangeKind) {
        match kind {
            ChangeKind::Product { id, state, gone } => {
                self.newest.insert(id, (state, gone));
            }
            ChangeKind::Message { seq } => {
                self.messages.insert(seq);
                self.newest_seq = seq;
            }
            ChangeKind::Deleted { seq } => {
                self.messages.remove(&seq);
            }
            ChangeKind::Cart => {}
        }
    }

    /// Creates, changes or deletes a product; a missing one is created in any case.
    pub(crate) fn write_product(&mut self, id: u8, gone: bool) {
        let exists = self.product(id).is_some_and(|(_, gone)| !gone);
        self.states += 1;
        self.commit(ChangeKind::Product {
            id,
            state: self.states,
            gone: gone && exists,
        });
    }

    pub(crate) fn append_message(&mut self) {
        self.commit(ChangeKind::Message {
            seq: self.newest_seq + 1,
        });
    }

    pub(crate) fn delete_message(&mut self, nth: usize) {
        if let Some(seq) = self.messages.iter().rev().nth(nth).copied() {
            self.commit(ChangeKind::Deleted { seq });
        }
    }

    pub(crate) fn write_cart(&mut self) {
        self.commit(ChangeKind::Cart);
    }

    /// Drops the last `lost` changes and begins an epoch with a change of its own.
    pub(crate) fn restore(&mut self, lost: usize) {
        let kept = self.changes.len().saturating_sub(lost);
        self.changes.truncate(kept);
        self.newest.clear();
        self.messages.clear();
        self.newest_seq = 0;
        let kinds: Vec<_> = self.changes.iter().map(|change| change.kind).collect();
        kinds.into_iter().for_each(|kind| self.apply(kind));
        self.epoch += 1;
        self.commit(ChangeKind::Cart);
    }

    pub(crate) fn end(&self) -> usize {
        self.changes.len()
    }

    pub(crate) fn position_at(&self, offset: usize) -> &Position {
        match offset.checked_sub(1) {
            Some(index) => &self.changes[index].position,
            None => &self.origin,
        }
    }

    /// The offset of a position of this epoch, or of an earlier epoch where both share their
    /// changes.
    pub(crate) fn offset_of(&self, position: &Position) -> Option<usize> {
        let offset = offset(position)?;
        (offset <= self.end() && self.position_at(offset) == position).then_some(offset)
    }

    /// The position of this epoch at the same offset.
    pub(crate) fn in_current_epoch(&self, position: &Position) -> Option<Position> {
        let offset = offset(position)?;
        (offset <= self.end()).then(|| self.position_at(offset).clone())
    }

    /// The newest state of a product, and whether it is gone; `None` if it never existed.
    pub(crate) fn product(&self, id: u8) -> Option<(u32, bool)> {
        self.newest.get(&id).copied()
    }

    /// The existing products.
    pub(crate) fn products(&self, only: Option<&[u8]>) -> BTreeMap<u8, u32> {
        let is_selected = |id: &u8| only.is_none_or(|only| only.contains(id));
        self.newest
            .iter()
            .filter(|(id, (_, gone))| !gone && is_selected(id))
            .map(|(id, (state, _))| (*id, *state))
            .collect()
    }

    /// The products that existed at an offset.
    pub(crate) fn products_at(&self, offset: usize) -> BTreeMap<u8, u32> {
        let mut products = BTreeMap::new();
        for change in &self.changes[..offset] {
            match change.kind {
                ChangeKind::Product { id, gone: true, .. } => {
                    products.remove(&id);
                }
                ChangeKind::Product { id, state, .. } => {
                    products.insert(id, state);
                }
                ChangeKind::Message { .. } | ChangeKind::Deleted { .. } | ChangeKind::Cart => {}
            }
        }
        products
    }

    /// A chunk of a snapshot, and the number of products after it.
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

    /// The messages that were committed up to an offset and still exist.
    pub(crate) fn messages_until(&self, offset: usize) -> Vec<i64> {
        let kinds = self.changes[..offset].iter().map(|change| change.kind);
        let seqs = kinds.filter_map(|kind| match kind {
            ChangeKind::Message { seq } => Some(seq),
            _ => None,
        });
        seqs.filter(|seq| self.messages.contains(seq)).collect()
    }

    /// The offset at which a message was committed.
    pub(crate) fn offset_of_message(&self, seq: i64) -> Option<usize> {
        let is_it = |change: &Change| change.kind == ChangeKind::Message { seq };
        self.changes.iter().position(is_it).map(|index| index + 1)
    }

    pub(crate) fn newest_seq(&self) -> i64 {
        self.newest_seq
    }
}
