//! A place in a frame log. Live, resuming and slow subscribers differ only in their index.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::domain::ids::{CartId, ProductId};
use crate::domain::position::Position;
use crate::realtime::log::{CartFilter, Entry, FrameLog};

/// How long frames may be pending until a subscriber counts as slow.
const SLOW_AFTER: Duration = Duration::from_secs(2);

/// A state machine over a log: time goes in, frames come out. A stalled subscriber costs one
/// cursor, not a copy of the missed frames.
#[derive(Debug)]
pub struct LogCursor {
    /// The index of the next frame.
    next: u64,
    paused: bool,
    /// Ephemeral frames before this index are skipped.
    live_from: u64,
    /// The index after the last frame that brought a position.
    acknowledged: u64,
    /// The products of the filter; `None` for all.
    only: Option<HashSet<ProductId>>,
    /// The followed cart, and the newest revision of it that was sent.
    cart: Option<(CartId, u64)>,
    /// Since when there are frames that the socket does not take.
    pending_since: Option<Instant>,
    /// Frames skipped by conflation.
    conflated: u64,
}

#[derive(Debug)]
pub enum Pulled {
    Frame(Arc<Entry>),
    Nothing,
    /// The log no longer has the next frame; the cursor is paused.
    Lagged,
}

impl LogCursor {
    /// A paused cursor before the frame at an index.
    pub fn new(next: u64, only: Option<HashSet<ProductId>>) -> Self {
        Self {
            next,
            paused: true,
            live_from: next,
            acknowledged: next,
            only,
            cart: None,
            pending_since: None,
            conflated: 0,
        }
    }

    /// Follows a cart after the state that was sent: from now on newer states of it, and the frames
    /// of its products.
    pub fn follow(&mut self, filter: &CartFilter) {
        self.cart = Some((filter.cart, filter.revision));
        self.only = Some(filter.products.clone());
    }

    /// Gives the frames from an index on; ephemeral ones only from `live_from`.
    pub fn unpause(&mut self, next: u64, live_from: u64, now: Instant) {
        self.next = next;
        self.acknowledged = next;
        self.live_from = live_from;
        self.paused = false;
        self.pending_since = Some(now);
    }

    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// Notes that frames were appended; returns whether to pull them, which is not so while paused.
    pub fn mark_pending(&mut self, now: Instant) -> bool {
        if !self.paused {
            self.pending_since.get_or_insert(now);
        }
        !self.paused
    }

    /// The position of the cursor; `None` if the log no longer has it.
    pub fn reached(&self, log: &FrameLog) -> Option<Position> {
        (self.next >= log.first()).then(|| log.position_before(self.next))
    }

    /// The position of the cursor, if no frame has brought it: all newer frames were filtered out.
    pub fn unsent(&self, log: &FrameLog) -> Option<Position> {
        let reached = self.reached(log)?;
        let is_in_log = self.acknowledged >= log.first();
        let acknowledged = is_in_log.then(|| log.position_before(self.acknowledged));
        (acknowledged.as_ref() != Some(&reached)).then_some(reached)
    }

    /// Notes that the position was sent outside the log.
    pub fn set_acknowledged(&mut self) {
        self.acknowledged = self.next;
    }

    /// The products of the filter; `None` for all.
    pub fn only(&self) -> Option<impl Iterator<Item = ProductId>> {
        self.only.as_ref().map(|only| only.iter().copied())
    }

    /// Whether the log has frames after the cursor.
    pub fn is_behind(&self, log: &FrameLog) -> bool {
        !self.paused && self.next < log.end()
    }

    /// Takes the next frame.
    pub fn pull(&mut self, log: &FrameLog, now: Instant) -> Pulled {
        if self.paused {
            return Pulled::Nothing;
        }
        if self.next < log.first() {
            self.pause();
            return Pulled::Lagged;
        }
        let slow = self.is_slow(now);
        while let Some(entry) = log.get(self.next) {
            let index = self.next;
            self.next += 1;
            if slow && log.is_superseded(index) {
                self.conflated += 1;
                continue;
            }
            if self.selects(entry, index) {
                if let Some(filter) = &entry.cart {
                    self.follow(filter);
                }
                if entry.position.is_some() {
                    self.acknowledged = self.next;
                }
                return Pulled::Frame(Arc::clone(entry));
            }
        }
        self.pending_since = None;
        Pulled::Nothing
    }

    /// Whether conflation applies: the subscriber gets only the newest frame of each product, until
    /// it has caught up.
    pub fn is_slow(&self, now: Instant) -> bool {
        let pending = self.pending_since;
        pending.is_some_and(|since| now.saturating_duration_since(since) > SLOW_AFTER)
    }

    /// The number of frames skipped by conflation since the last call.
    pub fn take_conflated(&mut self) -> u64 {
        std::mem::take(&mut self.conflated)
    }

    fn selects(&self, entry: &Entry, index: u64) -> bool {
        if let Some(filter) = &entry.cart {
            let is_newer = |(cart, sent)| cart == filter.cart && sent < filter.revision;
            return self.cart.is_some_and(is_newer);
        }
        if entry.position.is_none() {
            return index >= self.live_from;
        }
        match (&self.only, entry.product_id()) {
            (Some(only), Some(product)) => only.contains(&product),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Update;
    use crate::protocol::frame::Frame;
    use crate::realtime::log::Limits;

    fn position(n: u8) -> Position {
        Position::new(n.to_string()).expect("plain")
    }

    fn product(n: u8) -> ProductId {
        ProductId::from_bytes([n; 12])
    }

    fn entry(at: u8, about: u8, payload: &str) -> Arc<Entry> {
        let frame = Frame::text(payload.as_bytes());
        let update = Update::gone(product(about));
        let entry = Entry::product(position(at), update, frame, Instant::now());
        Arc::new(entry)
    }

    /// A log of product frames 1 to 4, with an ephemeral frame between 2 and 3.
    fn log() -> FrameLog {
        let mut log = FrameLog::new(position(0), 0, Limits::default());
        for n in 1..=4 {
            log.append(entry(n, n, &n.to_string()));
            if n == 2 {
                let ephemeral = Entry::ephemeral(Frame::text(b"ephemeral"), Instant::now());
                log.append(Arc::new(ephemeral));
            }
        }
        log
    }

    fn read_at(log_cursor: &mut LogCursor, log: &FrameLog, now: Instant) -> Vec<String> {
        let mut payloads = Vec::new();
        while let Pulled::Frame(entry) = log_cursor.pull(log, now) {
            payloads.push(String::from_utf8_lossy(&entry.frame.payload()).into_owned());
        }
        payloads
    }

    fn read(log_cursor: &mut LogCursor, log: &FrameLog) -> Vec<String> {
        read_at(log_cursor, log, Instant::now())
    }

    #[test]
    fn a_paused_cursor_gives_nothing() {
        assert_eq!(read(&mut LogCursor::new(0, None), &log()), [""; 0]);
    }

    #[test]
    fn a_resumed_subscriber_gets_missed_frames_but_no_ephemeral_ones() {
        let (mut log_cursor, log) = (LogCursor::new(1, None), log());
        assert_eq!(log_cursor.reached(&log), Some(position(1)));
        log_cursor.unpause(1, log.end(), Instant::now());
        assert_eq!(read(&mut log_cursor, &log), ["2", "3", "4"]);
        assert_eq!(log_cursor.reached(&log), Some(position(4)));
    }

    #[test]
    fn a_live_subscriber_gets_ephemeral_frames_too() {
        let (mut log_cursor, log) = (LogCursor::new(0, None), log());
        log_cursor.unpause(0, 0, Instant::now());
        assert_eq!(
            read(&mut log_cursor, &log),
            ["1", "2", "ephemeral", "3", "4"]
        );
    }

    #[test]
    fn a_filter_skips_frames_but_not_their_positions() {
        let only = Some(HashSet::from([product(2)]));
        let (mut log_cursor, log) = (LogCursor::new(0, only), log());
        log_cursor.unpause(0, log.end(), Instant::now());
        let now = Instant::now();
        assert!(matches!(log_cursor.pull(&log, now), Pulled::Frame(_)));
        assert_eq!(log_cursor.unsent(&log), None, "2 was sent");
        assert!(matches!(log_cursor.pull(&log, now), Pulled::Nothing));
        assert_eq!(log_cursor.unsent(&log), Some(position(4)));
        log_cursor.set_acknowledged();
        assert_eq!(log_cursor.unsent(&log), None);
    }

    fn cart_entry(cart: u8, revision: u64, products: &[u8]) -> Arc<Entry> {
        let filter = CartFilter {
            cart: CartId::from_bytes([cart; 12]),
            revision,
            products: products.iter().map(|n| product(*n)).collect(),
        };
        let frame = Frame::text(format!("cart {cart}.{revision}").as_bytes());
        Arc::new(Entry::cart(filter, frame, Instant::now()))
    }

    #[test]
    fn a_cart_follower_gets_its_current_contents() {
        let mut log = FrameLog::new(position(0), 0, Limits::default());
        log.append(entry(1, 1, "1"));
        log.append(cart_entry(8, 4, &[1]));
        log.append(cart_entry(9, 4, &[1]));
        log.append(cart_entry(9, 5, &[1, 2]));
        log.append(entry(2, 2, "2"));
        log.append(cart_entry(9, 6, &[2]));
        log.append(entry(3, 1, "1 again"));
        log.append(entry(4, 2, "2 again"));
        let mut log_cursor = LogCursor::new(0, None);
        let sent = cart_entry(9, 4, &[1]);
        log_cursor.follow(sent.cart.as_ref().expect("a filter"));
        log_cursor.unpause(0, 0, Instant::now());
        // Neither the state that was sent before, nor another cart's.
        let expected = ["1", "cart 9.5", "2", "cart 9.6", "2 again"];
        assert_eq!(read(&mut log_cursor, &log), expected);
    }

    #[test]
    fn only_followers_of_a_cart_get_its_frames() {
        let mut log = FrameLog::new(position(0), 0, Limits::default());
        log.append(cart_entry(9, 5, &[1, 2]));
        let mut log_cursor = LogCursor::new(0, None);
        log_cursor.unpause(0, 0, Instant::now());
        assert_eq!(read(&mut log_cursor, &log), [""; 0]);
    }

    #[test]
    fn a_slow_subscriber_gets_the_newest_frame_of_each_product() {
        let (mut log_cursor, mut log) = (LogCursor::new(0, None), log());
        log.append(entry(5, 1, "1 again"));
        let start = Instant::now();
        log_cursor.unpause(0, log.end(), start);
        let late = start + SLOW_AFTER * 2;
        assert_eq!(
            read_at(&mut log_cursor, &log, late),
            ["2", "3", "4", "1 again"]
        );
        log.append(entry(6, 2, "2 again"));
        log.append(entry(7, 2, "2 once more"));
        log_cursor.mark_pending(late);
        assert_eq!(
            read_at(&mut log_cursor, &log, late),
            ["2 again", "2 once more"]
        );
    }

    #[test]
    fn a_cursor_behind_the_log_lags() {
        let (mut log_cursor, mut log) = (LogCursor::new(0, None), log());
        log_cursor.unpause(0, 0, Instant::now());
        log.restart(position(9), 0);
        assert!(matches!(
            log_cursor.pull(&log, Instant::now()),
            Pulled::Lagged
        ));
        assert!(matches!(
            log_cursor.pull(&log, Instant::now()),
            Pulled::Nothing
        ));
    }

    #[test]
    fn new_frames_are_pulled_unless_the_cursor_is_paused() {
        let now = Instant::now();
        let (mut log_cursor, log) = (LogCursor::new(0, None), log());
        assert!(!log_cursor.mark_pending(now) && !log_cursor.is_behind(&log));
        log_cursor.unpause(0, 0, now);
        assert!(log_cursor.mark_pending(now) && log_cursor.is_behind(&log));
        read(&mut log_cursor, &log);
        assert!(log_cursor.mark_pending(now) && !log_cursor.is_behind(&log));
        log_cursor.pause();
        assert!(!log_cursor.mark_pending(now));
    }

    #[test]
    fn a_subscriber_is_slow_when_frames_are_pending_for_two_seconds() {
        let (mut log_cursor, log) = (LogCursor::new(0, None), log());
        let start = Instant::now();
        let (limit, late) = (
            start + SLOW_AFTER,
            start + SLOW_AFTER + Duration::from_millis(1),
        );
        assert!(!log_cursor.is_slow(late));
        log_cursor.unpause(0, 0, start);
        log_cursor.mark_pending(limit);
        assert!(!log_cursor.is_slow(limit) && log_cursor.is_slow(late));
        read_at(&mut log_cursor, &log, limit);
        assert!(!log_cursor.is_slow(late), "it has caught up");
        log_cursor.mark_pending(late);
        assert!(log_cursor.is_slow(late + SLOW_AFTER + Duration::from_millis(1)));
    }

    #[test]
    fn skipped_frames_are_counted_once() {
        let (mut log_cursor, mut log) = (LogCursor::new(0, None), log());
        log.append(entry(5, 1, "1 again"));
        log.append(entry(6, 2, "2 again"));
        let start = Instant::now();
        log_cursor.unpause(0, 0, start);
        read_at(&mut log_cursor, &log, start + SLOW_AFTER * 2);
        assert_eq!(log_cursor.take_conflated(), 2);
        assert_eq!(log_cursor.take_conflated(), 0);
    }

    #[test]
    fn ephemeral_frames_come_from_the_live_index_on() {
        let (mut log_cursor, log) = (LogCursor::new(0, None), log());
        log_cursor.unpause(1, 2, Instant::now());
        assert_eq!(read(&mut log_cursor, &log), ["2", "ephemeral", "3", "4"]);
    }

    #[test]
    fn a_cursor_behind_the_log_has_no_position() {
        let (log_cursor, mut log) = (LogCursor::new(2, None), log());
        assert_eq!(log_cursor.reached(&log), Some(position(2)));
        log.restart(position(9), 0);
        assert_eq!(
            (log_cursor.reached(&log), log_cursor.unsent(&log)),
            (None, None)
        );
    }

    #[test]
    fn a_position_whose_frames_left_the_log_is_sent_again() {
        let limits = Limits {
            entries: 1,
            ..Limits::default()
        };
        let mut log = FrameLog::new(position(0), 0, limits);
        let mut log_cursor = LogCursor::new(0, Some(HashSet::new()));
        log_cursor.unpause(0, 0, Instant::now());
        log.append(entry(1, 1, "1"));
        assert_eq!(read(&mut log_cursor, &log), [""; 0]);
        assert_eq!(log_cursor.unsent(&log), Some(position(1)));
        let ephemeral = Entry::ephemeral(Frame::text(b"x"), Instant::now());
        log.append(Arc::new(ephemeral));
        assert_eq!(log_cursor.unsent(&log), Some(position(1)));
    }

    #[test]
    fn a_follower_s_filter_is_what_its_cart_has() {
        let mut log_cursor = LogCursor::new(0, None);
        assert!(log_cursor.only().is_none());
        let state = cart_entry(9, 4, &[1, 2]);
        log_cursor.follow(state.cart.as_ref().expect("a filter"));
        let only = log_cursor.only().map(HashSet::from_iter);
        assert_eq!(only, Some(HashSet::from([product(1), product(2)])));
    }
}
