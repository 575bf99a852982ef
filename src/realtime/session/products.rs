//! The products' part of a session: a welcome, a snapshot unless it resumed, then the stream.

use std::collections::HashSet;
use std::rc::Rc;

use super::shop_api::{FollowedCart, SharedShopApi, ShopApiError};
use super::{MAX_PART_BYTES, Session, SessionContext, SessionHandler};
use crate::catalogue::Chunk;
use crate::domain::cart_transition::CartReason;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::position::Position;
use crate::protocol::close::Close;
use crate::protocol::frame::Frame;
use crate::protocol::server_frame::{self, ErrorCode};
use crate::realtime::fanout::WorkerStream;
use crate::realtime::log::CartFilter;
use crate::realtime::subscription::{CatchUpStep, LogCursor, ProductCatchUp, Subscription};

/// Products in a part of a snapshot.
const MAX_PART_PRODUCTS: usize = 100;

/// The handler of a product socket.
pub struct ProductSession {
    shop_api: SharedShopApi,
    catch_up: ProductCatchUp,
    cart: Option<FollowedCart>,
    /// Products to read for the next part, estimated from the size of the last one.
    part_products: usize,
}

impl ProductSession {
    /// A session from `since` on; `None` while the worker has no log.
    pub fn new(
        shop_api: SharedShopApi,
        stream: &WorkerStream,
        since: Option<&Position>,
        wants_snapshot: bool,
    ) -> Option<Self> {
        let catch_up = ProductCatchUp::new(&*stream.log()?, since, wants_snapshot);
        let resumed = catch_up.resume_point().resumed;
        stream.metrics().opened(since.map(|_| resumed));
        Some(Self {
            shop_api,
            catch_up,
            cart: None,
            part_products: MAX_PART_PRODUCTS,
        })
    }

    /// Subscribes to all products, or to `only` some.
    pub fn products(self, only: Option<HashSet<ProductId>>) -> (Self, Subscription) {
        let next = self.catch_up.resume_point().next;
        let subscription = Subscription::new(LogCursor::new(next, only));
        (self, subscription)
    }

    /// Subscribes to a cart and its current products; `None` for an unknown cart. The position is
    /// fixed before the cart is read, so that no change between the two is missed.
    pub async fn cart(mut self, id: CartId) -> Result<Option<(Self, Subscription)>, ShopApiError> {
        let Some(followed) = self.shop_api.follow_cart(id).await? else {
            return Ok(None);
        };
        let mut log_cursor = LogCursor::new(self.catch_up.resume_point().next, None);
        log_cursor.follow(&CartFilter::new(&followed.cart, followed.revision));
        self.cart = Some(followed);
        Ok(Some((self, Subscription::new(log_cursor))))
    }
}

impl SessionHandler for ProductSession {
    fn on_open(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let resume_point = session.handler.catch_up.resume_point();
        let frame = server_frame::welcome(&resume_point.cursor, resume_point.resumed);
        session.send(&frame, ctx);
        session.send_cart(ctx);
        session.take_step(session.handler.catch_up.welcomed(), ctx);
    }

    fn on_text(session: &mut Session<Self>, _text: &str, ctx: &mut SessionContext<Self>) {
        session.send_error(ErrorCode::BadFrame, None, ctx);
    }

    fn on_lagged(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let stream = session.stream.clone();
        stream.metrics().lagged.inc();
        let step = stream
            .log()
            .map(|log| session.handler.catch_up.lagged(&log));
        match step {
            Some(step) => session.restart(step, ctx),
            None => session.close(&Close::Restart, ctx),
        }
    }

    fn on_closed(_: &mut Session<Self>) {}
}

impl Session<ProductSession> {
    fn send_cart(&self, ctx: &mut SessionContext<ProductSession>) {
        if let Some(followed) = &self.handler.cart {
            let cursor = &self.handler.catch_up.resume_point().cursor;
            let frame = server_frame::cart(cursor, CartReason::Snapshot, &followed.cart);
            self.send(&frame, ctx);
        }
    }

    /// Goes on after a lag. The log has lost states of the followed cart, so it is read again.
    fn restart(&self, step: CatchUpStep, ctx: &mut SessionContext<ProductSession>) {
        let Some(id) = self.handler.cart.as_ref().map(|followed| followed.cart.id) else {
            return self.take_step(step, ctx);
        };
        let shop_api = self.handler.shop_api.clone();
        let read = async move { shop_api.follow_cart(id).await };
        let restart = move |session: &mut Self, followed, ctx: &mut _| {
            session.restart_with(followed, step, ctx);
        };
        self.request(read, restart, ctx);
    }

    fn restart_with(
        &mut self,
        followed: Result<Option<FollowedCart>, ShopApiError>,
        step: CatchUpStep,
        ctx: &mut SessionContext<ProductSession>,
    ) {
        let Ok(Some(followed)) = followed else {
            return self.close(&Close::Restart, ctx);
        };
        self.subscription
            .cursor()
            .follow(&CartFilter::new(&followed.cart, followed.revision));
        self.handler.cart = Some(followed);
        self.send_cart(ctx);
        self.take_step(step, ctx);
    }

    fn take_step(&self, step: CatchUpStep, ctx: &mut SessionContext<ProductSession>) {
        match step {
            CatchUpStep::Follow => {
                let resume_point = self.handler.catch_up.resume_point();
                self.subscription
                    .unpause(resume_point.next, resume_point.live_from);
            }
            CatchUpStep::Snapshot(after) => self.send_snapshot(after, ctx),
        }
    }

    /// Sends the part after `after`. The next one is read only after this one has left: the actor
    /// runs only while the socket takes bytes.
    fn send_snapshot(&self, after: Option<ProductId>, ctx: &mut SessionContext<ProductSession>) {
        if after.is_none() {
            self.stream.metrics().snapshots.inc();
        }
        let (stream, limit) = (Rc::clone(&self.stream), self.handler.part_products);
        let only = self.subscription.cursor().only().map(Vec::from_iter);
        let read = async move {
            let catalogue = stream.catalogue()?;
            Some(catalogue.chunk(after, only.as_deref(), limit))
        };
        self.request(read, Self::send_part, ctx);
    }

    fn send_part(&mut self, chunk: Option<Chunk>, ctx: &mut SessionContext<ProductSession>) {
        let Some(chunk) = chunk else {
            return self.close(&Close::Restart, ctx);
        };
        let (frame, chunk) = self.fit_part(chunk);
        self.send(&frame, ctx);
        let last = chunk.entries.last().map(|entry| entry.product().id);
        let step = self.handler.catch_up.part_sent(last, chunk.remaining);
        self.take_step(step, ctx);
    }

    /// Cuts a chunk to [`MAX_PART_BYTES`]. The rest starts the next part, which is read with the
    /// number of products that fitted here.
    fn fit_part(&mut self, mut chunk: Chunk) -> (Frame, Chunk) {
        let cursor = &self.handler.catch_up.resume_point().cursor;
        loop {
            let products = chunk.entries.iter().map(|entry| entry.json());
            let frame = server_frame::products(cursor, products, chunk.remaining);
            let (bytes, count) = (frame.payload().len(), chunk.entries.len());
            let fitting = (count * MAX_PART_BYTES / bytes).max(1);
            self.handler.part_products = fitting.min(MAX_PART_PRODUCTS);
            if bytes <= MAX_PART_BYTES || count <= 1 {
                return (frame, chunk);
            }
            chunk.entries.truncate(fitting);
            chunk.remaining += (count - fitting) as u64;
        }
    }
}
