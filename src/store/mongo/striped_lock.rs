//! Locks for ids, within this process: its operations on one document run one after another, so
//! that only other processes can interfere.

use tokio::sync::{Mutex, MutexGuard};

/// Ids with the same stripe share a lock.
const STRIPES: usize = 256;

#[derive(Debug)]
pub(super) struct StripedLock([Mutex<()>; STRIPES]);

pub(super) type StripeGuard<'a> = MutexGuard<'a, ()>;

impl Default for StripedLock {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }
}

impl StripedLock {
    /// Locks an id. Its last byte selects the stripe; in a random id it is random.
    pub(super) async fn lock(&self, id: [u8; 12]) -> StripeGuard<'_> {
        let [.., last] = id;
        self.0[usize::from(last)].lock().await
    }
}
