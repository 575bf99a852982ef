//! Saves where a feed stands, now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::checkpoint::Checkpoint;
use crate::store::StoreResult;
use crate::store::mongo::collections::Collections;
use crate::store::mongo::driver::{LIMIT, with_deadline};

/// How often a place is saved, when the feed has moved.
const EVERY: Duration = Duration::from_secs(10);
/// A place that is this many changes from the last one that stays, stays too; the others each make
/// room for the next. So a feed has some hundred places at most.
const STRIDE: i64 = 100;

/// Saves the places of one feed. Nobody waits for it, and its failures are its own.
#[derive(Debug)]
pub(super) struct CheckpointSaver {
    collections: Arc<Collections>,
    handle: Handle,
    passed: watch::Receiver<Checkpoint>,
    /// The last place that was saved, which may have to make room.
    saved: Option<Checkpoint>,
    /// The changes up to the last place that stays.
    kept: i64,
    is_failing: bool,
}

impl CheckpointSaver {
    /// A saver for a feed that tells where it is, and whose start is on record.
    pub(super) fn new(
        collections: Arc<Collections>,
        handle: Handle,
        passed: watch::Receiver<Checkpoint>,
    ) -> Self {
        let kept = passed.borrow().changes;
        Self {
            collections,
            handle,
            passed,
            saved: None,
            kept,
            is_failing: false,
        }
    }

    /// Saves until the feed has ended.
    pub(super) async fn work(mut self) {
        let mut ticks = interval(EVERY);
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

    /// Saves where the feed is. What fails is told once, and done the next time.
    pub(super) async fn save(&mut self) {
        let checkpoint = self.passed.borrow_and_update().clone();
        let before = self.saved.clone();
        let makes_room = |before: &Checkpoint| before.changes - self.kept < STRIDE;
        let leaving = before.clone().filter(makes_room);
        let (collections, saving) = (self.collections.clone(), checkpoint.clone());
        let step = async move { replace(&collections, &saving, leaving.as_ref()).await };
        let saved = with_deadline(&self.handle, LIMIT, step).await;
        match saved.and_then(|saved| saved) {
            Ok(()) => {
                if let Some(before) = before.filter(|before| !makes_room(before)) {
                    self.kept = before.changes;
                }
                self.saved = Some(checkpoint);
                self.is_failing = false;
            }
            Err(error) if !self.is_failing => {
                log::warn!("the place in the changes is not saved yet: {error}");
                self.is_failing = true;
            }
            Err(_) => {}
        }
    }
}

/// Saves a place, then lets go of those that are of no use any more.
async fn replace(
    collections: &Collections,
    checkpoint: &Checkpoint,
    leaving: Option<&Checkpoint>,
) -> StoreResult<()> {
    collections.save_place(checkpoint).await?;
    let is_another = |leaving: &&Checkpoint| leaving.token.data() != checkpoint.token.data();
    if let Some(leaving) = leaving.filter(is_another) {
        collections.forget_place(leaving).await?;
    }
    collections.trim_places(checkpoint).await
}
