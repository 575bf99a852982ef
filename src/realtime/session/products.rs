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
use crate::realtime::product_entrance::{ProductEntrance, ProductStep};
use crate::realtime::reader::Reader;
use crate::realtime::worker::WorkerStream;

/// The products' part of a session.
pub struct ProductTalk {
    backing: SharedBacking,
    entrance: ProductEntrance,
}

impl std::fmt::Debug for ProductTalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProductTalk")
            .field("entrance", &self.entrance)
            .finish_non_exhaustive()
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
        let entrance = ProductEntrance::new(&*stream.log()?, since, wants_snapshot);
        let outbox = Outbox::new(Reader::new(entrance.start().next, only));
        Some((Self { backing, entrance }, outbox))
    }
}

impl Talk for ProductTalk {
    fn opened(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let start = session.talk.entrance.start();
        session.say(&server_frame::welcome(&start.cursor, start.resumed), ctx);
        session.take_step(session.talk.entrance.welcomed(), ctx);
    }

    fn text(session: &mut Session<Self>, _text: &str, ctx: &mut SessionContext<Self>) {
        session.say(&server_frame::error(ErrorCode::BadFrame, None), ctx);
    }

    fn lapsed(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let stream = session.stream.clone();
        let step = stream.log().map(|log| session.talk.entrance.lapsed(&log));
        match step {
            Some(step) => session.take_step(step, ctx),
            None => session.close(&Close::Restart, ctx),
        }
    }

    fn closed(_: &mut Session<Self>) {}
}

impl Session<ProductTalk> {
    fn take_step(&self, step: ProductStep, ctx: &mut SessionContext<ProductTalk>) {
        match step {
            ProductStep::Follow => {
                let start = self.talk.entrance.start();
                self.outbox.open(start.next, start.live_from);
            }
            ProductStep::Snapshot(after) => self.send_snapshot(after, ctx),
        }
    }

    /// Sends the part after `after`. The next one is read only when this one has left: the actor
    /// runs only while the socket takes bytes.
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
        let entrance = &self.talk.entrance;
        let cursor = &entrance.start().cursor;
        self.say(&server_frame::products(cursor, &chunk), ctx);
        let last = chunk.products.last().map(|product| product.id);
        self.take_step(entrance.told(last, chunk.remaining), ctx);
    }
}
