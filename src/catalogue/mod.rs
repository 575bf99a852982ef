//! The catalogue in memory: the products at one position of the product stream, and what lists,
//! searches and snapshots show of them.
//!
//! A plain state machine: changes in, answers out; no clock, channel or I/O. Every worker has its
//! own, which applies the changes in the order of the stream; the entries are shared.

mod entry;
mod faults;
mod group;
mod matcher;
#[cfg(test)]
mod search_tests;
mod select;
mod slot_list;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use self::group::Group;
use self::table::{Slot, Table};
use crate::domain::change::ProductChange;
use crate::domain::ids::ProductId;
use crate::domain::position::Position;

pub use entry::{Entry, sort_key};
pub use select::{Chunk, Page};

/// The new state of a product.
#[derive(Debug, Clone)]
pub struct Update {
    pub id: ProductId,
    /// `None` if the product is gone.
    pub entry: Option<Arc<Entry>>,
}

impl Update {
    /// The product is gone.
    pub fn gone(id: ProductId) -> Self {
        Self { id, entry: None }
    }
}

impl From<&ProductChange> for Update {
    fn from(change: &ProductChange) -> Self {
        let product = change.product.clone();
        Self {
            id: change.id,
            entry: product.map(|product| Arc::new(Entry::new(product))),
        }
    }
}

/// All products at a position.
#[derive(Debug, Clone)]
pub struct Catalogue {
    position: Position,
    table: Table,
    slots: HashMap<ProductId, Slot>,
    all: Group,
    categories: BTreeMap<CategoryKey, Group>,
}

/// A category in the order in which categories are shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct CategoryKey {
    sort_key: Box<[u8]>,
    name: Box<str>,
}

impl CategoryKey {
    fn new(name: &str) -> Self {
        Self {
            sort_key: sort_key(name),
            name: name.into(),
        }
    }

    /// The category of a product, whose entry has the sort key already.
    fn of(entry: &Entry) -> Self {
        Self {
            sort_key: entry.category_key().into(),
            name: entry.product().category.as_str().into(),
        }
    }
}

impl Catalogue {
    /// The catalogue at `position`. Of two entries of one product the later one counts.
    pub fn new(position: Position, entries: impl IntoIterator<Item = Arc<Entry>>) -> Self {
        let mut table = Table::default();
        let mut slots = HashMap::new();
        for entry in entries {
            let id = entry.product().id;
            match slots.get(&id) {
                Some(slot) => table.replace(*slot, entry),
                None => drop(slots.insert(id, table.insert(entry))),
            }
        }
        let mut sorted: Vec<_> = slots.values().copied().collect();
        sorted.sort_unstable_by_key(|slot| table.id(*slot));
        let mut categories: BTreeMap<CategoryKey, Vec<Slot>> = BTreeMap::new();
        for slot in &sorted {
            if let Some(entry) = table.entry(*slot) {
                let key = CategoryKey::of(entry);
                categories.entry(key).or_default().push(*slot);
            }
        }
        let groups = categories.into_iter();
        Self {
            position,
            all: Group::from_sorted(&sorted),
            categories: groups
                .map(|(key, slots)| (key, Group::from_sorted(&slots)))
                .collect(),
            slots,
            table,
        }
    }

    /// The position of the product stream whose state this is.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// All products, in no order.
    pub fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.table.entries()
    }

    pub fn entry(&self, id: ProductId) -> Option<&Arc<Entry>> {
        self.table.entry(*self.slots.get(&id)?)
    }

    /// Applies the next change of the stream.
    pub fn apply(&mut self, position: Position, update: Update) {
        self.position = position;
        let slot = self.slots.get(&update.id).copied();
        match (slot, update.entry) {
            (None, None) => {}
            (None, Some(entry)) => self.insert(entry),
            (Some(slot), None) => self.remove(slot),
            (Some(slot), Some(entry)) => self.replace(slot, &entry),
        }
    }

    fn insert(&mut self, entry: Arc<Entry>) {
        let id = entry.product().id;
        let category = CategoryKey::of(&entry);
        let slot = self.table.insert(entry);
        self.slots.insert(id, slot);
        self.all.insert(slot, &self.table);
        let group = self.categories.entry(category).or_default();
        group.insert(slot, &self.table);
    }

    fn remove(&mut self, slot: Slot) {
        self.slots.remove(&self.table.id(slot));
        self.all.remove(slot, &self.table);
        if let Some(entry) = self.table.entry(slot) {
            let category = CategoryKey::of(entry);
            self.leave_category(&category, slot);
        }
        self.table.remove(slot);
    }

    fn leave_category(&mut self, category: &CategoryKey, slot: Slot) {
        if let Some(group) = self.categories.get_mut(category) {
            group.remove(slot, &self.table);
            if group.by_id().len() == 0 {
                self.categories.remove(category);
            }
        }
    }

    /// Moves a product in the orders where its place differs.
    fn replace(&mut self, slot: Slot, entry: &Arc<Entry>) {
        let Some(former) = self.table.entry(slot).cloned() else {
            return;
        };
        let moves = |order| !Table::is_unmoved(order, &former, entry);
        let (before, after) = (CategoryKey::of(&former), CategoryKey::of(entry));
        let stays = before == after;

        self.all.remove_where(slot, &self.table, moves);
        if !stays {
            self.leave_category(&before, slot);
        } else if let Some(group) = self.categories.get_mut(&before) {
            group.remove_where(slot, &self.table, moves);
        }
        self.table.replace(slot, Arc::clone(entry));
        self.all.insert_where(slot, &self.table, moves);
        let group = self.categories.entry(after).or_default();
        if stays {
            group.insert_where(slot, &self.table, moves);
        } else {
            group.insert(slot, &self.table);
        }
    }
}
