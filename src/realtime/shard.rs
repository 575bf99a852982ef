//! The actor of one web worker: takes frames from the hubs into the worker's logs.

use std::rc::Rc;
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Message};

use super::messages::{CloseAll, Deliver, Load, Settled, SocketCount, Stream};
use super::product_hub::ProductHub;
use super::worker::WorkerStream;
use crate::protocol::close::Close;

/// How often the hub is told how many sockets there are.
const COUNT_INTERVAL: Duration = Duration::from_millis(500);
/// How often the readers are looked over for slow ones.
const SURVEY_INTERVAL: Duration = Duration::from_secs(2);
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
    hub: Addr<ProductHub>,
    told: Option<SocketCount>,
    flush_due: bool,
}

impl Shard {
    pub(super) fn new(
        worker: u64,
        products: Rc<WorkerStream>,
        chat: Rc<WorkerStream>,
        hub: Addr<ProductHub>,
    ) -> Self {
        Self {
            worker,
            products,
            chat,
            hub,
            told: None,
            flush_due: false,
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
        if self.told != Some(count) && self.hub.try_send(count).is_ok() {
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
        ctx.run_interval(COUNT_INTERVAL, |shard, _| shard.tell_count());
        ctx.run_interval(SURVEY_INTERVAL, |shard, _| {
            shard.products.survey();
            shard.chat.survey();
        });
    }
}

impl Handler<Load> for Shard {
    type Result = ();

    fn handle(&mut self, Load { stream, log }: Load, _: &mut Self::Context) {
        self.stream(stream).load(log);
    }
}

impl Handler<Deliver> for Shard {
    type Result = ();

    fn handle(&mut self, message: Deliver, ctx: &mut Self::Context) {
        self.stream(message.stream).append(message.entries);
        if !self.flush_due {
            self.flush_due = true;
            ctx.notify(Flush);
        }
    }
}

impl Handler<Flush> for Shard {
    type Result = ();

    fn handle(&mut self, _: Flush, _: &mut Self::Context) {
        self.flush_due = false;
        self.products.flush();
        self.chat.flush();
    }
}

impl Handler<Settled> for Shard {
    type Result = ();

    fn handle(&mut self, _: Settled, _: &mut Self::Context) {}
}

impl Handler<CloseAll> for Shard {
    type Result = ();

    fn handle(&mut self, _: CloseAll, _: &mut Self::Context) {
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
        self.products.close_all(&mut close);
        self.chat.close_all(&mut close);
    }
}
