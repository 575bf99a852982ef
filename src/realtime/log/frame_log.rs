//! The ring of recent frames of one stream.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::entry::Entry;
use crate::domain::ids::ProductId;
use crate::domain::position::Position;

/// Bounds of a log; the oldest frames are dropped first.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub entries: usize,
    /// Bytes of all frames.
    pub bytes: usize,
    /// Age of the oldest frame.
    pub age: Duration,
}

impl Default for Limits {
    /// Enough for a page that was offline for some minutes of heavy load. All workers share the
    /// bytes of the frames.
    fn default() -> Self {
        Self {
            entries: 10_000,
            bytes: 16 << 20,
            age: Duration::from_secs(3600),
        }
    }
}

/// The newest frames of a stream in their order. Cursors hold indexes, which only grow and are
/// never used twice.
#[derive(Debug, Clone)]
pub struct FrameLog {
    entries: VecDeque<Arc<Entry>>,
    /// The index of the oldest entry.
    first: u64,
    bytes: usize,
    limits: Limits,
    /// The position just before the oldest entry.
    base: Position,
    /// The sequence number of the newest message of the stream, in the log or older.
    newest_seq: i64,
    /// The index of the newest frame of each product, for conflation.
    newest: HashMap<ProductId, u64>,
}

impl FrameLog {
    /// An empty log whose only known position is `base`.
    pub fn new(base: Position, newest_seq: i64, limits: Limits) -> Self {
        Self {
            entries: VecDeque::new(),
            first: 0,
            bytes: 0,
            limits,
            base,
            newest_seq,
            newest: HashMap::new(),
        }
    }

    /// Appends a frame, then drops the oldest frames beyond the limits.
    pub fn append(&mut self, entry: Arc<Entry>) {
        let now = entry.at;
        self.bytes += entry.frame.bytes().len();
        if let Some(seq) = entry.seq {
            self.newest_seq = self.newest_seq.max(seq);
        }
        if let Some(product) = entry.product_id() {
            self.newest.insert(product, self.end());
        }
        self.entries.push_back(entry);
        self.trim(now);
    }

    fn trim(&mut self, now: Instant) {
        while self.entries.len() > 1 && self.is_over(now) {
            let Some(dropped) = self.entries.pop_front() else {
                return;
            };
            self.forget(&dropped);
            self.first += 1;
            self.bytes -= dropped.frame.bytes().len();
            if let Some(position) = &dropped.position {
                self.base = position.clone();
            }
        }
    }

    fn forget(&mut self, dropped: &Entry) {
        if let Some(product) = dropped.product_id()
            && self.newest.get(&product) == Some(&self.first)
        {
            self.newest.remove(&product);
        }
    }

    /// Whether a later frame is about the same product.
    pub(crate) fn is_superseded(&self, index: u64) -> bool {
        let product = self.get(index).and_then(|entry| entry.product_id());
        product
            .and_then(|product| self.newest.get(&product))
            .is_some_and(|newest| *newest > index)
    }

    fn is_over(&self, now: Instant) -> bool {
        let too_old = |entry: &Arc<Entry>| now.duration_since(entry.at) > self.limits.age;
        self.entries.len() > self.limits.entries
            || self.bytes > self.limits.bytes
            || self.entries.front().is_some_and(too_old)
    }

    /// Drops everything; from now on `base` is the only known position, and `newest_seq` the newest
    /// message there. One index is skipped, so that a cursor at the end lags too: changes between
    /// its position and `base` may be missing.
    pub fn restart(&mut self, base: Position, newest_seq: i64) {
        self.first = self.end() + 1;
        self.entries.clear();
        self.newest.clear();
        self.bytes = 0;
        self.base = base;
        self.newest_seq = newest_seq;
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The index of the next append.
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// The index of the oldest frame.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The frame at an index from [`FrameLog::first`] to before [`FrameLog::end`].
    pub fn get(&self, index: u64) -> Option<&Arc<Entry>> {
        let offset = index.checked_sub(self.first)?;
        self.entries.get(usize::try_from(offset).ok()?)
    }

    /// The frames from an index on; `None` if some of them are no longer in the log.
    pub fn since(&self, index: u64) -> Option<Vec<Arc<Entry>>> {
        let offset = usize::try_from(index.checked_sub(self.first)?).ok()?;
        Some(self.entries.iter().skip(offset).cloned().collect())
    }

    /// The newest position of the stream.
    pub fn cursor(&self) -> &Position {
        let newest = self.entries.iter().rev().find_map(|e| e.position.as_ref());
        newest.unwrap_or(&self.base)
    }

    /// The newest position before an index, which is the position of a cursor there. The base for
    /// an index that is no longer in the log.
    pub fn position_before(&self, index: u64) -> Position {
        let count = usize::try_from(index.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let before = self.entries.iter().take(count).rev();
        let newest = before.filter_map(|entry| entry.position.as_ref()).next();
        newest.unwrap_or(&self.base).clone()
    }

    /// The sequence number of the newest message of the stream, in the log or older.
    pub fn newest_seq(&self) -> i64 {
        self.newest_seq
    }

    /// The index of the first frame after a position; `None` if the log does not have the position.
    pub fn index_after(&self, position: &Position) -> Option<u64> {
        let holds = |entry: &Arc<Entry>| entry.position.as_ref() == Some(position);
        self.entries
            .iter()
            .rposition(holds)
            .map(|offset| self.first + offset as u64 + 1)
            .or_else(|| (self.base == *position).then_some(self.first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Update;
    use crate::protocol::frame::Frame;
    use crate::realtime::log::samples::{entry, position};

    fn log(entries: usize) -> FrameLog {
        let limits = Limits {
            entries,
            ..Limits::default()
        };
        FrameLog::new(position(0), 0, limits)
    }

    #[test]
    fn a_known_position_gives_the_index_of_the_next_frame() {
        let mut log = log(3);
        let now = Instant::now();
        (1..=5).for_each(|n| log.append(entry(n, now)));

        assert_eq!(log.index_after(&position(2)), Some(2), "the new base");
        assert_eq!(log.index_after(&position(4)), Some(4));
        assert_eq!(log.index_after(&position(5)), Some(log.end()));
        assert_eq!(log.index_after(&position(1)), None, "dropped");
        assert_eq!(log.index_after(&position(6)), None, "not yet appended");
    }

    #[test]
    fn bytes_and_age_bound_the_log() {
        let now = Instant::now();
        let mut small = log(100);
        small.limits.bytes = 7;
        (1..=4).for_each(|n| small.append(entry(n, now)));
        assert_eq!(small.end() - small.first(), 2, "3 bytes each");

        let mut young = log(100);
        young.append(entry(1, now));
        young.append(entry(2, now + Duration::from_secs(3601)));
        assert_eq!(young.first(), 1);
        assert_eq!(young.index_after(&position(1)), Some(1));
    }

    #[test]
    fn a_restarted_log_knows_only_its_base_and_never_reuses_an_index() {
        let mut log = log(10);
        log.append(entry(1, Instant::now()));
        let end = log.end();
        log.restart(position(9), 7);
        assert_eq!(log.index_after(&position(1)), None);
        assert_eq!(log.index_after(&position(9)), Some(end + 1));
        assert_eq!(log.cursor(), &position(9));
        assert_eq!(log.newest_seq(), 7);
    }

    #[test]
    fn a_newer_frame_supersedes_an_older_one_of_the_same_product() {
        let mut log = log(3);
        let now = Instant::now();
        let product = |n: u8| ProductId::from_bytes([n; 12]);
        for (n, id) in [(1, 7), (2, 8), (3, 7)] {
            let frame = Frame::text(b"x");
            log.append(Arc::new(Entry::product(
                position(n),
                Update::gone(product(id)),
                frame,
                now,
            )));
        }
        let superseded: Vec<_> = (0..3).map(|index| log.is_superseded(index)).collect();
        assert_eq!(superseded, [true, false, false]);
        (4..=6).for_each(|n| log.append(entry(n, now)));
        assert!(log.newest.is_empty(), "dropped frames leave no index");
    }

    #[test]
    fn ephemeral_frames_do_not_move_the_cursor() {
        let mut log = log(10);
        let now = Instant::now();
        log.append(entry(1, now));
        log.append(Arc::new(Entry::ephemeral(Frame::text(b"x"), now)));
        assert_eq!(log.cursor(), &position(1));
        assert_eq!(log.index_after(&position(1)), Some(1));
    }

    #[test]
    fn a_page_may_miss_an_hour_10_000_frames_or_16_mebibytes() {
        let limits = Limits::default();
        assert_eq!((limits.entries, limits.bytes), (10_000, 16_777_216));
        assert_eq!(limits.age, Duration::from_secs(3600));
    }

    #[test]
    fn a_log_keeps_what_is_just_within_its_limits() {
        let start = Instant::now();
        let mut log = log(3);
        log.limits.bytes = 9;
        for n in 1..=3 {
            log.append(entry(n, start + Duration::from_secs(1800) * (n as u32 - 1)));
        }
        assert_eq!((log.first(), log.len(), log.bytes()), (0, 3, 9));
    }

    #[test]
    fn the_newest_frame_stays_whatever_the_limits() {
        let mut log = log(0);
        log.limits.bytes = 0;
        (1..=3).for_each(|n| log.append(entry(n, Instant::now())));
        assert_eq!((log.first(), log.len(), log.bytes()), (2, 1, 3));
        assert_eq!(log.cursor(), &position(3));
        log.restart(position(9), 0);
        assert_eq!((log.len(), log.bytes()), (0, 0));
    }

    #[test]
    fn frames_are_found_by_their_index() {
        let mut log = log(2);
        (1..=4).for_each(|n| log.append(entry(n, Instant::now())));
        let seqs = |index| {
            let entries = log.since(index)?;
            Some(
                entries
                    .iter()
                    .filter_map(|entry| entry.seq)
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(seqs(1), None, "dropped");
        assert_eq!((seqs(2), seqs(3)), (Some(vec![3, 4]), Some(vec![4])));
        assert_eq!(seqs(4), Some(Vec::new()));
        let seq = |index| log.get(index).and_then(|entry| entry.seq);
        assert_eq!([1, 2, 3, 4].map(seq), [None, Some(3), Some(4), None]);
    }

    #[test]
    fn a_cursor_has_the_position_of_the_last_frame_before_it() {
        let mut log = log(3);
        let now = Instant::now();
        (1..=2).for_each(|n| log.append(entry(n, now)));
        log.append(Arc::new(Entry::ephemeral(Frame::text(b"x"), now)));
        log.append(entry(3, now));
        let positions = [0, 1, 2, 3, 4, 9].map(|index| log.position_before(index));
        assert_eq!(positions, [1, 1, 2, 2, 3, 3].map(position), "0 was dropped");
    }

    #[test]
    fn an_older_message_does_not_lower_the_newest_number() {
        let mut log = log(3);
        [5, 3]
            .into_iter()
            .for_each(|n| log.append(entry(n, Instant::now())));
        assert_eq!(log.newest_seq(), 5);
    }
}
