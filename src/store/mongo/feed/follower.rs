//! The task behind an open feed: it follows the change stream, through outages too.

use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{RawDocumentBuf, doc};
use mongodb::error::Error;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::checkpoint::Checkpoint;
use super::event::Event;
use super::lookup::{LookupRequest, LookupResult};
use super::recent::RecentMessages;
use super::replay::count;
use super::stream::EventStream;
use super::translate;
use crate::domain::change::Change;
use crate::domain::timestamp::Timestamp;
use crate::store::mongo::collections::Collections;
use crate::store::mongo::document::date;
use crate::store::mongo::driver::{LIMIT, with_deadline};
use crate::store::mongo::error::{cause, is_place_lost};
use crate::store::mongo::retry::Retry;
use crate::store::mongo::sequence_backfill::SequenceBackfill;
use crate::store::{Cause, FeedError, StoreResult};

/// How often a quiet stream is tried: a mark is written, and must come back. It also keeps the
/// last token young enough for the server to know it.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Follows one stream.
pub(super) struct Follower {
    pub(super) collections: Arc<Collections>,
    pub(super) handle: Handle,
    pub(super) sequence_backfill: Arc<SequenceBackfill>,
    pub(super) recent: RecentMessages,
    pub(super) marker: ObjectId,
    /// Behind the last event that was handled.
    pub(super) last: Checkpoint,
    /// The same, for whoever saves it.
    pub(super) passed: watch::Sender<Checkpoint>,
    pub(super) out: mpsc::Sender<Result<Vec<Change>, FeedError>>,
    pub(super) is_closed: watch::Receiver<bool>,
}

/// Why the stream must be opened again.
enum Pause {
    Outage(Option<Error>),
    Silence,
    TransactionGuard(FeedError),
}

impl Follower {
    /// Follows until the feed's reader goes, the store closes or the place is lost.
    pub(super) async fn follow(mut self, mut stream: EventStream, first: Vec<RawDocumentBuf>) {
        let mut pause = self.hand_on(first).await.err().map(Pause::TransactionGuard);
        let mut attempts = Retry::through_an_outage();
        let end = loop {
            let reason = match pause.take() {
                Some(reason) => reason,
                None => self.follow_stream(&mut stream, &mut attempts).await,
            };
            match reason {
                Pause::TransactionGuard(error) => break error,
                Pause::Outage(Some(error)) if is_place_lost(&error) => {
                    break FeedError::Lost(cause(&error));
                }
                Pause::Outage(error) => {
                    let error =
                        error.map_or_else(|| "the server closed it".into(), |error| cause(&error));
                    log::warn!("the change stream broke off: {error}");
                }
                Pause::Silence => log::warn!("the change stream is silent: it is opened again"),
            }
            match self.open_again(&mut attempts).await {
                Ok(opened) => stream = opened,
                Err(error) => break error,
            }
        };
        // The server's cursor goes at once; the news waits for the reader, if there is one.
        drop(stream);
        if matches!(end, FeedError::Lost(_)) {
            self.forget_the_past().await;
        }
        let _ = self.out.send(Err(end)).await;
    }

    /// Follows a stream until it breaks off.
    async fn follow_stream(&mut self, stream: &mut EventStream, attempts: &mut Retry) -> Pause {
        let mut heartbeat = interval(HEARTBEAT);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let mut is_quiet = true;
        let mut mark_is_awaited = false;
        loop {
            let batch = tokio::select! {
                biased;
                _ = self.is_closed.wait_for(|is_closed| *is_closed) => return Pause::TransactionGuard(FeedError::Closed),
                () = self.out.closed() => return Pause::TransactionGuard(FeedError::Closed),
                batch = stream.next() => Some(batch),
                _ = heartbeat.tick() => None,
            };
            let batch = match batch {
                Some(Some(batch)) => batch,
                Some(None) => return Pause::Outage(None),
                None if mark_is_awaited => return Pause::Silence,
                None => {
                    if is_quiet {
                        mark_is_awaited = self.mark().await.is_ok();
                    }
                    is_quiet = true;
                    continue;
                }
            };
            (is_quiet, mark_is_awaited) = (false, false);
            let mut invalid_documents = None;
            let mut events = Vec::with_capacity(batch.len());
            for event in batch {
                match event {
                    Ok(event) => events.push(event),
                    Err(error) => invalid_documents = Some(error),
                }
            }
            if !events.is_empty() {
                *attempts = Retry::through_an_outage();
            }
            if let Err(end) = self.hand_on(events).await {
                return Pause::TransactionGuard(end);
            }
            if let Some(error) = invalid_documents {
                return Pause::Outage(Some(error));
            }
        }
    }

    /// Tells the changes of a batch of events.
    async fn hand_on(&mut self, batch: Vec<RawDocumentBuf>) -> Result<(), FeedError> {
        let mut events = Vec::with_capacity(batch.len());
        let mut unfit = None;
        for event in &batch {
            match Event::read(event) {
                Ok(event) => events.extend(event),
                Err(error) => {
                    unfit = Some(FeedError::Lost(error.into()));
                    break;
                }
            }
        }
        if let Some(last) = events.last() {
            self.last.token = last.token.clone();
            self.last.changes += count(&events);
            self.passed.send_replace(self.last.clone());
            let found = self
                .look_up(LookupRequest::by(&events, &self.recent))
                .await?;
            let told =
                translate::changes(&events, &found, &mut self.recent, &self.sequence_backfill);
            let changes = told.changes;
            let happened = last.wall;
            if !changes.is_empty() {
                self.tell(changes).await?;
            }
            self.note_lag(happened);
        }
        unfit.map_or(Ok(()), Err)
    }

    /// How long ago the newest of what was handed on happened.
    fn note_lag(&self, happened: Option<i64>) {
        let now = self.collections.clock.now().millis();
        if let Some(lag) = happened.map(|happened| now.saturating_sub(happened)) {
            // Two clocks may differ by a moment.
            let lag = Duration::from_millis(u64::try_from(lag).unwrap_or_default());
            self.collections.metrics.feed_lag.record(lag);
        }
    }

    async fn tell(&mut self, changes: Vec<Change>) -> Result<(), FeedError> {
        tokio::select! {
            biased;
            _ = self.is_closed.wait_for(|is_closed| *is_closed) => Err(FeedError::Closed),
            sent = self.out.send(Ok(changes)) => sent.map_err(|_| FeedError::Closed),
        }
    }

    /// Reads until it succeeds: the events are here, and must be told whole.
    async fn look_up(&mut self, wanted: LookupRequest) -> Result<LookupResult, FeedError> {
        let mut attempts = Retry::through_an_outage();
        while !wanted.is_empty() {
            let (collections, wanted) = (self.collections.clone(), wanted.clone());
            let reading = async move { collections.look_up(&wanted).await };
            match with_deadline(&self.handle, LIMIT, reading)
                .await
                .and_then(|found| found)
            {
                Ok(found) => return Ok(found),
                Err(error) => log::warn!("changes cannot be read yet: {error}"),
            }
            self.pause(&mut attempts).await?;
        }
        Ok(LookupResult::default())
    }

    /// Opens the stream after the last event, as often as it takes.
    async fn open_again(&mut self, attempts: &mut Retry) -> Result<EventStream, FeedError> {
        loop {
            self.pause(attempts).await?;
            let (collections, last) = (self.collections.clone(), self.last.token.clone());
            let opening = async move { EventStream::open(&collections, Some(&last)).await };
            match with_deadline(&self.handle, LIMIT, opening).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) if is_place_lost(&error) => {
                    return Err(FeedError::Lost(cause(&error)));
                }
                Ok(Err(error)) => {
                    log::debug!("the change stream cannot be opened: {}", cause(&error))
                }
                Err(error) => log::debug!("the change stream cannot be opened: {error}"),
            }
        }
    }

    async fn pause(&mut self, attempts: &mut Retry) -> Result<(), FeedError> {
        tokio::select! {
            biased;
            _ = self.is_closed.wait_for(|is_closed| *is_closed) => Err(FeedError::Closed),
            () = self.out.closed() => Err(FeedError::Closed),
            _ = attempts.next_attempt() => Ok(()),
        }
    }

    /// Nobody goes back to where this feed was. A start that still finds such a place meets there
    /// what this feed met.
    async fn forget_the_past(&self) {
        let (collections, last) = (self.collections.clone(), self.last.token.clone());
        let forgetting = async move { collections.forget_places_through(&last).await };
        let forgotten = with_deadline(&self.handle, LIMIT, forgetting).await;
        if let Err(error) = forgotten.and_then(|forgotten| forgotten) {
            log::debug!("places of before are not forgotten yet: {error}");
        }
    }

    async fn mark(&self) -> StoreResult<()> {
        let (collections, marker) = (self.collections.clone(), self.marker);
        let marking = async move { collections.mark(marker).await };
        with_deadline(&self.handle, LIMIT, marking)
            .await
            .and_then(|marked| marked)
    }
}

impl Collections {
    /// Writes the mark of a feed, so that the stream has an event to tell.
    pub(super) async fn mark(&self, marker: ObjectId) -> StoreResult<()> {
        let now = doc! { "$set": { "at": date(Timestamp::now()) } };
        self.markers
            .update_one(doc! { "_id": marker }, now)
            .upsert(true)
            .await?;
        Ok(())
    }
}

impl From<super::event::InvalidEvent> for FeedError {
    fn from(unfit: super::event::InvalidEvent) -> Self {
        Self::Lost(Cause::from(unfit))
    }
}
