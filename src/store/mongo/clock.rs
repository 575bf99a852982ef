//! The server's clock. It decides when holds begin and end, on every node alike.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use mongodb::Database;
use mongodb::bson::doc;

use crate::domain::timestamp::Timestamp;
use crate::store::{StoreError, StoreResult};

/// How long a measured difference between the two clocks is used.
const MAX_AGE: Duration = Duration::from_secs(30);

/// How far the server's clock is ahead of this machine's, as last measured.
#[derive(Debug, Default)]
pub(super) struct ServerClock {
    ahead: AtomicI64,
    measured_at: Mutex<Option<Instant>>,
}

impl ServerClock {
    /// The time by the server's clock, as far as it was measured.
    pub(super) fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::Relaxed);
        Timestamp::from_millis(Timestamp::now().millis() + ahead)
    }

    /// Asks the server for its time, unless the last measurement is recent.
    pub(super) async fn read(&self, database: &Database) -> StoreResult<Timestamp> {
        if !self.is_recent() {
            let asked = Timestamp::now().millis();
            let hello = database.run_command(doc! { "hello": 1 }).await?;
            let replied = Timestamp::now().millis();
            let server = hello.get_datetime("localTime").map_err(|error| {
                StoreError::Internal(format!("no time in the server's reply: {error}").into())
            })?;
            let middle = asked + (replied - asked) / 2;
            self.set(server.timestamp_millis() - middle);
        }
        Ok(self.now())
    }

    fn is_recent(&self) -> bool {
        let measured = self
            .measured_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        measured.is_some_and(|measured| measured.elapsed() < MAX_AGE)
    }

    fn set(&self, ahead: i64) {
        self.ahead.store(ahead, Ordering::Relaxed);
        let mut measured = self
            .measured_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *measured = Some(Instant::now());
    }
}
