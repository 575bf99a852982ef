//! Health and end of the store.

use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::doc;

use super::MongoStore;
use super::error::unavailable;
use crate::store::{StoreLifecycle, StoreResult};

/// How long a healthy server takes at most to say that it is there.
const PING: Duration = Duration::from_millis(1_500);
/// How long operations may still run when the store is closed.
const FINISH: Duration = Duration::from_secs(4);
/// How long connections may take to close.
const SHUTDOWN: Duration = Duration::from_secs(1);

#[async_trait]
impl StoreLifecycle for MongoStore {
    async fn ping(&self) -> StoreResult<()> {
        if *self.is_closed.borrow() {
            return Err(super::driver::closed());
        }
        let admin = self.collections.client.database("admin");
        let hello = async move { admin.run_command(doc! { "hello": 1 }).await };
        let answer = self.driver.run_within(PING, hello).await??;
        if matches!(answer.get_bool("isWritablePrimary"), Ok(true)) {
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
        self.chat.close().await;
        self.collections.sessions.close();
        let client = self.collections.client.clone();
        if self
            .driver
            .run_within(SHUTDOWN, client.shutdown().into_future())
            .await
            .is_err()
        {
            log::warn!("connections to the database did not close in time");
        }
        self.driver.stop();
    }

    fn describe(&self) -> String {
        format!("MongoDB at {}", self.address)
    }
}
