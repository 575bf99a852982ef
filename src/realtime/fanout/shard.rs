//! The actor of one web worker: takes frames from the hubs into the worker's replicas.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message};

use super::hubs::Hubs;
use super::messages::{Drained, Register, ShardMessage, SocketCount, Stream};
use super::panic_guard::catch_panic;
use super::worker_stream::WorkerStream;
use crate::protocol::close::Close;

/// How often the number of sockets is sent to the product hub.
const COUNT_INTERVAL: Duration = Duration::from_millis(500);
/// How often slow subscribers are counted.
const SURVEY_INTERVAL: Duration = Duration::from_secs(2);
/// How long a shard waits after a panic before it requests the logs again.
const RECOVERY_DELAY: Duration = Duration::from_millis(100);
/// Batches in the mailbox; a hub that finds it full sends later from its log.
const MAILBOX: usize = 64;
/// Seconds over which clients reconnect after a shutdown: at least, and at most.
const RECONNECT_SPREAD: (usize, usize) = (5, 60);
/// Reconnects of a worker's sockets per second.
const RECONNECTS_PER_SECOND: usize = 500;

/// Owns the sockets accepted on its worker.
pub struct Shard {
    worker: u64,
    products: Rc<WorkerStream>,
    chat: Rc<WorkerStream>,
    hubs: Hubs,
    /// The count that the product hub has.
    sent_count: Option<SocketCount>,
    flush_scheduled: bool,
}

impl Shard {
    pub(super) fn new(
        worker: u64,
        products: Rc<WorkerStream>,
        chat: Rc<WorkerStream>,
        hubs: Hubs,
    ) -> Self {
        Self {
            worker,
            products,
            chat,
            hubs,
            sent_count: None,
            flush_scheduled: false,
        }
    }

    /// Runs a step. A panic may leave a hole in the replicas: they are dropped, their sockets
    /// closed, and the hubs send whole logs again.
    pub(crate) fn step(
        &mut self,
        ctx: &mut Context<Self>,
        step: impl FnOnce(&mut Self, &mut Context<Self>),
    ) {
        if catch_panic("shard", || step(self, ctx)).is_none() {
            self.flush_scheduled = false;
            self.products.discard_log();
            self.chat.discard_log();
            ctx.run_later(RECOVERY_DELAY, |shard, ctx| {
                let recipient = ctx.address().recipient();
                shard.hubs.products.do_send(Register(recipient.clone()));
                shard.hubs.chat.do_send(Register(recipient));
            });
        }
    }

    fn stream(&self, stream: Stream) -> &WorkerStream {
        match stream {
            Stream::Products => &self.products,
            Stream::Chat => &self.chat,
        }
    }

    fn send_count(&mut self) {
        let count = SocketCount {
            worker: self.worker,
            open: self.products.open_sockets(),
            ever: self.products.joined(),
        };
        if self.sent_count != Some(count) && self.hubs.products.try_send(count).is_ok() {
            self.sent_count = Some(count);
        }
    }

    /// Flushes after the other messages in the mailbox, so that they share one write.
    fn schedule_flush(&mut self, ctx: &mut Context<Self>) {
        if !self.flush_scheduled {
            self.flush_scheduled = true;
            ctx.notify(Flush);
        }
    }

    fn close_all(&self) {
        let sockets = self.products.open_sockets() + self.chat.open_sockets();
        let (least, most) = RECONNECT_SPREAD;
        let spread = (sockets / RECONNECTS_PER_SECOND).clamp(least, most) as u64;
        // Each worker starts at another second.
        let mut second = self.worker;
        let mut close = || {
            second += 1;
            let reconnect_in = (second % spread) as u32 + 1;
            Close::GoingAway { reconnect_in }
        };
        self.products.shut_down(&mut close);
        self.chat.shut_down(&mut close);
    }
}

/// From the shard to itself.
#[derive(Message)]
#[rtype(result = "()")]
struct Flush;

impl Actor for Shard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        ctx.run_interval(COUNT_INTERVAL, |shard, ctx| {
            shard.step(ctx, |shard, _| shard.send_count());
        });
        ctx.run_interval(SURVEY_INTERVAL, |shard, ctx| {
            shard.step(ctx, |shard, _| {
                shard.products.survey();
                shard.chat.survey();
            });
        });
    }
}

impl Handler<ShardMessage> for Shard {
    type Result = ();

    fn handle(&mut self, message: ShardMessage, ctx: &mut Self::Context) {
        self.step(ctx, |shard, ctx| match message {
            ShardMessage::LoadLog {
                stream,
                log,
                catalogue,
            } => shard
                .stream(stream)
                .load(log, catalogue.map(|loaded| *loaded)),
            ShardMessage::Deliver { stream, entries } => {
                shard.stream(stream).append(entries);
                shard.schedule_flush(ctx);
            }
            ShardMessage::CloseAll => shard.close_all(),
        });
    }
}

impl Handler<Flush> for Shard {
    type Result = ();

    fn handle(&mut self, _: Flush, ctx: &mut Self::Context) {
        self.step(ctx, |shard, _| {
            shard.flush_scheduled = false;
            shard.products.flush();
            shard.chat.flush();
        });
    }
}

impl Handler<Drained> for Shard {
    type Result = ();

    fn handle(&mut self, _: Drained, _: &mut Self::Context) {}
}
