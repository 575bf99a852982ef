//! A client's side of one connection.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use vitrina::domain::position::Position;

use crate::connection::Connection;
use crate::store::{ChangeKind, Store};

/// A connection, and what its client received over it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) server: Connection,
    pub(super) since: Option<Position>,
    /// Whether the server must welcome it as resumed.
    pub(super) resumed: bool,
    pub(super) welcomed: bool,
    pub(super) bytes: Vec<u8>,
    /// All changes up to this offset were received or skipped.
    pub(super) offset: Option<usize>,
    pub(super) snapshot: Option<BTreeMap<u8, u32>>,
    /// The newest received state of each product.
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
            offset: None,
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
            let (expected, since) = (self.resumed, &self.since);
            return Err(format!("resumed is {resumed}, not {expected}: {since:?}"));
        }
        if resumed {
            if self.since.as_ref() != Some(cursor) {
                return Err("resumed at another position than requested".into());
            }
            let offset = store.offset_of(cursor);
            self.offset = Some(offset.ok_or("resumed at an unknown position")?);
        }
        Ok(())
    }

    /// Takes the next change; returns the offsets that were skipped before it, and its kind.
    pub(super) fn advance(
        &mut self,
        cursor: &Position,
        store: &Store,
    ) -> Result<(RangeInclusive<usize>, ChangeKind), String> {
        let offset = store.offset_of(cursor).ok_or("an unknown position")?;
        let before = self.offset.ok_or("a change before the first position")?;
        if offset <= before {
            return Err(format!("the change at {offset} sent after {before}"));
        }
        self.offset = Some(offset);
        Ok((before + 1..=offset - 1, store.changes[offset - 1].kind))
    }
}
