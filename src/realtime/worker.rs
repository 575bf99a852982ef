//! What one web worker knows of the streams: its copy of each log, and its sockets.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix::prelude::MailboxError;
use actix::{Actor, Addr, Context, Handler};
use slab::Slab;
use tokio::sync::watch;

use super::chat_room::ChatRoom;
use super::frame_log::FrameLog;
use super::messages::{Register, Settled};
use super::outbox::Outbox;
use super::product_hub::ProductHub;
use super::shard::Shard;
use super::sink::{Sink, SinkKind};
use crate::domain::position::Position;
use crate::metrics::{RealtimeMetrics, StreamMetrics, Tally};
use crate::protocol::close::Close;

/// The two hubs.
#[derive(Debug, Clone)]
pub struct Hubs {
    /// The hub of the product stream.
    pub products: Addr<ProductHub>,
    /// The hub of the chat.
    pub chat: Addr<ChatRoom>,
}

/// One web worker's share of the realtime engine; it never leaves the worker's thread.
#[derive(Debug, Clone)]
pub struct Worker {
    /// The product stream.
    pub products: Rc<WorkerStream>,
    /// The chat.
    pub chat: Rc<WorkerStream>,
    /// The hubs.
    pub hubs: Hubs,
    /// The actor that the hubs tell.
    pub shard: Addr<Shard>,
}

impl Worker {
    /// Starts the worker's shard and waits until it has both logs.
    ///
    /// # Errors
    /// A hub is gone.
    pub async fn start(
        hubs: Hubs,
        sink: SinkKind,
        metrics: RealtimeMetrics,
    ) -> Result<Self, MailboxError> {
        static WORKERS: AtomicU64 = AtomicU64::new(0);

        let worker = WORKERS.fetch_add(1, Ordering::Relaxed);
        let products = Rc::new(WorkerStream::new(sink.sink(), metrics.products));
        let chat = Rc::new(WorkerStream::new(sink.sink(), metrics.chat));
        let shard =
            Shard::new(worker, Rc::clone(&products), Rc::clone(&chat), hubs.clone()).start();
        hubs.products.send(Register(shard.clone())).await?;
        hubs.chat.send(Register(shard.clone())).await?;
        shard.send(Settled).await?;
        Ok(Self {
            products,
            chat,
            hubs,
            shard,
        })
    }

    /// Waits until this worker knows a place of the product stream, if its hub does: what another
    /// worker has shown already may still be on its way to this one.
    pub async fn await_product_place(&self, place: &Position) {
        self.settle(&self.products, place, &self.hubs.products)
            .await;
    }

    /// The same for a place of the chat.
    pub async fn await_chat_place(&self, place: &Position) {
        self.settle(&self.chat, place, &self.hubs.chat).await;
    }

    async fn settle<H>(&self, stream: &WorkerStream, place: &Position, hub: &Addr<H>)
    where
        H: Actor<Context = Context<H>> + Handler<Settled>,
    {
        // Without a hub nothing is on its way.
        if !stream.knows(place)
            && hub.send(Settled).await.is_ok()
            && let Err(error) = self.shard.send(Settled).await
        {
            log::warn!("a worker's shard does not answer: {error}");
        }
    }
}

/// How far a worker's sockets were told of a stream, since it started.
#[derive(Debug, Clone, Copy, Default)]
pub struct Told {
    /// Frames of the log.
    pub frames: u64,
    /// The worker's time that telling them took.
    pub time: Duration,
}

/// A worker's copy of a stream's log, and the readers that follow it here.
pub struct WorkerStream {
    log: RefCell<Option<FrameLog>>,
    readers: RefCell<Slab<Rc<Outbox>>>,
    /// How many have ever joined.
    joined: Cell<u64>,
    /// What whoever joins is closed with: the server is about to end.
    ending: RefCell<Option<Close>>,
    sink: Box<dyn Sink>,
    /// When the first frame was appended that the sink has not been told of.
    pending: Cell<Option<Instant>>,
    /// How many frames were appended since then.
    untold: Cell<u64>,
    told: watch::Sender<Told>,
    /// What was sent and is not in `metrics` yet.
    tally: Tally,
    /// How many readers were found slow last.
    slow: Cell<i64>,
    metrics: StreamMetrics,
}

impl std::fmt::Debug for WorkerStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerStream")
            .field("readers", &self.readers.borrow().len())
            .finish_non_exhaustive()
    }
}

impl WorkerStream {
    pub(super) fn new(sink: Box<dyn Sink>, metrics: StreamMetrics) -> Self {
        Self {
            log: RefCell::new(None),
            readers: RefCell::new(Slab::new()),
            joined: Cell::new(0),
            ending: RefCell::new(None),
            sink,
            pending: Cell::new(None),
            untold: Cell::new(0),
            told: watch::Sender::default(),
            tally: Tally::default(),
            slow: Cell::new(0),
            metrics,
        }
    }

    /// The log; `None` before the worker was started, and while it begins anew.
    pub(super) fn log(&self) -> Option<Ref<'_, FrameLog>> {
        Ref::filter_map(self.log.borrow(), Option::as_ref).ok()
    }

    fn knows(&self, place: &Position) -> bool {
        let log = self.log();
        log.is_some_and(|log| log.index_after(place).is_some())
    }

    /// Replaces the log. Readers of an older one have lost their place.
    pub(super) fn load(&self, log: FrameLog) {
        let replaced = self.log.borrow_mut().replace(log).is_some();
        if replaced {
            self.close_all(|| Close::Restart);
        }
    }

    /// Drops the log, and closes every socket: what it holds cannot be trusted.
    pub(super) fn lose(&self) {
        *self.log.borrow_mut() = None;
        self.pending.set(None);
        self.untold.set(0);
        self.close_all(|| Close::Restart);
    }

    /// Changes the log; the readers are told at the next [`WorkerStream::flush`].
    pub(super) fn append(&self, entries: Vec<std::sync::Arc<super::entry::Entry>>) {
        if let Some(log) = self.log.borrow_mut().as_mut() {
            let first = entries.first().map(|entry| entry.at);
            self.untold.update(|untold| untold + entries.len() as u64);
            entries.into_iter().for_each(|entry| log.append(entry));
            self.pending.set(self.pending.get().or(first));
        }
    }

    /// Tells the sink once about all that was appended since the last time.
    pub(super) fn flush(&self) {
        if let Some(appended) = self.pending.take()
            && let Some(log) = self.log()
        {
            let began = Instant::now();
            let readers = self.readers.borrow();
            let mut readers = readers.iter().map(|(_, outbox)| outbox);
            self.sink.deliver(&log, &mut readers, &self.tally);
            self.tally.settle_batch(&self.metrics, appended);
            self.told.send_modify(|told| {
                told.frames += self.untold.take();
                told.time += began.elapsed();
            });
        }
    }

    /// Follows how far this worker's sockets are told.
    pub fn told(&self) -> watch::Receiver<Told> {
        self.told.subscribe()
    }

    /// The stream's counters.
    pub(super) fn metrics(&self) -> &StreamMetrics {
        &self.metrics
    }

    /// What this worker's sockets are sent.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Looks at all readers: how many are slow, and what they were spared.
    pub(super) fn survey(&self) {
        let now = Instant::now();
        let mut slow = 0;
        for (_, outbox) in self.readers.borrow().iter() {
            slow += i64::from(outbox.is_slow(now));
            self.tally.spared(outbox.take_spared());
        }
        self.tally.settle(&self.metrics);
        self.metrics.slow.inc_by(slow - self.slow.replace(slow));
    }

    /// How many sockets read the stream here.
    pub(super) fn readers(&self) -> usize {
        self.readers.borrow().len()
    }

    /// How many sockets have ever read the stream here.
    pub(super) fn joined(&self) -> u64 {
        self.joined.get()
    }

    /// Closes every socket, each with its own reason.
    pub(super) fn close_all(&self, mut close: impl FnMut() -> Close) {
        for (_, outbox) in self.readers.borrow().iter() {
            outbox.close(close());
        }
    }

    /// Closes every socket because the server is about to end, and whichever joins from now on: its
    /// handshake was under way.
    pub(super) fn end(&self, mut close: impl FnMut() -> Close) {
        self.close_all(&mut close);
        *self.ending.borrow_mut() = Some(close());
    }

    /// Adds a reader, for as long as the membership lives.
    pub(super) fn join(self: &Rc<Self>, outbox: Rc<Outbox>) -> Membership {
        self.joined.set(self.joined.get() + 1);
        if let Some(close) = self.ending.borrow().clone() {
            outbox.close(close);
        }
        self.metrics.open.inc();
        Membership {
            key: self.readers.borrow_mut().insert(outbox),
            stream: Rc::clone(self),
        }
    }
}

/// A reader's place in its worker's table; dropped, the place is free.
pub(super) struct Membership {
    stream: Rc<WorkerStream>,
    key: usize,
}

impl Drop for Membership {
    fn drop(&mut self) {
        let outbox = self.stream.readers.borrow_mut().remove(self.key);
        self.stream.tally.spared(outbox.take_spared());
        self.stream.metrics.open.dec();
    }
}
