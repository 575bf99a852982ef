//! Health and shutdown of the store.

use std::time::Duration;

use super::MongoStore;
use super::connection::{PING, ping};
use super::driver::closed;
use crate::store::{StoreLifecycle, StoreResult};
use async_trait::async_trait;

/// How long operations may still run while the store is closed.
const FINISH: Duration = Duration::from_secs(4);
/// How long connections may take to close.
const SHUTDOWN: Duration = Duration::from_secs(1);

#[async_trait]
impl StoreLifecycle for MongoStore {
    async fn ping(&self) -> StoreResult<()> {
        if *self.is_closed.borrow() {
            return Err(closed());
        }
        let db = self.db.clone();
        let question = async move { ping(&db).await };
        self.driver.run_within(PING, question).await.flatten()
    }

    fn is_connected(&self) -> bool {
        self.connection.is_up()
    }

    async fn close(&self) {
        if self.is_closed.send_replace(true) {
            return;
        }
        self.driver.finish(FINISH).await;
        self.chat_queue.close().await;
        self.db.sessions.close();
        let shutdown = self.db.database.client().clone().shutdown().into_future();
        if self.driver.run_within(SHUTDOWN, shutdown).await.is_err() {
            log::warn!("MongoDB connections did not close in time");
        }
        self.driver.stop();
    }

    fn describe(&self) -> String {
        format!("MongoDB at {}", self.address)
    }
}
