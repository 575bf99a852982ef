//! The task of an open feed: it follows the change stream, also through outages.

use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::RawDocumentBuf;
use mongodb::bson::oid::ObjectId;
use mongodb::error::Error;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::checkpoint::{self, Checkpoint};
use super::event::{Event, InvalidEvent, count_changes};
use super::lookup::{LookupRequest, LookupResult, look_up};
use super::recent::RecentMessages;
use super::stream::{BATCH, EventStream, write_marker};
use super::translate::translate;
use crate::store::mongo::db::Db;
use crate::store::mongo::driver::{LIMIT, with_deadline};
use crate::store::mongo::error::{cause, is_position_lost};
use crate::store::mongo::mark::mark_of_batch;
use crate::store::mongo::retry::Retry;
use crate::store::mongo::sequence_backfill::SequenceBackfill;
use crate::store::{Cause, ChangeBatch, FeedError, StoreResult};

/// How often an idle stream is tested: the marker is written, and its event must come back. This
/// also keeps the last token so recent that the server can resume from it.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Follows one stream.
pub(super) struct Follower {
    pub(super) db: Arc<Db>,
    pub(super) handle: Handle,
    pub(super) sequence_backfill: Arc<SequenceBackfill>,
    pub(super) recent: RecentMessages,
    pub(super) marker: ObjectId,
    /// After the last event that was handled.
    pub(super) last: Checkpoint,
    /// Publishes `last`.
    pub(super) passed: watch::Sender<Checkpoint>,
    pub(super) tx: mpsc::Sender<Result<ChangeBatch, FeedError>>,
    pub(super) is_closed: watch::Receiver<bool>,
}

/// Why a stream is no longer followed.
enum Interruption {
    Outage(Option<Error>),
    Idle,
    End(FeedError),
}

impl From<FeedError> for Interruption {
    fn from(end: FeedError) -> Self {
        Self::End(end)
    }
}

impl From<InvalidEvent> for FeedError {
    fn from(invalid: InvalidEvent) -> Self {
        Self::Lost(Cause::from(invalid))
    }
}

impl Follower {
    /// Runs until the feed is dropped, the store is closed or the position is lost.
    pub(super) async fn run(mut self, mut stream: EventStream, first: Vec<RawDocumentBuf>) {
        let mut interruption = self.handle_batch(first).await.err().map(Interruption::from);
        let mut retry = Retry::through_outage();
        let end = loop {
            let reason = match interruption.take() {
                Some(reason) => reason,
                None => self.follow(&mut stream, &mut retry).await,
            };
            match reason {
                Interruption::End(end) => break end,
                Interruption::Outage(Some(error)) if is_position_lost(&error) => {
                    break FeedError::Lost(cause(&error));
                }
                Interruption::Outage(error) => {
                    let closed = || "the server closed the stream".into();
                    let error = error.map_or_else(closed, |error| cause(&error));
                    log::warn!("change stream failed, reopening: {error}");
                }
                Interruption::Idle => log::warn!("change stream idle, reopening"),
            }
            match self.reopen(&mut retry).await {
                Ok(reopened) => stream = reopened,
                Err(end) => break end,
            }
        };
        // Closes the server's cursor at once; sending the end may have to wait for the reader.
        drop(stream);
        if matches!(end, FeedError::Lost(_)) {
            self.delete_checkpoints().await;
        }
        let _ = self.tx.send(Err(end)).await;
    }

    /// Follows a stream until it is interrupted.
    async fn follow(&mut self, stream: &mut EventStream, retry: &mut Retry) -> Interruption {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let mut is_quiet = true;
        let mut awaits_marker = false;
        loop {
            let batch = tokio::select! {
                biased;
                end = ended(&mut self.is_closed, &self.tx) => return end.into(),
                batch = stream.next() => Some(batch),
                _ = heartbeat.tick() => None,
            };
            let batch = match batch {
                Some(Some(batch)) => batch,
                Some(None) => return Interruption::Outage(None),
                None if awaits_marker => return Interruption::Idle,
                None => {
                    if is_quiet {
                        awaits_marker = self.write_marker().await.is_ok();
                    }
                    is_quiet = true;
                    continue;
                }
            };
            (is_quiet, awaits_marker) = (false, false);
            let (events, error) = split(batch);
            if !events.is_empty() {
                *retry = Retry::through_outage();
            }
            if let Err(end) = self.handle_batch(events).await {
                return end.into();
            }
            if let Some(error) = error {
                return Interruption::Outage(Some(error));
            }
        }
    }

    /// Sends the changes of a batch of events.
    async fn handle_batch(&mut self, batch: Vec<RawDocumentBuf>) -> Result<(), FeedError> {
        let mut events = Vec::with_capacity(batch.len());
        let mut result = Ok(());
        for event in &batch {
            match Event::read(event) {
                Ok(event) => events.extend(event),
                Err(invalid) => {
                    result = Err(invalid.into());
                    break;
                }
            }
        }
        if let Some(last) = events.last() {
            self.last.token = last.token.clone();
            self.last.changes += count_changes(&events);
            self.passed.send_replace(self.last.clone());
            let request = LookupRequest::of(&events, &self.recent);
            let found = self.look_up(request).await?;
            let translated = translate(&events, &found, &mut self.recent, &self.sequence_backfill);
            let is_full = batch.len() >= BATCH;
            let mark = last.time.map(|time| mark_of_batch(time, is_full));
            self.send(ChangeBatch {
                changes: translated.changes,
                mark: mark.unwrap_or_default(),
            })
            .await?;
            self.record_lag(last.wall_time);
        }
        result
    }

    async fn send(&mut self, batch: ChangeBatch) -> Result<(), FeedError> {
        tokio::select! {
            biased;
            _ = self.is_closed.wait_for(|is_closed| *is_closed) => Err(FeedError::Closed),
            sent = self.tx.send(Ok(batch)) => sent.map_err(|_| FeedError::Closed),
        }
    }

    /// Records how long ago the newest event happened.
    fn record_lag(&self, wall_time: Option<i64>) {
        let now = self.db.clock.now().millis();
        if let Some(wall_time) = wall_time {
            // The clocks may differ a little.
            let lag = u64::try_from(now.saturating_sub(wall_time)).unwrap_or_default();
            self.db.metrics.feed_lag.record(Duration::from_millis(lag));
        }
    }

    /// Retries until it succeeds: no change may be left out.
    async fn look_up(&mut self, request: LookupRequest) -> Result<LookupResult, FeedError> {
        let mut retry = Retry::through_outage();
        while !request.is_empty() {
            let (db, request) = (self.db.clone(), request.clone());
            let reading = async move { look_up(&db, &request).await };
            match with_deadline(&self.handle, LIMIT, reading).await.flatten() {
                Ok(found) => return Ok(found),
                Err(error) => log::warn!("change feed unavailable, retrying: {error}"),
            }
            self.pause(&mut retry).await?;
        }
        Ok(LookupResult::default())
    }

    /// Opens the stream after the last event, in as many attempts as it takes.
    async fn reopen(&mut self, retry: &mut Retry) -> Result<EventStream, FeedError> {
        loop {
            self.pause(retry).await?;
            let (db, last) = (self.db.clone(), self.last.token.clone());
            let opening = async move { EventStream::open(&db, Some(&last)).await };
            let error = match with_deadline(&self.handle, LIMIT, opening).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) if is_position_lost(&error) => {
                    return Err(FeedError::Lost(cause(&error)));
                }
                Ok(Err(error)) => error.into(),
                Err(error) => error,
            };
            log::warn!("change feed unavailable, retrying: {error}");
        }
    }

    async fn pause(&mut self, retry: &mut Retry) -> Result<(), FeedError> {
        tokio::select! {
            biased;
            end = ended(&mut self.is_closed, &self.tx) => Err(end),
            _ = retry.next_attempt() => Ok(()),
        }
    }

    /// Deletes checkpoints up to the last event: a replay from them would end as this feed did.
    async fn delete_checkpoints(&self) {
        let (db, last) = (self.db.clone(), self.last.token.clone());
        let delete = async move { checkpoint::delete_through(&db, &last).await };
        let deleted = with_deadline(&self.handle, LIMIT, delete).await;
        if let Err(error) = deleted.flatten() {
            log::debug!("old checkpoints not deleted, retrying: {error}");
        }
    }

    async fn write_marker(&self) -> StoreResult<()> {
        let (db, marker) = (self.db.clone(), self.marker);
        let write = async move { write_marker(&db, marker).await };
        with_deadline(&self.handle, LIMIT, write).await.flatten()
    }
}

/// The store is closed, or the feed was dropped.
async fn ended(
    is_closed: &mut watch::Receiver<bool>,
    tx: &mpsc::Sender<Result<ChangeBatch, FeedError>>,
) -> FeedError {
    tokio::select! {
        biased;
        _ = is_closed.wait_for(|is_closed| *is_closed) => FeedError::Closed,
        () = tx.closed() => FeedError::Closed,
    }
}

/// The events of a batch, and the error with which the stream ended, if it did.
fn split(batch: Vec<Result<RawDocumentBuf, Error>>) -> (Vec<RawDocumentBuf>, Option<Error>) {
    let mut events = Vec::with_capacity(batch.len());
    let mut error = None;
    for event in batch {
        match event {
            Ok(event) => events.push(event),
            Err(failed) => error = Some(failed),
        }
    }
    (events, error)
}
