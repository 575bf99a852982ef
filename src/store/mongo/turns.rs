//! Turns: who changes the same documents waits for each other within this process, so that only
//! other processes and programs can come between.

use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

/// Ids that fall together share a lane.
const LANES: usize = 256;

/// Lanes in which those wait who want the same document.
#[derive(Debug)]
pub(super) struct Turns([Arc<Mutex<()>>; LANES]);

/// The right to go on; it ends when it is dropped.
pub(super) type Turn = Vec<OwnedMutexGuard<()>>;

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Arc::default()))
    }
}

impl Turns {
    /// Waits for the turn at all of these ids. Lanes are taken in one order by everybody, each once:
    /// nobody waits for somebody who waits for them.
    pub(super) async fn of<const N: usize>(&self, ids: impl Iterator<Item = [u8; N]>) -> Turn {
        // The last byte of an id counts on, and that of a random one is random.
        let mut lanes: Vec<_> = ids
            .filter_map(|id| id.last().copied())
            .map(usize::from)
            .collect();
        lanes.sort_unstable();
        lanes.dedup();
        let mut turn = Vec::with_capacity(lanes.len());
        for lane in lanes {
            turn.push(self.0[lane].clone().lock_owned().await);
        }
        turn
    }
}
