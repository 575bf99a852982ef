//! The way from where a feed starts to its own mark.

use std::collections::VecDeque;

use mongodb::bson::RawDocumentBuf;
use mongodb::bson::oid::ObjectId;
use mongodb::error::Error;

use super::checkpoint::Checkpoint;
use super::event::{Event, InvalidEvent, Subject};
use super::lookup::LookupRequest;
use super::recent::RecentMessages;
use super::stream::EventStream;
use super::token::Token;
use super::translate::{self, TranslatedChanges};
use crate::domain::change::Change;
use crate::domain::position::Position;
use crate::store::StoreError;
use crate::store::mongo::collections::Collections;
use crate::store::mongo::error::{cause, is_place_lost, unavailable};
use crate::store::mongo::sequence_backfill::SequenceBackfill;

/// Why the mark was not reached.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReplayError {
    /// The server cannot go on from the place where the feed starts.
    #[error("{0}")]
    Unknown(crate::store::Cause),
    /// An event on the way, of this token, says that what was before it is gone.
    #[error("{1}")]
    InvalidEvent(Option<Token>, #[source] InvalidEvent),
    /// The store cannot be read now.
    #[error(transparent)]
    Failed(#[from] StoreError),
}

impl From<Error> for ReplayError {
    fn from(error: Error) -> Self {
        if is_place_lost(&error) {
            Self::Unknown(cause(&error))
        } else {
            Self::Failed(error.into())
        }
    }
}

/// Goes through what is between the start of a stream and a mark.
pub(super) struct Replay<'a> {
    pub(super) collections: &'a Collections,
    pub(super) sequence_backfill: &'a SequenceBackfill,
    pub(super) recent: RecentMessages,
    /// Changes that are kept for the backlog, the newest ones.
    pub(super) limit: usize,
    pub(super) backlog: VecDeque<Change>,
    /// The place before the backlog, where that is not the start of the stream.
    pub(super) base: Option<Position>,
    /// Events of the shop's documents so far.
    pub(super) changes: i64,
}

impl Replay<'_> {
    /// Goes up to the mark. Returns its place and what came behind it at once.
    pub(super) async fn reach(
        &mut self,
        stream: &mut EventStream,
        marker: ObjectId,
    ) -> Result<(Checkpoint, Vec<RawDocumentBuf>), ReplayError> {
        loop {
            let batch = stream.next().await;
            let batch = batch.ok_or_else(|| unavailable("the change stream ended"))?;
            let mut batch = batch.into_iter();
            let mut events = Vec::new();
            for raw in batch.by_ref() {
                let raw = raw?;
                let event = Event::read(&raw);
                let event =
                    event.map_err(|unfit| ReplayError::InvalidEvent(Token::of(&raw), unfit))?;
                let Some(event) = event else { continue };
                if event.subject == Subject::Marker && event.id == Some(marker) {
                    self.pass(&events).await?;
                    let checkpoint = Checkpoint {
                        token: event.token,
                        changes: self.changes,
                    };
                    return Ok((checkpoint, batch.collect::<Result<_, _>>()?));
                }
                events.push(event);
            }
            self.pass(&events).await?;
        }
    }

    async fn pass(&mut self, events: &[Event]) -> Result<(), ReplayError> {
        self.changes += count(events);
        let wanted = LookupRequest::by(events, &self.recent);
        let found = match wanted.is_empty() {
            true => Default::default(),
            false => self.collections.look_up(&wanted).await?,
        };
        let told = translate::changes(events, &found, &mut self.recent, self.sequence_backfill);
        self.keep(told);
        Ok(())
    }

    /// Adds changes to the backlog: the newest ones, and none before a gap.
    fn keep(&mut self, told: TranslatedChanges) {
        let mut changes = told.changes;
        if let Some((before, position)) = told.gap {
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

/// How many of these events are of the shop's documents.
pub(super) fn count(events: &[Event]) -> i64 {
    let own = |event: &&Event| event.subject != Subject::Marker;
    events.iter().filter(own).count() as i64
}
