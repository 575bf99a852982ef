//! A worker's replica of a log, and the sockets that follow it.

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use slab::Slab;
use tokio::sync::watch;

use crate::catalogue::Catalogue;
use crate::domain::position::Position;
use crate::metrics::{SendStats, StreamMetrics};
use crate::protocol::close::Close;
use crate::realtime::log::{Entry, FrameLog};
use crate::realtime::sink::{Sink, Subscriber};

/// The output of a worker's sockets since its start.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeliveryProgress {
    /// Frames of the log.
    pub frames: u64,
    /// The worker's time spent on sending them.
    pub time: Duration,
}

/// A stream at one worker.
pub struct WorkerStream {
    log: RefCell<Option<FrameLog>>,
    /// At the end of the log; `None` in the chat.
    catalogue: RefCell<Option<Catalogue>>,
    subscribers: RefCell<Slab<Subscriber>>,
    /// Sockets since the start.
    joined: Cell<u64>,
    /// The server shuts down: new sockets are closed with this.
    shutdown: RefCell<Option<Close>>,
    sink: Sink,
    /// The time of the first append since the last flush.
    pending: Cell<Option<Instant>>,
    /// Frames since the last flush.
    unsent: Cell<u64>,
    progress: watch::Sender<DeliveryProgress>,
    /// Counts that are not in `metrics` yet.
    send_stats: SendStats,
    /// Slow subscribers at the last survey.
    slow: Cell<i64>,
    metrics: StreamMetrics,
}

impl WorkerStream {
    pub(crate) fn new(metrics: StreamMetrics) -> Self {
        Self {
            log: RefCell::new(None),
            catalogue: RefCell::new(None),
            subscribers: RefCell::new(Slab::new()),
            joined: Cell::new(0),
            shutdown: RefCell::new(None),
            sink: Sink::default(),
            pending: Cell::new(None),
            unsent: Cell::new(0),
            progress: watch::Sender::default(),
            send_stats: SendStats::default(),
            slow: Cell::new(0),
            metrics,
        }
    }

    /// `None` before the worker was started, and while it recovers from a panic.
    pub(crate) fn log(&self) -> Option<Ref<'_, FrameLog>> {
        Ref::filter_map(self.log.borrow(), Option::as_ref).ok()
    }

    /// The products at the end of the log; `None` in the chat, before the worker was started, and
    /// while it recovers from a panic. To be dropped before the caller waits for anything.
    pub(crate) fn catalogue(&self) -> Option<RefMut<'_, Catalogue>> {
        RefMut::filter_map(self.catalogue.borrow_mut(), Option::as_mut).ok()
    }

    pub(super) fn has_position(&self, position: &Position) -> bool {
        let log = self.log();
        log.is_some_and(|log| log.index_after(position).is_some())
    }

    /// Replaces the log. Subscriptions of the old one have lost their position, so their sockets
    /// are closed.
    pub(crate) fn load(&self, log: FrameLog, catalogue: Option<Catalogue>) {
        *self.catalogue.borrow_mut() = catalogue;
        let replaced = self.log.borrow_mut().replace(log).is_some();
        if replaced {
            self.close_all(|| Close::Restart);
        }
    }

    /// Drops a log that cannot be trusted, and closes every socket.
    pub(super) fn discard_log(&self) {
        *self.log.borrow_mut() = None;
        *self.catalogue.borrow_mut() = None;
        self.pending.set(None);
        self.unsent.set(0);
        self.close_all(|| Close::Restart);
    }

    /// Appends frames; they are sent at the next [`WorkerStream::flush`].
    pub(crate) fn append(&self, entries: Vec<Arc<Entry>>) {
        if let Some(log) = self.log.borrow_mut().as_mut() {
            let first = entries.first().map(|entry| entry.at);
            self.unsent.update(|unsent| unsent + entries.len() as u64);
            let mut catalogue = self.catalogue();
            for entry in entries {
                if let Some(catalogue) = catalogue.as_deref_mut() {
                    entry.apply_to(catalogue);
                }
                log.append(entry);
            }
            self.pending.set(self.pending.get().or(first));
        }
    }

    /// Gives the sink everything since the last flush, as one batch.
    pub(super) fn flush(&self) {
        if let Some(appended) = self.pending.take()
            && let Some(log) = self.log()
        {
            let start = Instant::now();
            let subscribers = self.subscribers.borrow();
            let subscribers = subscribers.iter().map(|(_, subscriber)| subscriber);
            self.sink.deliver(&log, subscribers, &self.send_stats);
            self.send_stats.flush_batch(&self.metrics, appended);
            self.progress.send_modify(|progress| {
                progress.frames += self.unsent.take();
                progress.time += start.elapsed();
            });
        }
    }

    /// Follows the output of this worker's sockets.
    pub fn progress(&self) -> watch::Receiver<DeliveryProgress> {
        self.progress.subscribe()
    }

    pub(crate) fn metrics(&self) -> &StreamMetrics {
        &self.metrics
    }

    pub(crate) fn send_stats(&self) -> &SendStats {
        &self.send_stats
    }

    /// Updates the metrics of slow and conflated subscriptions.
    pub(super) fn survey(&self) {
        let now = Instant::now();
        let mut slow = 0;
        for (_, subscriber) in self.subscribers.borrow().iter() {
            slow += i64::from(subscriber.subscription.cursor().is_slow(now));
            let conflated = subscriber.subscription.cursor().take_conflated();
            self.send_stats.conflated(conflated);
        }
        self.send_stats.flush(&self.metrics);
        self.metrics.slow.inc_by(slow - self.slow.replace(slow));
    }

    pub(super) fn open_sockets(&self) -> usize {
        self.subscribers.borrow().len()
    }

    /// All sockets since the start.
    pub(super) fn joined(&self) -> u64 {
        self.joined.get()
    }

    fn close_all(&self, mut close: impl FnMut() -> Close) {
        for (_, subscriber) in self.subscribers.borrow().iter() {
            subscriber.subscription.close(close());
        }
    }

    /// Closes every socket, and later those whose handshake is still in progress.
    pub(super) fn shut_down(&self, mut close: impl FnMut() -> Close) {
        self.close_all(&mut close);
        *self.shutdown.borrow_mut() = Some(close());
    }

    /// Adds a subscriber for as long as the membership lives.
    pub(crate) fn join(self: &Rc<Self>, subscriber: Subscriber) -> Membership {
        self.joined.set(self.joined.get() + 1);
        if let Some(close) = self.shutdown.borrow().clone() {
            subscriber.subscription.close(close);
        }
        self.metrics.open.inc();
        Membership {
            key: self.subscribers.borrow_mut().insert(subscriber),
            stream: Rc::clone(self),
        }
    }
}

/// A subscriber's entry in its worker's table; dropping it removes the entry.
pub(crate) struct Membership {
    stream: Rc<WorkerStream>,
    key: usize,
}

impl Drop for Membership {
    fn drop(&mut self) {
        let subscriber = self.stream.subscribers.borrow_mut().remove(self.key);
        let conflated = subscriber.subscription.cursor().take_conflated();
        self.stream.send_stats.conflated(conflated);
        self.stream.metrics.open.dec();
    }
}
