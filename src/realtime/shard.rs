//! The actor of one web worker: takes frames from the hubs into the worker's logs.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Handler, Message};

use super::containment::contained;
use super::messages::{CloseAll, Deliver, Load, Register, Settled, SocketCount, Stream};
use super::worker::{Hubs, WorkerStream};
use crate::protocol::close::Close;

/// How often the hub is told how many sockets there are.
const COUNT_INTERVAL: Duration = Duration::from_millis(500);
/// How often the readers are looked over for slow ones.
const SURVEY_INTERVAL: Duration = Duration::from_secs(2);
/// How soon a shard that begins anew asks the hubs for their logs.
const AGAIN: Duration = Duration::from_millis(100);
/// Batches that may wait; a hub that finds the mailbox full sends later from its log.
const MAILBOX: usize = 64;
/// Clients come back after a stop spread over so many seconds: at least, and at most.
const RECONNECT_SPREAD: (usize, usize) = (5, 60);
/// Sockets of a worker that may come back in a second.
const RECONNECTS: usize = 500;

/// Owns the sockets that were accepted on its worker.
#[derive(Debug)]
pub struct Shard {
    worker: u64,
    products: Rc<WorkerStream>,
    chat: Rc<WorkerStream>,
    hubs: Hubs,
    told: Option<SocketCount>,
    flush_due: bool,
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
            told: None,
            flush_due: false,
        }
    }

    /// Takes a step. One that panics may leave the logs with a hole: they are dropped, whoever reads them
    /// comes back, and the hubs are asked for whole ones.
    pub(super) fn step(
        &mut self,
        ctx: &mut Context<Self>,
        step: impl FnOnce(&mut Self, &mut Context<Self>),
    ) {
        if contained("a worker's shard", || step(self, ctx)).is_none() {
            self.flush_due = false;
            self.products.lose();
            self.chat.lose();
            ctx.run_later(AGAIN, |shard, ctx| {
                shard.hubs.products.do_send(Register(ctx.address()));
                shard.hubs.chat.do_send(Register(ctx.address()));
            });
        }
    }

    fn stream(&self, stream: Stream) -> &WorkerStream {
        match stream {
            Stream::Products => &self.products,
            Stream::Chat => &self.chat,
        }
    }

    fn tell_count(&mut self) {
        let count = SocketCount {
            worker: self.worker,
            open: self.products.readers(),
            ever: self.products.joined(),
        };
        if self.told != Some(count) && self.hubs.products.try_send(count).is_ok() {
            self.told = Some(count);
        }
    }
}

/// Sent to itself: what else waits in the mailbox is taken before anything is written.
#[derive(Debug, Message)]
#[rtype(result = "()")]
struct Flush;

impl Actor for Shard {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
        ctx.run_interval(COUNT_INTERVAL, |shard, ctx| {
            shard.step(ctx, |shard, _| shard.tell_count());
        });
        ctx.run_interval(SURVEY_INTERVAL, |shard, ctx| {
            shard.step(ctx, |shard, _| {
                shard.products.survey();
                shard.chat.survey();
            });
        });
    }
}

impl Handler<Load> for Shard {
    type Result = ();

    fn handle(&mut self, Load { stream, log }: Load, ctx: &mut Self::Context) {
        self.step(ctx, |shard, _| shard.stream(stream).load(log));
    }
}

impl Handler<Deliver> for Shard {
    type Result = ();

    fn handle(&mut self, message: Deliver, ctx: &mut Self::Context) {
        self.step(ctx, |shard, ctx| {
            shard.stream(message.stream).append(message.entries);
            if !shard.flush_due {
                shard.flush_due = true;
                ctx.notify(Flush);
            }
        });
    }
}

impl Handler<Flush> for Shard {
    type Result = ();

    fn handle(&mut self, _: Flush, ctx: &mut Self::Context) {
        self.step(ctx, |shard, _| {
            shard.flush_due = false;
            shard.products.flush();
            shard.chat.flush();
        });
    }
}

impl Handler<Settled> for Shard {
    type Result = ();

    fn handle(&mut self, _: Settled, _: &mut Self::Context) {}
}

impl Handler<CloseAll> for Shard {
    type Result = ();

    fn handle(&mut self, _: CloseAll, ctx: &mut Self::Context) {
        self.step(ctx, |shard, _| shard.end());
    }
}

impl Shard {
    fn end(&self) {
        let sockets = self.products.readers() + self.chat.readers();
        let (least, most) = RECONNECT_SPREAD;
        let spread = (sockets / RECONNECTS).clamp(least, most) as u64;
        // Each worker begins at another second.
        let mut turn = self.worker;
        let mut close = || {
            turn += 1;
            let reconnect_in = (turn % spread) as u32 + 1;
            Close::GoingAway { reconnect_in }
        };
        self.products.end(&mut close);
        self.chat.end(&mut close);
    }
}
