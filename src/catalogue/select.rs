//! Pages of lists and parts of snapshots.

use std::cmp::Ordering;
use std::sync::Arc;

use super::entry::Entry;
use super::matcher::{Matcher, category};
use super::table::{Order, Slot, Table};
use super::{Catalogue, CategoryKey};
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::domain::product_query::ProductQuery;

/// A page of a list.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub entries: Vec<Arc<Entry>>,
    /// Matching products on all pages.
    pub total: u64,
}

impl Page {
    pub fn products(&self) -> impl ExactSizeIterator<Item = &Product> {
        self.entries.iter().map(|entry| &**entry.product())
    }

    /// The number of pages; an empty list has one empty page.
    pub fn pages(&self, limit: u32) -> u64 {
        self.total.div_ceil(u64::from(limit.max(1))).max(1)
    }
}

/// A part of a snapshot, in the order of ids.
#[derive(Debug, Clone)]
pub struct Chunk {
    pub entries: Vec<Arc<Entry>>,
    /// Products in later parts.
    pub remaining: u64,
}

/// The categories that are listed, at most.
const MAX_CATEGORIES: usize = 200;

impl Catalogue {
    /// The categories in use, in the order of their names.
    pub fn categories(&self) -> impl Iterator<Item = &str> {
        let names = self.categories.keys().map(|key| &*key.name);
        names.take(MAX_CATEGORIES)
    }

    /// The first `limit` products after `after`, only those in `only` if it is given.
    pub fn chunk(
        &self,
        after: Option<ProductId>,
        only: Option<&[ProductId]>,
        limit: usize,
    ) -> Chunk {
        match only {
            Some(ids) => self.chunk_of(ids, after, limit),
            None => {
                let all = self.all.by_id();
                let is_passed = |slot| match after {
                    Some(after) if self.table.id(slot) <= after => Ordering::Less,
                    _ => Ordering::Greater,
                };
                let rank = all.rank(is_passed);
                let slots = all.starting_at(rank).take(limit);
                self.part(slots, all.len() - rank)
            }
        }
    }

    fn chunk_of(&self, ids: &[ProductId], after: Option<ProductId>, limit: usize) -> Chunk {
        let mut ids: Vec<_> = ids.iter().filter(|id| Some(**id) > after).collect();
        ids.sort_unstable();
        ids.dedup();
        let slots = ids.into_iter().filter_map(|id| self.slots.get(id).copied());
        let slots: Vec<_> = slots.collect();
        let count = slots.len();
        self.part(slots.into_iter().take(limit), count)
    }

    fn part(&self, slots: impl Iterator<Item = Slot>, left: usize) -> Chunk {
        let entries = entries(&self.table, slots);
        Chunk {
            remaining: (left - entries.len()) as u64,
            entries,
        }
    }

    /// A page of the products that match a query. A page beyond the last is empty.
    pub fn page(&mut self, query: &ProductQuery) -> Page {
        let table = &self.table;
        let order = query.sort.map(Order::new);
        let group = match category(query) {
            None => &mut self.all,
            Some(name) => match self.categories.get_mut(&CategoryKey::new(name)) {
                Some(group) => group,
                None => return Page::default(),
            },
        };
        let offset = usize::try_from(query.offset()).unwrap_or(usize::MAX);
        let limit = query.limit as usize;
        let matcher = Matcher::new(query);
        if matcher.takes_all() {
            let slots = group.ordered(order, table);
            let shown = slots.starting_at(offset).take(limit);
            return Page {
                entries: entries(table, shown),
                total: slots.len() as u64,
            };
        }
        let slots = group.ordered(order, table).iter();
        let mut total = 0;
        let shown: Vec<_> = slots
            .filter(|slot| matcher.takes(table, *slot))
            .inspect(|_| total += 1)
            .enumerate()
            .filter(|(rank, _)| (offset..offset.saturating_add(limit)).contains(rank))
            .map(|(_, slot)| slot)
            .collect();
        Page {
            entries: entries(table, shown.into_iter()),
            total,
        }
    }
}

fn entries(table: &Table, slots: impl Iterator<Item = Slot>) -> Vec<Arc<Entry>> {
    slots
        .filter_map(|slot| table.entry(slot).cloned())
        .collect()
}
