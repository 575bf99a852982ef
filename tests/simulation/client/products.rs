//! What a client of the product stream is told: snapshots and updates.

use std::collections::BTreeMap;

use vitrina::domain::position::Position;

use super::Client;
use crate::plant::Plant;
use crate::store::{Fact, Store};
use crate::tally::Tally;

impl Client {
    pub(super) fn update(
        &mut self,
        fact: Fact,
        (id, state, gone): (u8, u32, bool),
    ) -> Result<(), String> {
        let Fact::Product {
            id: about,
            state: oldest,
            ..
        } = fact
        else {
            return Err("no change of a product is at this place".into());
        };
        if about != id || !self.wants(fact) {
            return Err("an update of another product".into());
        }
        if let Some(link) = &mut self.link {
            let told = link.states.insert(id, state).unwrap_or(0);
            if state < oldest.max(told) {
                return Err(format!("state {state} after {}", oldest.max(told)));
            }
        }
        match gone {
            true => self.view.remove(&id),
            false => self.view.insert(id, state),
        };
        Ok(())
    }

    pub(super) fn hear_products(
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
        if self.plant == Some(Plant::PartialSnapshotAdopted) {
            self.cursor = Some(cursor.clone());
        }
        if remaining > 0 {
            return Ok(());
        }
        tally.count("snapshots");
        let place = store.place_of(cursor).ok_or("a place of no stream")?;
        if link.place.is_some_and(|before| place < before) {
            return Err("a snapshot of an earlier place".into());
        }
        let snapshot = link.snapshot.take().unwrap_or_default();
        let states = std::mem::take(&mut link.states);
        link.place = Some(place);
        self.check_snapshot(&snapshot, place, &states, store)?;
        self.view = snapshot;
        self.cursor = Some(cursor.clone());
        Ok(())
    }

    /// A snapshot holds at least all changes up to its place, and all that was told before.
    fn check_snapshot(
        &self,
        snapshot: &BTreeMap<u8, u32>,
        place: usize,
        told: &BTreeMap<u8, u32>,
        store: &Store,
    ) -> Result<(), String> {
        let then = store.products_at(place);
        for (id, oldest) in then.iter().chain(told) {
            let wanted = self.only.as_ref().is_none_or(|only| only.contains(id));
            let shown = snapshot.get(id).copied();
            let is_old = shown.is_some_and(|shown| shown < *oldest);
            // What was there then and still is so now was so when the snapshot was read.
            let is_missing = shown.is_none() && store.product(*id) == Some((*oldest, false));
            if wanted && (is_old || is_missing) {
                return Err(format!("product {id} is older than its state {oldest}"));
            }
        }
        Ok(())
    }
}
