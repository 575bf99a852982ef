//! Replays a stream from its start to a feed's own marker.

use std::collections::VecDeque;

use mongodb::bson::RawDocumentBuf;
use mongodb::bson::oid::ObjectId;
use mongodb::error::Error;

use super::checkpoint::Checkpoint;
use super::event::{Event, InvalidEvent, Subject, count_changes};
use super::lookup::{LookupRequest, LookupResult, look_up};
use super::recent::RecentMessages;
use super::stream::EventStream;
use super::token::Token;
use super::translate::{TranslatedChanges, translate};
use crate::domain::change::Change;
use crate::domain::position::Position;
use crate::store::mongo::db::Db;
use crate::store::mongo::error::{cause, is_position_lost, unavailable};
use crate::store::mongo::mark::mark;
use crate::store::mongo::sequence_backfill::SequenceBackfill;
use crate::store::{Cause, Mark, StoreError};

/// Why the marker was not reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplayError {
    /// The server cannot resume from the start.
    #[error("{0}")]
    UnknownStart(Cause),
    /// An event with this token makes everything before it obsolete.
    #[error("{1}")]
    InvalidEvent(Option<Token>, #[source] InvalidEvent),
    /// The store cannot be read now.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl From<Error> for ReplayError {
    fn from(error: Error) -> Self {
        if is_position_lost(&error) {
            Self::UnknownStart(cause(&error))
        } else {
            Self::Failed(error.into())
        }
    }
}

/// A replay in progress.
pub(super) struct Replay<'a> {
    pub(super) db: &'a Db,
    pub(super) sequence_backfill: &'a SequenceBackfill,
    pub(super) recent: RecentMessages,
    /// Most changes in the backlog; the newest are kept.
    pub(super) limit: usize,
    pub(super) backlog: VecDeque<Change>,
    /// The position before the backlog, if that is not the start of the stream.
    pub(super) base: Option<Position>,
    /// Changes up to here.
    pub(super) changes: i64,
}

impl Replay<'_> {
    /// Reads up to the marker. Returns the marker's position and mark, and the events that came
    /// together with it, after it.
    pub(super) async fn read_to(
        &mut self,
        stream: &mut EventStream,
        marker: ObjectId,
    ) -> Result<(Checkpoint, Mark, Vec<RawDocumentBuf>), ReplayError> {
        loop {
            let batch = stream.next().await;
            let batch = batch.ok_or_else(|| unavailable("the change stream ended"))?;
            let mut batch = batch.into_iter();
            let mut events = Vec::new();
            for raw in batch.by_ref() {
                let raw = raw?;
                let event = Event::read(&raw)
                    .map_err(|invalid| ReplayError::InvalidEvent(Token::of(&raw), invalid))?;
                let Some(event) = event else { continue };
                if event.subject == Subject::Marker && event.id == Some(marker) {
                    self.add(&events).await?;
                    let checkpoint = Checkpoint {
                        token: event.token,
                        changes: self.changes,
                    };
                    let mark = event.time.map(mark).unwrap_or_default();
                    return Ok((checkpoint, mark, batch.collect::<Result<_, _>>()?));
                }
                events.push(event);
            }
            self.add(&events).await?;
        }
    }

    async fn add(&mut self, events: &[Event]) -> Result<(), ReplayError> {
        self.changes += count_changes(events);
        let request = LookupRequest::of(events, &self.recent);
        let found = if request.is_empty() {
            LookupResult::default()
        } else {
            look_up(self.db, &request).await?
        };
        let translated = translate(events, &found, &mut self.recent, self.sequence_backfill);
        self.extend_backlog(translated);
        Ok(())
    }

    /// Keeps the newest changes, and none from before a gap.
    fn extend_backlog(&mut self, translated: TranslatedChanges) {
        let mut changes = translated.changes;
        if let Some((before, position)) = translated.gap {
            changes.drain(..before);
            self.backlog.clear();
            self.base = Some(position);
        }
        self.backlog.extend(changes);
        while self.backlog.len() > self.limit {
            self.base = self.backlog.pop_front().map(|change| change.position);
        }
    }
}
