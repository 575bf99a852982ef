//! How many sockets a client has open.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::web::guard::client::Client;

/// Most sockets of one client: the tabs of a large office behind one address.
pub(super) const MAX_SOCKETS: u32 = 256;

/// The open sockets of each client.
#[derive(Debug, Clone, Default)]
pub(super) struct Sockets(Arc<Mutex<HashMap<Client, u32>>>);

/// One of a client's sockets; it is open until this is dropped.
#[derive(Debug)]
pub(in crate::web) struct SocketPlace {
    sockets: Sockets,
    client: Client,
}

impl Sockets {
    /// A place for one more socket, or none when the client has as many as it may.
    pub(super) fn open(&self, client: Client) -> Option<SocketPlace> {
        let mut counts = self.counts();
        let open = counts.entry(client).or_default();
        if *open >= MAX_SOCKETS {
            return None;
        }
        *open += 1;
        Some(SocketPlace {
            sockets: self.clone(),
            client,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Client, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SocketPlace {
    fn drop(&mut self) {
        let mut counts = self.sockets.counts();
        if let Some(open) = counts.get_mut(&self.client) {
            *open -= 1;
            if *open == 0 {
                counts.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_socket_makes_room_and_is_forgotten() {
        let sockets = Sockets::default();
        let client = Client::at([203, 0, 113, 7].into());
        let mut places: Vec<_> = (0..MAX_SOCKETS).map(|_| sockets.open(client)).collect();
        assert!(places.iter().all(Option::is_some));
        assert!(sockets.open(client).is_none());
        places.pop();
        assert!(sockets.open(client).is_some());
        places.clear();
        assert!(sockets.counts().is_empty());
    }
}
