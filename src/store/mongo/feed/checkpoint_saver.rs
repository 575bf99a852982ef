//! Saves the checkpoints of a feed.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::checkpoint::{self, Checkpoint};
use crate::store::StoreResult;
use crate::store::mongo::db::Db;
use crate::store::mongo::driver::{LIMIT, with_deadline};

/// How often a checkpoint is saved, if the feed has moved.
const INTERVAL: Duration = Duration::from_secs(10);
/// Distance in changes between checkpoints that are kept. One that is nearer to the last kept one
/// is replaced by the next, so a feed has a few hundred checkpoints at most.
const STRIDE: i64 = 100;

/// Nobody waits for it, and a failure has no effect but a log line.
#[derive(Debug)]
pub(super) struct CheckpointSaver {
    db: Arc<Db>,
    handle: Handle,
    passed: watch::Receiver<Checkpoint>,
    /// The last saved checkpoint, which may be replaced.
    last: Option<Checkpoint>,
    /// The changes up to the last checkpoint that is kept.
    kept: i64,
    is_failing: bool,
}

impl CheckpointSaver {
    /// `passed` has the feed's progress; its first value is saved already.
    pub(super) fn new(db: Arc<Db>, handle: Handle, passed: watch::Receiver<Checkpoint>) -> Self {
        let kept = passed.borrow().changes;
        Self {
            db,
            handle,
            passed,
            last: None,
            kept,
            is_failing: false,
        }
    }

    /// Runs until the feed has ended.
    pub(super) async fn run(mut self) {
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            match self.passed.has_changed() {
                Err(_) => return,
                Ok(has_moved) if has_moved || self.is_failing => self.save().await,
                Ok(_) => {}
            }
        }
    }

    /// Saves the feed's present position. Of consecutive failures the first is logged.
    pub(super) async fn save(&mut self) {
        let checkpoint = self.passed.borrow_and_update().clone();
        let is_kept = |last: &Checkpoint| last.changes - self.kept >= STRIDE;
        let (kept, replaced) = match self.last.clone() {
            Some(last) if is_kept(&last) => (Some(last), None),
            last => (None, last),
        };
        let (db, new) = (self.db.clone(), checkpoint.clone());
        let save = async move { replace(&db, &new, replaced.as_ref()).await };
        match with_deadline(&self.handle, LIMIT, save).await.flatten() {
            Ok(()) => {
                self.kept = kept.map_or(self.kept, |kept| kept.changes);
                self.last = Some(checkpoint);
                self.is_failing = false;
            }
            Err(error) if !self.is_failing => {
                log::warn!("feed checkpoint not saved, retrying: {error}");
                self.is_failing = true;
            }
            Err(_) => {}
        }
    }
}

/// Saves a checkpoint, then deletes those that are no longer needed.
async fn replace(db: &Db, new: &Checkpoint, replaced: Option<&Checkpoint>) -> StoreResult<()> {
    checkpoint::save(db, new).await?;
    let is_another = |replaced: &&Checkpoint| replaced.token.data() != new.token.data();
    if let Some(replaced) = replaced.filter(is_another) {
        checkpoint::delete(db, replaced).await?;
    }
    checkpoint::trim(db, new).await
}
