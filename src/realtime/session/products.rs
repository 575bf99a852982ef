//! What a product socket says: a welcome, a snapshot unless it resumed, then the stream.

use std::collections::HashSet;

use actix::{ActorFutureExt, AsyncContext, WrapFuture};

use super::{PART_BYTES, Session, SessionContext, Talk, unhurried};
use crate::domain::cart_transition::CartReason;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::position::Position;
use crate::domain::product_query::ProductChunk;
use crate::protocol::close::Close;
use crate::protocol::frame::Frame;
use crate::protocol::server_frame::{self, ErrorCode};
use crate::realtime::backing::{BackingError, FollowedCart, SharedBacking};
use crate::realtime::entry::CartMark;
use crate::realtime::outbox::Outbox;
use crate::realtime::product_entrance::{ProductEntrance, ProductStep};
use crate::realtime::reader::Reader;
use crate::realtime::worker::WorkerStream;

/// Most products in a part of a snapshot.
const PART: u32 = 100;

/// The products' part of a session.
pub struct ProductTalk {
    backing: SharedBacking,
    entrance: ProductEntrance,
    cart: Option<FollowedCart>,
    /// Products that the next part of the snapshot may have, by the size of those before.
    part: u32,
}

impl std::fmt::Debug for ProductTalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProductTalk")
            .field("entrance", &self.entrance)
            .field("cart", &self.cart)
            .finish_non_exhaustive()
    }
}

impl ProductTalk {
    /// A reader who was at `since`; `None` while the worker has no log.
    pub fn new(
        backing: SharedBacking,
        stream: &WorkerStream,
        since: Option<&Position>,
        wants_snapshot: bool,
    ) -> Option<Self> {
        let entrance = ProductEntrance::new(&*stream.log()?, since, wants_snapshot);
        let resumed = entrance.start().resumed;
        stream.metrics().entered(since.map(|_| resumed));
        Some(Self {
            backing,
            entrance,
            cart: None,
            part: PART,
        })
    }

    /// Of all products, or of `only` some.
    pub fn products(self, only: Option<HashSet<ProductId>>) -> (Self, Outbox) {
        let outbox = Outbox::new(Reader::new(self.entrance.start().next, only));
        (self, outbox)
    }

    /// Of a cart and the products that it holds at the time; `None` for an unknown cart. The
    /// reader's place is fixed before the cart is read, so that nothing is missed between the two.
    ///
    /// # Errors
    /// The cart cannot be read.
    pub async fn cart(mut self, id: CartId) -> Result<Option<(Self, Outbox)>, BackingError> {
        let Some(followed) = self.backing.follow_cart(id).await? else {
            return Ok(None);
        };
        let mut reader = Reader::new(self.entrance.start().next, None);
        reader.follow(&CartMark::new(&followed.cart, followed.revision));
        self.cart = Some(followed);
        Ok(Some((self, Outbox::new(reader))))
    }
}

impl Talk for ProductTalk {
    fn opened(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let start = session.talk.entrance.start();
        session.say(&server_frame::welcome(&start.cursor, start.resumed), ctx);
        session.tell_cart(ctx);
        session.take_step(session.talk.entrance.welcomed(), ctx);
    }

    fn text(session: &mut Session<Self>, _text: &str, ctx: &mut SessionContext<Self>) {
        session.say(&server_frame::error(ErrorCode::BadFrame, None), ctx);
    }

    fn lapsed(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let stream = session.stream.clone();
        stream.metrics().lapsed.inc();
        let step = stream.log().map(|log| session.talk.entrance.lapsed(&log));
        match step {
            Some(step) => session.enter_anew(step, ctx),
            None => session.close(&Close::Restart, ctx),
        }
    }

    fn closed(_: &mut Session<Self>) {}
}

impl Session<ProductTalk> {
    fn tell_cart(&self, ctx: &mut SessionContext<ProductTalk>) {
        if let Some(followed) = &self.talk.cart {
            let cursor = &self.talk.entrance.start().cursor;
            let frame = server_frame::cart(cursor, CartReason::Snapshot, &followed.cart);
            self.say(&frame, ctx);
        }
    }

    /// Goes on after the log has moved past the reader: states of its cart are gone with it.
    fn enter_anew(&self, step: ProductStep, ctx: &mut SessionContext<ProductTalk>) {
        let Some(id) = self.talk.cart.as_ref().map(|followed| followed.cart.id) else {
            return self.take_step(step, ctx);
        };
        let backing = self.talk.backing.clone();
        let read = async move { backing.follow_cart(id).await };
        let told = unhurried(read)
            .into_actor(self)
            .map(move |followed, session, ctx| session.follow_anew(followed, step, ctx));
        ctx.wait(told);
    }

    fn follow_anew(
        &mut self,
        followed: Result<Option<FollowedCart>, BackingError>,
        step: ProductStep,
        ctx: &mut SessionContext<ProductTalk>,
    ) {
        let Ok(Some(followed)) = followed else {
            return self.close(&Close::Restart, ctx);
        };
        self.outbox
            .follow(&CartMark::new(&followed.cart, followed.revision));
        self.talk.cart = Some(followed);
        self.tell_cart(ctx);
        self.take_step(step, ctx);
    }

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
        if after.is_none() {
            self.stream.metrics().snapshots.inc();
        }
        let (backing, part) = (self.talk.backing.clone(), self.talk.part);
        let only: Option<Vec<_>> = self.outbox.only().map(|ids| ids.into_iter().collect());
        let read = async move { backing.product_chunk(after, only.as_deref(), part).await };
        let sent = unhurried(read)
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
        let (frame, chunk) = self.fitting_part(chunk);
        self.say(&frame, ctx);
        let last = chunk.products.last().map(|product| product.id);
        let step = self.talk.entrance.told(last, chunk.remaining);
        self.take_step(step, ctx);
    }

    /// As much of a part as fits into a frame; what is left out begins the next part, which is
    /// about as long as this one turned out.
    fn fitting_part(&mut self, mut chunk: ProductChunk) -> (Frame, ProductChunk) {
        let cursor = &self.talk.entrance.start().cursor;
        loop {
            let frame = server_frame::products(cursor, &chunk);
            let (bytes, count) = (frame.payload().len(), chunk.products.len());
            let fitting = (count * PART_BYTES / bytes).max(1);
            self.talk.part = PART.min(u32::try_from(fitting).unwrap_or(PART));
            if bytes <= PART_BYTES || count <= 1 {
                return (frame, chunk);
            }
            chunk.products.truncate(fitting);
            chunk.remaining += (count - fitting) as u64;
        }
    }
}
