//! Turns: who changes the same document waits for each other within this process, so that only other
//! processes and programs can come between.

use tokio::sync::{Mutex, MutexGuard};

/// Ids that fall together share a lane.
const STRIPES: usize = 256;

/// Lanes in which those wait who want the same document.
#[derive(Debug)]
pub(super) struct StripedLock([Mutex<()>; STRIPES]);

/// The right to go on; it ends when it is dropped.
pub(super) type StripeGuard<'a> = MutexGuard<'a, ()>;

impl Default for StripedLock {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl StripedLock {
    /// Waits for the turn at an id. Its last byte names the lane: that of a random id is random.
    pub(super) async fn of(&self, id: [u8; 12]) -> StripeGuard<'_> {
        let [.., last] = id;
        self.0[usize::from(last)].lock().await
    }
}
