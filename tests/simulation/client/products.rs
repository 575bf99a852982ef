//! Product frames at a client: snapshots and updates.

use std::collections::BTreeMap;

use vitrina::domain::position::Position;

use super::Client;
use crate::mutant::Mutant;
use crate::store::{ChangeKind, Store};
use crate::tally::Tally;

impl Client {
    pub(super) fn on_update(
        &mut self,
        kind: ChangeKind,
        (id, state, gone): (u8, u32, bool),
    ) -> Result<(), String> {
        let ChangeKind::Product {
            id: about,
            state: oldest,
            ..
        } = kind
        else {
            return Err("the change at this position is not of a product".into());
        };
        if about != id || !self.wants(kind) {
            return Err("an update of another product".into());
        }
        if let Some(link) = &mut self.link {
            let newest = link.states.insert(id, state).unwrap_or(0).max(oldest);
            if state < newest {
                return Err(format!("state {state} after {newest}"));
            }
        }
        if gone {
            self.view.remove(&id);
        } else {
            self.view.insert(id, state);
        }
        Ok(())
    }

    pub(super) fn on_products(
        &mut self,
        cursor: &Position,
        remaining: u64,
        products: &[(u8, u32)],
        store: &Store,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let Some(link) = &mut self.link else {
            return Ok(());
        };
        let snapshot = link.snapshot.get_or_insert_default();
        for (id, state) in products {
            if snapshot
                .last_key_value()
                .is_some_and(|(last, _)| last >= id)
            {
                return Err(format!("product {id} is out of order"));
            }
            snapshot.insert(*id, *state);
        }
        if self.mutant == Some(Mutant::PartialSnapshotAdopted) {
            self.cursor = Some(cursor.clone());
        }
        if remaining > 0 {
            return Ok(());
        }
        tally.count("snapshots");
        let offset = store.offset_of(cursor).ok_or("an unknown position")?;
        if link.offset.is_some_and(|before| offset < before) {
            return Err("a snapshot of an earlier position".into());
        }
        let snapshot = link.snapshot.take().unwrap_or_default();
        let states = std::mem::take(&mut link.states);
        link.offset = Some(offset);
        self.check_snapshot(&snapshot, offset, &states, store)?;
        self.view = snapshot;
        self.cursor = Some(cursor.clone());
        Ok(())
    }

    /// A snapshot must hold at least all changes up to its position, and all states received
    /// before.
    fn check_snapshot(
        &self,
        snapshot: &BTreeMap<u8, u32>,
        offset: usize,
        received: &BTreeMap<u8, u32>,
        store: &Store,
    ) -> Result<(), String> {
        let at_position = store.products_at(offset);
        for (id, oldest) in at_position.iter().chain(received) {
            let is_followed = self.only.as_ref().is_none_or(|only| only.contains(id));
            let shown = snapshot.get(id).copied();
            let is_old = shown.is_some_and(|shown| shown < *oldest);
            // A product whose state has not changed since was in that state when the snapshot was
            // read.
            let is_missing = shown.is_none() && store.product(*id) == Some((*oldest, false));
            if is_followed && (is_old || is_missing) {
                return Err(format!("product {id} is older than its state {oldest}"));
            }
        }
        Ok(())
    }
}
