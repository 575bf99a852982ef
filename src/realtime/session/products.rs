//! What a product socket says: a welcome, a snapshot unless it resumed, then the stream.

use std::collections::HashSet;

use actix::{ActorFutureExt, AsyncContext, WrapFuture};

use super::{Session, SessionContext, Talk};
use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::domain::product_query::ProductChunk;
use crate::protocol::close::Close;
use crate::protocol::server_frame::{self, ErrorCode};
use crate::realtime::backing::{BackingError, SharedBacking};
use crate::realtime::outbox::Outbox;
use crate::realtime::reader::Reader;
use crate::realtime::worker::WorkerStream;

/// The products' part of a session.
pub struct ProductTalk {
    backing: SharedBacking,
    start: Start,
    wants_snapshot: bool,
}

impl std::fmt::Debug for ProductTalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProductTalk")
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

/// Where a reader enters the stream.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// The place that the reader is at.
    pub(super) cursor: Position,
    /// The reader named that place itself, and the log holds it.
    pub(super) resumed: bool,
    /// The index of the first frame for it.
    pub(super) next: u64,
    /// The index of the first passing frame for it.
    pub(super) live_from: u64,
}

impl Start {
    /// Looks up where a reader enters; `None` before the worker has a log.
    pub(super) fn find(stream: &WorkerStream, since: Option<&Position>) -> Option<Self> {
        let log = stream.log()?;
        let resumed = since.and_then(|since| Some((since, log.index_after(since)?)));
        Some(Self {
            cursor: resumed.map_or_else(|| log.cursor().clone(), |(since, _)| since.clone()),
            resumed: resumed.is_some(),
            next: resumed.map_or(log.end(), |(_, index)| index),
            live_from: log.end(),
        })
    }
}

impl ProductTalk {
    /// A reader of all products or of `only` some, who was at `since`; `None` while the worker has
    /// no log.
    pub fn new(
        backing: SharedBacking,
        stream: &WorkerStream,
        since: Option<&Position>,
        only: Option<HashSet<ProductId>>,
        wants_snapshot: bool,
    ) -> Option<(Self, Outbox)> {
        let start = Start::find(stream, since)?;
        let outbox = Outbox::new(Reader::new(start.next, only));
        let talk = Self {
            backing,
            start,
            wants_snapshot,
        };
        Some((talk, outbox))
    }
}

impl Talk for ProductTalk {
    fn opened(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let start = &session.talk.start;
        let (cursor, resumed) = (start.cursor.clone(), start.resumed);
        session.say(&server_frame::welcome(&cursor, resumed), ctx);
        if resumed || !session.talk.wants_snapshot {
            session.follow();
        } else {
            session.send_snapshot(None, ctx);
        }
    }

    fn text(session: &mut Session<Self>, _text: &str, ctx: &mut SessionContext<Self>) {
        session.say(&server_frame::error(ErrorCode::BadFrame, None), ctx);
    }

    /// The reader is too slow for the log: it starts anew from a snapshot, at the pace at which it
    /// reads.
    fn lapsed(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        match Start::find(&session.stream, None) {
            Some(start) => {
                session.talk.start = start;
                session.send_snapshot(None, ctx);
            }
            None => session.close(&Close::Restart, ctx),
        }
    }

    fn closed(_: &mut Session<Self>) {}
}

impl Session<ProductTalk> {
    fn follow(&self) {
        let start = &self.talk.start;
        self.outbox.open(start.next, start.live_from);
    }

    /// Sends the part after `after`, then the rest. The next part is read only when this one has
    /// left: the actor runs only while the socket takes bytes.
    fn send_snapshot(&self, after: Option<ProductId>, ctx: &mut SessionContext<ProductTalk>) {
        let backing = self.talk.backing.clone();
        let only: Option<Vec<_>> = self.outbox.only().map(|ids| ids.into_iter().collect());
        let read = async move { backing.product_chunk(after, only.as_deref()).await };
        let sent = read
            .into_actor(self)
            .map(|chunk, session, ctx| session.snapshot_part(chunk, ctx));
        ctx.wait(sent);
    }

    fn snapshot_part(
        &mut self,
        chunk: Result<ProductChunk, BackingError>,
        ctx: &mut SessionContext<ProductTalk>,
    ) {
        let Ok(chunk) = chunk else {
            self.close(&Close::Restart, ctx);
            return;
        };
        let cursor = self.talk.start.cursor.clone();
        self.say(&server_frame::products(&cursor, &chunk), ctx);
        match chunk.products.last() {
            Some(last) if chunk.remaining > 0 => self.send_snapshot(Some(last.id), ctx),
            _ => self.follow(),
        }
    }
}
