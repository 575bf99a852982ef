//! The server's clock, by which all nodes let holds begin and end.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mongodb::bson::doc;

use super::collections::Collections;
use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

/// How long the difference between two clocks is believed to be what it was.
const BELIEVED: Duration = Duration::from_secs(30);

/// How far the server's clock is ahead of this machine's, as it was read last.
#[derive(Debug, Default)]
pub(super) struct ServerClock {
    ahead: AtomicI64,
    read_at: Mutex<Option<Instant>>,
}

impl ServerClock {
    /// The moment by the server's clock.
    pub(super) fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp::from_millis(Timestamp::now().millis() + ahead)
    }

    fn is_believed(&self) -> bool {
        let read_at = self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        read_at.is_some_and(|read| read.elapsed() < BELIEVED)
    }

    fn set(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::Relaxed);
        let mut read_at = self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        *read_at = Some(Instant::now());
    }
}

impl Collections {
    /// Reads the server's clock, unless that was done a short while ago.
    pub(super) async fn read_clock(&self) -> StoreResult<Timestamp> {
        if !self.clock.is_believed() {
            let asked = Timestamp::now().millis();
            let hello = self.database.run_command(doc! { "hello": 1 }).await?;
            let answered = Timestamp::now().millis();
            let told = hello.get_datetime("localTime").map_err(|error| {
                StoreError::Internal(format!("the server does not tell its time: {error}").into())
            })?;
            let middle = asked + (answered - asked) / 2;
            self.clock.set(told.timestamp_millis() - middle);
        }
        Ok(self.clock.now())
    }
}
