//! The two streams: their sockets, and how much is sent how fast.

use std::cell::Cell;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use super::registered;

/// The metrics of the realtime engine. Clones share the counters.
#[derive(Debug, Clone, Default)]
pub struct RealtimeMetrics {
    pub products: StreamMetrics,
    pub chat: StreamMetrics,
    /// People in the chat, each counted once.
    pub people: Gauge,
}

/// The metrics of one stream. The default is not registered anywhere.
#[derive(Debug, Clone)]
pub struct StreamMetrics {
    /// Open sockets.
    pub open: Gauge,
    /// Frames sent to sockets.
    pub frames: Counter,
    /// Bytes of these frames.
    pub bytes: Counter,
    /// Time from the encoding of a frame until a worker sent it to all ready sockets.
    pub fan_out: Histogram,
    /// Subscriptions that are slow now.
    pub slow: Gauge,
    /// Frames not sent to slow subscriptions because newer ones replace them.
    pub conflated: Counter,
    /// Subscriptions that lagged behind the log: they get a new snapshot, or close code 4008 in the
    /// chat.
    pub lagged: Counter,
    /// Snapshots and histories started.
    pub snapshots: Counter,
    /// Deliveries delayed because a worker was busy.
    pub late: Counter,
    /// Frames in the log.
    pub log_frames: Gauge,
    /// Bytes in the log.
    pub log_bytes: Gauge,
    opened: OpenedSockets,
    closed: Family<ClosedLabels, Counter>,
    name: &'static str,
}

/// Opened sockets by their cursor.
#[derive(Debug, Clone, Default)]
struct OpenedSockets {
    none: Counter,
    known: Counter,
    unknown: Counter,
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
        Self {
            open: Gauge::default(),
            frames: Counter::default(),
            bytes: Counter::default(),
            fan_out: Histogram::times(),
            slow: Gauge::default(),
            conflated: Counter::default(),
            lagged: Counter::default(),
            snapshots: Counter::default(),
            late: Counter::default(),
            log_frames: Gauge::default(),
            log_bytes: Gauge::default(),
            opened: OpenedSockets::default(),
            closed: Family::default(),
            name: "",
        }
    }
}

impl StreamMetrics {
    /// Counts an opened socket. `None`: it had no cursor.
    pub fn opened(&self, cursor_is_known: Option<bool>) {
        let counter = match cursor_is_known {
            None => &self.opened.none,
            Some(true) => &self.opened.known,
            Some(false) => &self.opened.unknown,
        };
        counter.inc();
    }

    /// Counts a closed socket by its close code, or by a word if there was none.
    pub fn closed(&self, code: &'static str) {
        let stream = self.name;
        self.closed
            .get_or_create(&ClosedLabels { stream, code })
            .inc();
    }
}

/// The metric families; each stream has one metric in each.
struct Families {
    gauges: Vec<Family<StreamLabels, Gauge>>,
    counters: Vec<Family<StreamLabels, Counter>>,
    fan_out: Family<StreamLabels, Histogram, fn() -> Histogram>,
    opened: Family<OpenedLabels, Counter>,
    closed: Family<ClosedLabels, Counter>,
}

const GAUGES: [(&str, &str); 4] = [
    ("sockets_open", "Open sockets"),
    ("readers_slow", "Subscriptions more than two seconds behind"),
    ("log_frames", "Frames in the log"),
    ("log_bytes", "Bytes in the log"),
];

const COUNTERS: [(&str, &str); 6] = [
    ("delivered_frames", "Frames sent to sockets"),
    ("delivered_bytes", "Bytes of the frames sent to sockets"),
    (
        "conflated_frames",
        "Frames not sent to slow subscriptions because newer ones replace them",
    ),
    (
        "readers_lapsed",
        "Subscriptions that lagged behind the log: new snapshot, or close code 4008 in the chat",
    ),
    ("snapshots", "Snapshots and histories started"),
    (
        "workers_late",
        "Deliveries delayed because a worker was busy",
    ),
];

impl RealtimeMetrics {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let families = Families {
            gauges: GAUGES
                .map(|(name, help)| registered(registry, name, help, Family::default()))
                .into(),
            counters: COUNTERS
                .map(|(name, help)| registered(registry, name, help, Family::default()))
                .into(),
            fan_out: registered(
                registry,
                "fan_out_seconds",
                "Time from the encoding of a frame until a worker sent it to all ready sockets",
                Family::new_with_constructor(Histogram::times as fn() -> Histogram),
            ),
            opened: registered(
                registry,
                "sockets_entered",
                "Opened sockets by cursor: none, known (resumed) or unknown",
                Family::default(),
            ),
            closed: registered(
                registry,
                "sockets_closed",
                "Closed sockets by close code",
                Family::default(),
            ),
        };
        let help = "People in the chat, each counted once";
        Self {
            products: families.stream("products"),
            chat: families.stream("chat"),
            people: registered(registry, "people", help, Gauge::default()),
        }
    }
}

impl Families {
    fn stream(&self, name: &'static str) -> StreamMetrics {
        let stream = StreamLabels { stream: name };
        let [open, slow, log_frames, log_bytes] =
            [0, 1, 2, 3].map(|at: usize| self.gauges[at].get_or_create_owned(&stream));
        let [frames, bytes, conflated, lagged, snapshots, late] =
            [0, 1, 2, 3, 4, 5].map(|at: usize| self.counters[at].get_or_create_owned(&stream));
        let opened = |cursor| {
            let labels = OpenedLabels {
                stream: name,
                cursor,
            };
            self.opened.get_or_create_owned(&labels)
        };
        StreamMetrics {
            open,
            frames,
            bytes,
            fan_out: self.fan_out.get_or_create_owned(&stream),
            slow,
            conflated,
            lagged,
            snapshots,
            late,
            log_frames,
            log_bytes,
            opened: OpenedSockets {
                none: opened("none"),
                known: opened("known"),
                unknown: opened("unknown"),
            },
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

/// The metrics of the path from the store's feed to the hubs.
#[derive(Debug, Clone, Default)]
pub struct FeedMetrics {
    /// 1 while changes reach the pages.
    pub live: Gauge,
    /// Changes sent to the hubs.
    pub changes: Counter,
    /// Times that the feed lost its position and all clients resynced.
    pub lost: Counter,
}

impl FeedMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "1 while stored changes reach the pages";
        registry.register("feed_live", help, self.live.clone());
        let help = "Changes sent to the hubs";
        registry.register("feed_changes", help, self.changes.clone());
        let help = "Times that the feed lost its position and all clients resynced";
        registry.register("feed_lost", help, self.lost.clone());
    }
}
