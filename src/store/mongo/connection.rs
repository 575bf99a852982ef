//! Whether the server responds, as far as is known without waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mongodb::bson::doc;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::db::Db;
use super::driver::with_deadline;
use super::error::unavailable;
use crate::store::StoreResult;

/// How long a healthy server takes at most to reply.
pub(super) const PING: Duration = Duration::from_millis(1_500);
/// The pause between two questions.
const INTERVAL: Duration = Duration::from_secs(1);

/// Succeeds if the server is a primary.
pub(super) async fn ping(db: &Db) -> StoreResult<()> {
    let admin = db.database.client().database("admin");
    let reply = admin.run_command(doc! { "hello": 1 }).await?;
    if matches!(reply.get_bool("isWritablePrimary"), Ok(true)) {
        Ok(())
    } else {
        Err(unavailable("the replica set has no primary"))
    }
}

/// The result of the last question to the server, which a task repeats.
#[derive(Debug)]
pub(super) struct Connection(Arc<AtomicBool>);

impl Connection {
    /// Asks until the store is closed.
    pub(super) fn watch(
        db: Arc<Db>,
        handle: &Handle,
        mut is_closed: watch::Receiver<bool>,
    ) -> Self {
        let is_up = Arc::new(AtomicBool::new(true));
        let (asked, by) = (Arc::clone(&is_up), handle.clone());
        handle.spawn(async move {
            loop {
                tokio::select! {
                    _ = is_closed.wait_for(|is_closed| *is_closed) => return,
                    () = tokio::time::sleep(INTERVAL) => {}
                }
                let db = db.clone();
                let question = async move { ping(&db).await };
                let answer = with_deadline(&by, PING, question).await.flatten();
                asked.store(answer.is_ok(), Ordering::Release);
            }
        });
        Self(is_up)
    }

    pub(super) fn is_up(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}
