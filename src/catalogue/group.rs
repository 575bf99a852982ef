//! The products that a list may show, in all the orders that lists have asked for.

use super::slot_list::SlotList;
use super::table::{Order, Slot, Table};

/// A set of products: all of them, or those of a category.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    by_id: SlotList,
    /// Made when a list first asks for them, and kept up to date from then on.
    sorted: Vec<(Order, SlotList)>,
}

impl Group {
    /// The slots must be in the order of ids.
    pub(super) fn from_sorted(slots: &[Slot]) -> Self {
        Self {
            by_id: SlotList::from_sorted(slots),
            sorted: Vec::new(),
        }
    }

    pub(super) fn by_id(&self) -> &SlotList {
        &self.by_id
    }

    /// The products in an order; `None` is the order of ids.
    pub(super) fn ordered(&mut self, order: Option<Order>, table: &Table) -> &SlotList {
        let Some(order) = order else {
            return &self.by_id;
        };
        let known = self.sorted.iter().position(|(known, _)| *known == order);
        let at = known.unwrap_or_else(|| {
            let mut slots: Vec<_> = self.by_id.iter().collect();
            slots.sort_unstable_by(|a, b| table.compare(Some(order), *a, *b));
            self.sorted.push((order, SlotList::from_sorted(&slots)));
            self.sorted.len() - 1
        });
        &self.sorted[at].1
    }

    /// The orders that have been asked for, of those that `takes` accepts.
    fn sorted_where(
        &mut self,
        takes: impl Fn(Order) -> bool,
    ) -> impl Iterator<Item = &mut (Order, SlotList)> {
        self.sorted
            .iter_mut()
            .filter(move |(order, _)| takes(*order))
    }

    /// Adds a product, whose entry is in the table.
    pub(super) fn insert(&mut self, slot: Slot, table: &Table) {
        let by_id = &mut self.by_id;
        by_id.insert(slot, |other| table.compare(None, other, slot));
        self.insert_where(slot, table, |_| true);
    }

    /// Adds a product to some of the orders.
    pub(super) fn insert_where(
        &mut self,
        slot: Slot,
        table: &Table,
        takes: impl Fn(Order) -> bool,
    ) {
        for (order, slots) in self.sorted_where(takes) {
            slots.insert(slot, |other| table.compare(Some(*order), other, slot));
        }
    }

    /// Removes a product, whose entry is still in the table.
    pub(super) fn remove(&mut self, slot: Slot, table: &Table) {
        let by_id = &mut self.by_id;
        by_id.remove(|other| table.compare(None, other, slot));
        self.remove_where(slot, table, |_| true);
    }

    /// Removes a product from some of the orders.
    pub(super) fn remove_where(
        &mut self,
        slot: Slot,
        table: &Table,
        takes: impl Fn(Order) -> bool,
    ) {
        for (order, slots) in self.sorted_where(takes) {
            slots.remove(|other| table.compare(Some(*order), other, slot));
        }
    }
}
