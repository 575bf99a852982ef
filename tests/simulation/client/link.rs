//! A client's side of one connection.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use vitrina::domain::position::Position;

use crate::connection::Connection;
use crate::store::{Fact, Store};

/// A connection with what the client knows of it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) server: Connection,
    pub(super) since: Option<Position>,
    /// Whether the server must welcome it as resumed.
    pub(super) resumed: bool,
    pub(super) welcomed: bool,
    pub(super) bytes: Vec<u8>,
    /// All changes up to here were told.
    pub(super) place: Option<usize>,
    pub(super) snapshot: Option<BTreeMap<u8, u32>>,
    /// The newest state told of each product.
    pub(super) states: BTreeMap<u8, u32>,
    pub(super) serial: u64,
}

impl Link {
    pub(crate) fn new(server: Connection, since: Option<Position>, resumed: bool) -> Self {
        Self {
            server,
            since,
            resumed,
            welcomed: false,
            bytes: Vec::new(),
            place: None,
            snapshot: None,
            states: BTreeMap::new(),
            serial: 0,
        }
    }

    pub(super) fn welcome(
        &mut self,
        cursor: &Position,
        resumed: bool,
        store: &Store,
    ) -> Result<(), String> {
        if self.welcomed {
            return Err("welcomed twice".into());
        }
        self.welcomed = true;
        if resumed != self.resumed {
            let must = self.resumed;
            return Err(format!(
                "resumed is {resumed}, not {must}: {:?}",
                self.since
            ));
        }
        if resumed {
            if self.since.as_ref() != Some(cursor) {
                return Err("resumed at another place than asked for".into());
            }
            let place = store.place_of(cursor);
            self.place = Some(place.ok_or("resumed at a place of no stream")?);
        }
        Ok(())
    }

    /// The next change was told: gives the places before it that were passed over, and what is at
    /// its own.
    pub(super) fn advance(
        &mut self,
        cursor: &Position,
        store: &Store,
    ) -> Result<(RangeInclusive<usize>, Fact), String> {
        let place = store.place_of(cursor).ok_or("a place of no stream")?;
        let before = self.place.ok_or("a change before there is any place")?;
        if place <= before {
            return Err(format!("the change at {place} told after {before}"));
        }
        self.place = Some(place);
        Ok((before + 1..=place - 1, store.changes[place - 1].fact))
    }
}
