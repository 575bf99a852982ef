//! The two streams: who reads them, what they are sent and how soon.

use std::cell::Cell;
use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::histogram::Histogram;
use super::registered;

/// What the realtime engine counts. Clones share everything.
#[derive(Debug, Clone, Default)]
pub struct RealtimeMetrics {
    /// The product stream.
    pub products: StreamMetrics,
    /// The chat.
    pub chat: StreamMetrics,
    /// Different people in the chat.
    pub people: Gauge,
}

/// One stream's counters; those that are made by themselves count for nobody.
#[derive(Debug, Clone)]
pub struct StreamMetrics {
    /// Sockets that are open.
    pub open: Gauge,
    /// Frames of the stream that were handed to sockets.
    pub frames: Counter,
    /// Their bytes.
    pub bytes: Counter,
    /// Time from a frame's encoding until every free socket of a worker was given it.
    pub fan_out: Histogram,
    /// Readers that are slow now.
    pub slow: Gauge,
    /// Frames that slow readers were spared, because newer ones replace them.
    pub conflated: Counter,
    /// Readers that the log moved past: a new snapshot for products, the end (4008) in the chat.
    pub lapsed: Counter,
    /// Snapshots and histories that were begun.
    pub snapshots: Counter,
    /// Times that a worker was too busy to be told at once.
    pub late: Counter,
    /// Frames in the log.
    pub log_frames: Gauge,
    /// Their bytes.
    pub log_bytes: Gauge,
    entered: Entrances,
    closed: Family<Closed, Counter>,
    name: &'static str,
}

/// Sockets by what they knew when they came.
#[derive(Debug, Clone, Default)]
struct Entrances {
    fresh: Counter,
    known: Counter,
    unknown: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stream {
    stream: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Entered {
    stream: &'static str,
    cursor: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Closed {
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
            lapsed: Counter::default(),
            snapshots: Counter::default(),
            late: Counter::default(),
            log_frames: Gauge::default(),
            log_bytes: Gauge::default(),
            entered: Entrances::default(),
            closed: Family::default(),
            name: "",
        }
    }
}

impl StreamMetrics {
    /// A socket came: with no cursor (`None`), one that the log holds, or one that it does not.
    pub fn entered(&self, cursor_is_known: Option<bool>) {
        let counter = match cursor_is_known {
            None => &self.entered.fresh,
            Some(true) => &self.entered.known,
            Some(false) => &self.entered.unknown,
        };
        counter.inc();
    }

    /// A socket ended: with the close code as text, or a word where there was none.
    pub fn closed(&self, code: &'static str) {
        let stream = self.name;
        self.closed.get_or_create(&Closed { stream, code }).inc();
    }
}

/// The families of which each stream has one.
struct Families {
    gauges: Vec<Family<Stream, Gauge>>,
    counters: Vec<Family<Stream, Counter>>,
    fan_out: Family<Stream, Histogram, fn() -> Histogram>,
    entered: Family<Entered, Counter>,
    closed: Family<Closed, Counter>,
}

const GAUGES: [(&str, &str); 4] = [
    ("sockets_open", "Sockets that are open"),
    (
        "readers_slow",
        "Readers that are more than two seconds behind",
    ),
    ("log_frames", "Frames in the log"),
    ("log_bytes", "Bytes in the log"),
];

const COUNTERS: [(&str, &str); 6] = [
    (
        "delivered_frames",
        "Frames of the stream that were handed to sockets",
    ),
    (
        "delivered_bytes",
        "Bytes of the frames that were handed to sockets",
    ),
    (
        "conflated_frames",
        "Frames that slow readers were spared, because newer ones replace them",
    ),
    (
        "readers_lapsed",
        "Readers that fell out of the log: a new snapshot, or the end with 4008 in the chat",
    ),
    ("snapshots", "Snapshots and histories that were begun"),
    (
        "workers_late",
        "Times that a worker was too busy to be told of frames at once",
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
                "Time from a frame's encoding until every free socket of a worker was given it",
                Family::new_with_constructor(Histogram::times as fn() -> Histogram),
            ),
            entered: registered(
                registry,
                "sockets_entered",
                "Sockets by the cursor that they came with: none, known (resumed) or unknown",
                Family::default(),
            ),
            closed: registered(
                registry,
                "sockets_closed",
                "Sockets that ended, by close code",
                Family::default(),
            ),
        };
        let help = "Different people in the chat";
        Self {
            products: families.stream("products"),
            chat: families.stream("chat"),
            people: registered(registry, "people", help, Gauge::default()),
        }
    }
}

impl Families {
    fn stream(&self, name: &'static str) -> StreamMetrics {
        let stream = Stream { stream: name };
        let [open, slow, log_frames, log_bytes] =
            [0, 1, 2, 3].map(|at: usize| self.gauges[at].get_or_create_owned(&stream));
        let [frames, bytes, conflated, lapsed, snapshots, late] =
            [0, 1, 2, 3, 4, 5].map(|at: usize| self.counters[at].get_or_create_owned(&stream));
        let entered = |cursor| {
            let labels = Entered {
                stream: name,
                cursor,
            };
            self.entered.get_or_create_owned(&labels)
        };
        StreamMetrics {
            open,
            frames,
            bytes,
            fan_out: self.fan_out.get_or_create_owned(&stream),
            slow,
            conflated,
            lapsed,
            snapshots,
            late,
            log_frames,
            log_bytes,
            entered: Entrances {
                fresh: entered("none"),
                known: entered("known"),
                unknown: entered("unknown"),
            },
            closed: self.closed.clone(),
            name,
        }
    }
}

/// What one worker has sent since it last said so: plain numbers, so that a frame to a socket costs no atomic.
#[derive(Debug, Default)]
pub struct Tally {
    frames: Cell<u64>,
    bytes: Cell<u64>,
    conflated: Cell<u64>,
}

impl Tally {
    /// Frames were handed to a socket.
    pub fn sent(&self, frames: u64, bytes: usize) {
        self.frames.set(self.frames.get() + frames);
        self.bytes.set(self.bytes.get() + bytes as u64);
    }

    /// A slow reader was spared frames.
    pub fn spared(&self, frames: u64) {
        self.conflated.set(self.conflated.get() + frames);
    }

    /// Adds what there is to the stream's counters.
    pub fn settle(&self, stream: &StreamMetrics) {
        stream.frames.inc_by(self.frames.take());
        stream.bytes.inc_by(self.bytes.take());
        stream.conflated.inc_by(self.conflated.take());
    }

    /// A batch that was appended at a moment has reached the sockets.
    pub fn settle_batch(&self, stream: &StreamMetrics, appended: Instant) {
        self.settle(stream);
        stream.fan_out.took(appended.elapsed());
    }
}

/// The way from the store's feed to the hubs.
#[derive(Debug, Clone, Default)]
pub struct FeedMetrics {
    /// 1 while changes reach the pages.
    pub live: Gauge,
    /// Changes that were told to the hubs.
    pub changes: Counter,
    /// Times that the feed lost its place, and all pages started anew.
    pub lost: Counter,
}

impl FeedMetrics {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "1 while stored changes reach the pages";
        registry.register("feed_live", help, self.live.clone());
        let help = "Stored changes that were told to the hubs";
        registry.register("feed_changes", help, self.changes.clone());
        let help = "Times that the feed lost its place, and all pages started anew";
        registry.register("feed_lost", help, self.lost.clone());
    }
}
