//! The ring of frames that a stream's readers follow.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::entry::Entry;
use crate::domain::ids::ProductId;
use crate::domain::position::Position;

/// What a log may hold; the oldest frames go first.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Frames.
    pub entries: usize,
    /// Bytes of frames.
    pub bytes: usize,
    /// Age of the oldest frame.
    pub age: Duration,
}

impl Default for Limits {
    /// Enough for a page that was away for some minutes of a rush, in at most 16 MiB per stream;
    /// the bytes are shared by all workers.
    fn default() -> Self {
        Self {
            entries: 10_000,
            bytes: 16 << 20,
            age: Duration::from_secs(3600),
        }
    }
}

/// The newest frames of a stream in their order. Readers hold indexes, which only grow and are
/// never used twice.
#[derive(Debug, Clone)]
pub struct FrameLog {
    entries: VecDeque<Arc<Entry>>,
    /// The index of the front entry.
    first: u64,
    bytes: usize,
    limits: Limits,
    /// The place just before the front entry.
    base: Position,
    /// The sequence number of the newest message that readers were told or that was stored before.
    newest_seq: i64,
    /// The index of the newest frame of each product: what a slow reader may skip to.
    newest: HashMap<ProductId, u64>,
}

impl FrameLog {
    /// An empty log that knows exactly one place.
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

    /// Appends a frame and drops what the limits no longer allow.
    pub fn append(&mut self, entry: Arc<Entry>) {
        let now = entry.at;
        self.bytes += entry.frame.bytes().len();
        if let Some(seq) = entry.seq {
            self.newest_seq = self.newest_seq.max(seq);
        }
        if let Some(product) = entry.product {
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
        if let Some(product) = dropped.product
            && self.newest.get(&product) == Some(&self.first)
        {
            self.newest.remove(&product);
        }
    }

    /// Whether a newer frame about the same product stands behind this one.
    pub(super) fn is_superseded(&self, index: u64) -> bool {
        let product = self.get(index).and_then(|entry| entry.product);
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

    /// Forgets everything; from now on only `base` is a known place, where `newest_seq` is the
    /// newest message. An index is left out, so that a reader who had everything finds itself behind
    /// too: what happened before `base` it was not told.
    pub fn restart(&mut self, base: Position, newest_seq: i64) {
        self.first = self.end() + 1;
        self.entries.clear();
        self.newest.clear();
        self.bytes = 0;
        self.base = base;
        self.newest_seq = newest_seq;
    }

    /// How many frames it holds.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Bytes of the frames that it holds.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The index that the next frame will have.
    pub fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// The oldest index that can be read.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The frame at an index from [`FrameLog::first`] to before [`FrameLog::end`].
    pub fn get(&self, index: u64) -> Option<&Arc<Entry>> {
        let offset = index.checked_sub(self.first)?;
        self.entries.get(usize::try_from(offset).ok()?)
    }

    /// The frames from an index on; `None` when some of them are gone already.
    pub fn since(&self, index: u64) -> Option<Vec<Arc<Entry>>> {
        let offset = usize::try_from(index.checked_sub(self.first)?).ok()?;
        Some(self.entries.iter().skip(offset).cloned().collect())
    }

    /// Where the stream stands: the newest place.
    pub fn cursor(&self) -> &Position {
        let newest = self.entries.iter().rev().find_map(|e| e.position.as_ref());
        newest.unwrap_or(&self.base)
    }

    /// The newest place before an index: where a reader stands whose next frame is there. The base
    /// for one that the log has moved past.
    pub fn position_before(&self, index: u64) -> Position {
        let count = usize::try_from(index.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let before = self.entries.iter().take(count).rev();
        let newest = before.filter_map(|entry| entry.position.as_ref()).next();
        newest.unwrap_or(&self.base).clone()
    }

    /// See [`FrameLog::newest_seq`].
    pub fn newest_seq(&self) -> i64 {
        self.newest_seq
    }

    /// The index of the first frame after a place; `None` when the log does not hold that place.
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
    use crate::protocol::frame::Frame;

    fn position(n: u64) -> Position {
        Position::new(n.to_string()).expect("plain")
    }

    fn entry(n: u64, at: Instant) -> Arc<Entry> {
        let frame = Frame::text(n.to_string().as_bytes());
        Arc::new(Entry::chat(position(n), Some(n as i64), frame, at))
    }

    fn log(entries: usize) -> FrameLog {
        let limits = Limits {
            entries,
            ..Limits::default()
        };
        FrameLog::new(position(0), 0, limits)
    }

    #[test]
    fn a_reader_at_any_kept_place_finds_the_next_frame() {
        let mut log = log(3);
        let now = Instant::now();
        (1..=5).for_each(|n| log.append(entry(n, now)));

        assert_eq!(log.index_after(&position(2)), Some(2), "the new base");
        assert_eq!(log.index_after(&position(4)), Some(4));
        assert_eq!(log.index_after(&position(5)), Some(log.end()));
        assert_eq!(log.index_after(&position(1)), None, "dropped");
        assert_eq!(log.index_after(&position(6)), None, "of the future");
    }

    #[test]
    fn the_bytes_and_the_age_bound_the_log() {
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
    fn a_restart_knows_only_its_base_and_never_reuses_an_index() {
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
    fn a_product_frame_is_superseded_by_a_newer_one() {
        let mut log = log(3);
        let now = Instant::now();
        let product = |n: u8| ProductId::from_bytes([n; 12]);
        for (place, id) in [(1, 7), (2, 8), (3, 7)] {
            let frame = Frame::text(b"x");
            log.append(Arc::new(Entry::product(
                position(place),
                product(id),
                frame,
                now,
            )));
        }
        let superseded: Vec<_> = (0..3).map(|index| log.is_superseded(index)).collect();
        assert_eq!(superseded, [true, false, false]);
        (4..=6).for_each(|n| log.append(entry(n, now)));
        assert!(log.newest.is_empty(), "dropped frames leave nothing behind");
    }

    #[test]
    fn passing_frames_do_not_move_the_cursor() {
        let mut log = log(10);
        let now = Instant::now();
        log.append(entry(1, now));
        log.append(Arc::new(Entry::passing(Frame::text(b"x"), now)));
        assert_eq!(log.cursor(), &position(1));
        assert_eq!(log.index_after(&position(1)), Some(1));
    }
}
