//! A reader's place in a log: live, resuming and slow readers differ only in where it stands.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::entry::{CartMark, Entry};
use super::frame_log::FrameLog;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::position::Position;

/// How long frames may wait before a reader is slow.
const SLOW_AFTER: Duration = Duration::from_secs(2);

/// A state machine over a log; the time comes in, frames come out. A reader that stopped costs this
/// place, not a copy of what it missed.
#[derive(Debug)]
pub struct Reader {
    /// The index of the next frame.
    next: u64,
    /// Whether it may be sent the stream now.
    is_open: bool,
    /// Passing frames before this index are not for it.
    live_from: u64,
    /// The index behind the last frame that told it a place.
    told: u64,
    /// The products that it asked for; `None` for all.
    only: Option<HashSet<ProductId>>,
    /// The cart that it follows, and the newest state of it that it was told.
    cart: Option<(CartId, u64)>,
    /// Since when frames wait that its socket does not take.
    waiting_since: Option<Instant>,
    /// Frames that it was spared while it was slow.
    spared: u64,
}

/// What a pull gave.
#[derive(Debug)]
pub enum Pulled {
    /// The next frame for it.
    Frame(Arc<Entry>),
    /// There is none now.
    Nothing,
    /// The log has moved past its place; it is shut.
    Lapsed,
}

impl Reader {
    /// A shut reader whose next frame would be at an index.
    pub fn new(next: u64, only: Option<HashSet<ProductId>>) -> Self {
        Self {
            next,
            is_open: false,
            live_from: next,
            told: next,
            only,
            cart: None,
            waiting_since: None,
            spared: 0,
        }
    }

    /// Follows a cart whose state it was told: from now on its frames, and those of its products.
    pub fn follow(&mut self, mark: &CartMark) {
        self.cart = Some((mark.cart, mark.revision));
        self.only = Some(mark.products.clone());
    }

    /// Sends the stream from an index on; passing frames only from `live_from`.
    pub fn open(&mut self, next: u64, live_from: u64, now: Instant) {
        self.next = next;
        self.told = next;
        self.live_from = live_from;
        self.is_open = true;
        self.waiting_since = Some(now);
    }

    /// Sends nothing more of the stream.
    pub fn shut(&mut self) {
        self.is_open = false;
    }

    /// New frames stand in the log; returns whether the reader wants to be asked for them.
    pub fn expect(&mut self, now: Instant) -> bool {
        if self.is_open {
            self.waiting_since.get_or_insert(now);
        }
        self.is_open
    }

    /// The place that the reader was brought to; `None` when the log has moved past it.
    pub fn reached(&self, log: &FrameLog) -> Option<Position> {
        (self.next >= log.first()).then(|| log.position_before(self.next))
    }

    /// The place reached, when the reader was not told it by any frame: all that was new concerned
    /// products that it did not ask for.
    pub fn untold(&self, log: &FrameLog) -> Option<Position> {
        let reached = self.reached(log)?;
        let told = (self.told >= log.first()).then(|| log.position_before(self.told));
        (told.as_ref() != Some(&reached)).then_some(reached)
    }

    /// Notes that the reader was told its place by other means than the log.
    pub fn set_told(&mut self) {
        self.told = self.next;
    }

    /// The products that it asked for.
    pub fn only(&self) -> Option<&HashSet<ProductId>> {
        self.only.as_ref()
    }

    /// Whether there is more in the log than it was given.
    pub fn is_behind(&self, log: &FrameLog) -> bool {
        self.is_open && self.next < log.end()
    }

    /// Takes the next frame.
    pub fn pull(&mut self, log: &FrameLog, now: Instant) -> Pulled {
        if !self.is_open {
            return Pulled::Nothing;
        }
        if self.next < log.first() {
            self.shut();
            return Pulled::Lapsed;
        }
        let slow = self.is_slow(now);
        while let Some(entry) = log.get(self.next) {
            let index = self.next;
            self.next += 1;
            if slow && log.is_superseded(index) {
                self.spared += 1;
                continue;
            }
            if self.wants(entry, index) {
                if let Some(mark) = &entry.cart {
                    self.follow(mark);
                }
                if entry.position.is_some() {
                    self.told = self.next;
                }
                return Pulled::Frame(Arc::clone(entry));
            }
        }
        self.waiting_since = None;
        Pulled::Nothing
    }

    /// Whether the reader is behind for so long that it gets the newest frame of each product
    /// instead of all. It is until it has caught up.
    pub fn is_slow(&self, now: Instant) -> bool {
        let waiting = self.waiting_since;
        waiting.is_some_and(|since| now.saturating_duration_since(since) > SLOW_AFTER)
    }

    /// How many frames it was spared since the last call, because newer ones replace them.
    pub fn take_spared(&mut self) -> u64 {
        std::mem::take(&mut self.spared)
    }

    fn wants(&self, entry: &Entry, index: u64) -> bool {
        if let Some(mark) = &entry.cart {
            let follows = |(cart, told)| cart == mark.cart && told < mark.revision;
            return self.cart.is_some_and(follows);
        }
        if entry.position.is_none() {
            return index >= self.live_from;
        }
        match (&self.only, entry.product) {
            (Some(only), Some(product)) => only.contains(&product),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame_log::Limits;
    use super::*;
    use crate::protocol::frame::Frame;

    fn position(n: u8) -> Position {
        Position::new(n.to_string()).expect("plain")
    }

    fn product(n: u8) -> ProductId {
        ProductId::from_bytes([n; 12])
    }

    fn entry(place: u8, about: u8, text: &str) -> Arc<Entry> {
        let frame = Frame::text(text.as_bytes());
        let entry = Entry::product(position(place), product(about), frame, Instant::now());
        Arc::new(entry)
    }

    /// A log of product frames 1 to 4, with a passing frame between 2 and 3.
    fn log() -> FrameLog {
        let mut log = FrameLog::new(position(0), 0, Limits::default());
        for n in 1..=4 {
            log.append(entry(n, n, &n.to_string()));
            if n == 2 {
                let passing = Entry::passing(Frame::text(b"passing"), Instant::now());
                log.append(Arc::new(passing));
            }
        }
        log
    }

    fn read_at(reader: &mut Reader, log: &FrameLog, now: Instant) -> Vec<String> {
        let mut texts = Vec::new();
        while let Pulled::Frame(entry) = reader.pull(log, now) {
            texts.push(String::from_utf8_lossy(&entry.frame.payload()).into_owned());
        }
        texts
    }

    fn read(reader: &mut Reader, log: &FrameLog) -> Vec<String> {
        read_at(reader, log, Instant::now())
    }

    #[test]
    fn a_shut_reader_is_sent_nothing() {
        assert_eq!(read(&mut Reader::new(0, None), &log()), [""; 0]);
    }

    #[test]
    fn a_resumed_reader_gets_what_it_missed_without_passing_frames() {
        let (mut reader, log) = (Reader::new(1, None), log());
        assert_eq!(reader.reached(&log), Some(position(1)));
        reader.open(1, log.end(), Instant::now());
        assert_eq!(read(&mut reader, &log), ["2", "3", "4"]);
        assert_eq!(reader.reached(&log), Some(position(4)));
    }

    #[test]
    fn a_live_reader_gets_passing_frames_too() {
        let (mut reader, log) = (Reader::new(0, None), log());
        reader.open(0, 0, Instant::now());
        assert_eq!(read(&mut reader, &log), ["1", "2", "passing", "3", "4"]);
    }

    #[test]
    fn a_filter_skips_frames_but_not_their_places() {
        let only = Some(HashSet::from([product(2)]));
        let (mut reader, log) = (Reader::new(0, only), log());
        reader.open(0, log.end(), Instant::now());
        let now = Instant::now();
        assert!(matches!(reader.pull(&log, now), Pulled::Frame(_)));
        assert_eq!(reader.untold(&log), None, "2 was told");
        assert!(matches!(reader.pull(&log, now), Pulled::Nothing));
        assert_eq!(reader.untold(&log), Some(position(4)));
        reader.set_told();
        assert_eq!(reader.untold(&log), None);
    }

    fn cart_entry(cart: u8, revision: u64, products: &[u8]) -> Arc<Entry> {
        let mark = CartMark {
            cart: CartId::from_bytes([cart; 12]),
            revision,
            products: products.iter().map(|n| product(*n)).collect(),
        };
        let frame = Frame::text(format!("cart {cart}.{revision}").as_bytes());
        Arc::new(Entry::cart(mark, frame, Instant::now()))
    }

    #[test]
    fn who_follows_a_cart_is_told_what_it_holds_at_the_time() {
        let mut log = FrameLog::new(position(0), 0, Limits::default());
        log.append(entry(1, 1, "1"));
        log.append(cart_entry(8, 4, &[1]));
        log.append(cart_entry(9, 4, &[1]));
        log.append(cart_entry(9, 5, &[1, 2]));
        log.append(entry(2, 2, "2"));
        log.append(cart_entry(9, 6, &[2]));
        log.append(entry(3, 1, "1 again"));
        log.append(entry(4, 2, "2 again"));
        let mut reader = Reader::new(0, None);
        let told = cart_entry(9, 4, &[1]);
        reader.follow(told.cart.as_ref().expect("a mark"));
        reader.open(0, 0, Instant::now());
        // The state that it was told before does not come again, nor does another's.
        let expected = ["1", "cart 9.5", "2", "cart 9.6", "2 again"];
        assert_eq!(read(&mut reader, &log), expected);
    }

    #[test]
    fn nobody_else_is_told_of_a_cart() {
        let mut log = FrameLog::new(position(0), 0, Limits::default());
        log.append(cart_entry(9, 5, &[1, 2]));
        let mut reader = Reader::new(0, None);
        reader.open(0, 0, Instant::now());
        assert_eq!(read(&mut reader, &log), [""; 0]);
    }

    #[test]
    fn a_slow_reader_gets_the_newest_frame_of_each_product() {
        let (mut reader, mut log) = (Reader::new(0, None), log());
        log.append(entry(5, 1, "1 again"));
        let opened = Instant::now();
        reader.open(0, log.end(), opened);
        let late = opened + SLOW_AFTER * 2;
        assert_eq!(read_at(&mut reader, &log, late), ["2", "3", "4", "1 again"]);
        log.append(entry(6, 2, "2 again"));
        log.append(entry(7, 2, "2 once more"));
        reader.expect(late);
        assert_eq!(read_at(&mut reader, &log, late), ["2 again", "2 once more"]);
    }

    #[test]
    fn a_reader_behind_the_log_lapses() {
        let (mut reader, mut log) = (Reader::new(0, None), log());
        reader.open(0, 0, Instant::now());
        log.restart(position(9), 0);
        assert!(matches!(reader.pull(&log, Instant::now()), Pulled::Lapsed));
        assert!(matches!(reader.pull(&log, Instant::now()), Pulled::Nothing));
    }
}
