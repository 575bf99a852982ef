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
        let mut turn = Vec::new();
        for lane in lanes(ids) {
            turn.push(self.0[lane].clone().lock_owned().await);
        }
        turn
    }
}

/// The lanes of these ids in order, each once. The last byte of an id counts on, and that of a random
/// one is random.
fn lanes<const N: usize>(ids: impl Iterator<Item = [u8; N]>) -> Vec<usize> {
    let last = ids.filter_map(|id| id.last().copied());
    let mut lanes: Vec<_> = last.map(usize::from).collect();
    lanes.sort_unstable();
    lanes.dedup();
    lanes
}

#[cfg(test)]
mod tests {

    use super::*;

    fn is_free(turns: &Turns, lane: u8) -> bool {
        turns.0[usize::from(lane)].try_lock().is_ok()
    }

    #[tokio::test]
    async fn a_turn_holds_each_lane_once() {
        let turns = Turns::default();
        let turn = turns.of([[0, 7], [1, 7], [2, 3]].into_iter()).await;
        assert_eq!(turn.len(), 2);
        assert!(!is_free(&turns, 7) && !is_free(&turns, 3) && is_free(&turns, 0));
        drop(turn);
        assert!(is_free(&turns, 7) && is_free(&turns, 3));
    }
}
