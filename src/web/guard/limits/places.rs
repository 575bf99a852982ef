//! How many of one kind of thing a client has at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::web::guard::client::Client;

/// Places for each client, so many at most.
#[derive(Debug, Clone)]
pub(super) struct Places {
    most: u32,
    taken: Arc<Mutex<HashMap<Client, u32>>>,
}

/// One of a client's places; it is taken until this is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    client: Client,
}

impl Places {
    pub(super) fn of(most: u32) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// One more place, or none when the client has as many as it may.
    pub(super) fn take(&self, client: Client) -> Option<Place> {
        let mut counts = self.counts();
        let taken = counts.entry(client).or_default();
        if *taken >= self.most {
            return None;
        }
        *taken += 1;
        Some(Place {
            places: self.clone(),
            client,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Client, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.places.counts();
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
    fn a_place_that_was_left_makes_room_and_is_forgotten() {
        let places = Places::of(3);
        let client = Client::at([203, 0, 113, 7].into());
        let mut taken: Vec<_> = (0..3).map(|_| places.take(client)).collect();
        assert!(taken.iter().all(Option::is_some));
        assert!(places.take(client).is_none());
        taken.pop();
        assert!(places.take(client).is_some());
        taken.clear();
        assert!(places.counts().is_empty());
    }
}
