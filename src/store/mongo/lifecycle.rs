//! Health and shutdown of the store.

use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::doc;

use super::MongoStore;
use super::driver::closed;
use super::error::unavailable;
use crate::store::{StoreLifecycle, StoreResult};

/// How long a healthy server takes at most to reply.
const PING: Duration = Duration::from_millis(1_500);
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
        let admin = self.db.database.client().database("admin");
        let hello = async move { admin.run_command(doc! { "hello": 1 }).await };
        let reply = self.driver.run_within(PING, hello).await??;
        if matches!(reply.get_bool("isWritablePrimary"), Ok(true)) {
            Ok(())
        } else {
            Err(unavailable("the replica set has no primary"))
        }
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
