//! The two streams: their sockets, and how much is sent how fast.

use std::cell::Cell;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::group::metric_group;
use super::histogram::Histogram;

/// The metrics of the realtime engine. Clones share the counters.
#[derive(Debug, Clone, Default)]
pub struct RealtimeMetrics {
    pub products: StreamMetrics,
    pub chat: StreamMetrics,
    /// People in the chat, each counted once.
    pub people: Gauge,
}

/// The metrics of one stream: one metric of each family.
#[derive(Debug, Clone)]
pub struct StreamMetrics {
    pub open: Gauge,
    pub slow: Gauge,
    pub log_frames: Gauge,
    pub log_bytes: Gauge,
    pub frames: Counter,
    pub bytes: Counter,
    pub conflated: Counter,
    pub lagged: Counter,
    pub snapshots: Counter,
    pub late: Counter,
    pub fan_out: Histogram,
    opened: Family<OpenedLabels, Counter>,
    closed: Family<ClosedLabels, Counter>,
    name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StreamLabels {
    stream: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OpenedLabels {
    stream: &'static str,
    cursor: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClosedLabels {
    stream: &'static str,
    code: &'static str,
}

impl Default for StreamMetrics {
    fn default() -> Self {
        StreamFamilies::default().stream("")
    }
}

impl StreamMetrics {
    /// Counts an opened socket. `None`: it had no cursor.
    pub fn opened(&self, cursor_is_known: Option<bool>) {
        let cursor = match cursor_is_known {
            None => "none",
            Some(true) => "known",
            Some(false) => "unknown",
        };
        let stream = self.name;
        self.opened
            .get_or_create(&OpenedLabels { stream, cursor })
            .inc();
    }

    /// Counts a closed socket by its close code, or by a word if there was none.
    pub fn closed(&self, code: &'static str) {
        let stream = self.name;
        self.closed
            .get_or_create(&ClosedLabels { stream, code })
            .inc();
    }
}

type StreamGauge = Family<StreamLabels, Gauge>;
type StreamCounter = Family<StreamLabels, Counter>;

metric_group! {
    /// Each stream has one metric in each family.
    struct StreamFamilies {
        /// Open sockets
        open: StreamGauge = "sockets_open", Family::default();
        /// Subscriptions more than two seconds behind
        slow: StreamGauge = "readers_slow", Family::default();
        /// Frames in the log
        log_frames: StreamGauge = "log_frames", Family::default();
        /// Bytes in the log
        log_bytes: StreamGauge = "log_bytes", Family::default();
        /// Frames sent to sockets
        frames: StreamCounter = "delivered_frames", Family::default();
        /// Bytes of the frames sent to sockets
        bytes: StreamCounter = "delivered_bytes", Family::default();
        /// Frames not sent to slow subscriptions because newer ones replace them
        conflated: StreamCounter = "conflated_frames", Family::default();
        /// Subscriptions that lagged behind the log: new snapshot, or close code 4008 in the chat
        lagged: StreamCounter = "readers_lapsed", Family::default();
        /// Snapshots and histories started
        snapshots: StreamCounter = "snapshots", Family::default();
        /// Deliveries delayed because a worker was busy
        late: StreamCounter = "workers_late", Family::default();
        /// Time from the encoding of a frame until a worker sent it to all ready sockets
        fan_out: Family<StreamLabels, Histogram, fn() -> Histogram> = "fan_out_seconds",
            Family::new_with_constructor(Histogram::times);
        /// Opened sockets by cursor: none, known (resumed) or unknown
        opened: Family<OpenedLabels, Counter> = "sockets_entered", Family::default();
        /// Closed sockets by close code
        closed: Family<ClosedLabels, Counter> = "sockets_closed", Family::default();
    }
}

impl RealtimeMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let families = StreamFamilies::default();
        families.register(registry);
        let people = Gauge::default();
        let help = "People in the chat, each counted once";
        registry.register("people", help, people.clone());
        Self {
            products: families.stream("products"),
            chat: families.stream("chat"),
            people,
        }
    }
}

impl StreamFamilies {
    fn stream(&self, name: &'static str) -> StreamMetrics {
        let stream = StreamLabels { stream: name };
        for cursor in ["none", "known", "unknown"] {
            let stream = name;
            // Zeros are shown from the start.
            drop(self.opened.get_or_create(&OpenedLabels { stream, cursor }));
        }
        StreamMetrics {
            open: self.open.get_or_create_owned(&stream),
            slow: self.slow.get_or_create_owned(&stream),
            log_frames: self.log_frames.get_or_create_owned(&stream),
            log_bytes: self.log_bytes.get_or_create_owned(&stream),
            frames: self.frames.get_or_create_owned(&stream),
            bytes: self.bytes.get_or_create_owned(&stream),
            conflated: self.conflated.get_or_create_owned(&stream),
            lagged: self.lagged.get_or_create_owned(&stream),
            snapshots: self.snapshots.get_or_create_owned(&stream),
            late: self.late.get_or_create_owned(&stream),
            fan_out: self.fan_out.get_or_create_owned(&stream),
            opened: self.opened.clone(),
            closed: self.closed.clone(),
            name,
        }
    }
}

/// Deliveries of one worker since the last flush. Plain numbers, so that a frame to a socket costs
/// no atomic operation.
#[derive(Debug, Default)]
pub struct SendStats {
    frames: Cell<u64>,
    bytes: Cell<u64>,
    conflated: Cell<u64>,
}

impl SendStats {
    /// Counts frames sent to one socket.
    pub fn sent(&self, frames: u64, bytes: usize) {
        self.frames.set(self.frames.get() + frames);
        self.bytes.set(self.bytes.get() + bytes as u64);
    }

    /// Counts frames that were conflated.
    pub fn conflated(&self, frames: u64) {
        self.conflated.set(self.conflated.get() + frames);
    }

    /// Adds the counts to the stream's metrics and resets them.
    pub fn flush(&self, stream: &StreamMetrics) {
        stream.frames.inc_by(self.frames.take());
        stream.bytes.inc_by(self.bytes.take());
        stream.conflated.inc_by(self.conflated.take());
    }

    /// Flushes after a batch was sent to all sockets.
    pub fn flush_batch(&self, stream: &StreamMetrics, appended: Instant) {
        self.flush(stream);
        stream.fan_out.record(appended.elapsed());
    }
}

metric_group! {
    /// The metrics of the path from the store's feed to the hubs.
    pub struct FeedMetrics {
        /// 1 while stored changes reach the pages
        pub live: Gauge = "feed_live", Gauge::default();
        /// Changes sent to the hubs
        pub changes: Counter = "feed_changes", Counter::default();
        /// Times that the feed lost its position and all clients resynced
        pub lost: Counter = "feed_lost", Counter::default();
    }
}
