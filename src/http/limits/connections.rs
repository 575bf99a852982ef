//! Bounds how many connections or sockets a client has open at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::http::client::Client;

/// Permits for each client, up to a limit.
#[derive(Debug, Clone)]
pub(super) struct ConnectionPermits {
    limit: u32,
    taken: Arc<Mutex<HashMap<Client, u32>>>,
}

/// One of a client's permits; given back when dropped.
#[derive(Debug)]
pub struct Permit {
    connections: ConnectionPermits,
    client: Client,
}

impl ConnectionPermits {
    pub(super) fn new(limit: u32) -> Self {
        Self {
            limit,
            taken: Arc::default(),
        }
    }

    /// One more permit; none when the client has reached its limit.
    pub(super) fn acquire(&self, client: Client) -> Option<Permit> {
        let mut counts = self.counts();
        let taken = counts.entry(client).or_default();
        if *taken >= self.limit {
            return None;
        }
        *taken += 1;
        Some(Permit {
            connections: self.clone(),
            client,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Client, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut counts = self.connections.counts();
        if let Some(taken) = counts.get_mut(&self.client) {
            *taken -= 1;
            if *taken == 0 {
                counts.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_permit_is_available_again() {
        let connections = ConnectionPermits::new(3);
        let client = Client::at([203, 0, 113, 7].into());
        let mut taken: Vec<_> = (0..3).map(|_| connections.acquire(client)).collect();
        assert!(taken.iter().all(Option::is_some));
        assert!(connections.acquire(client).is_none());
        taken.pop();
        assert!(connections.acquire(client).is_some());
        taken.clear();
        assert!(connections.counts().is_empty());
    }
}
