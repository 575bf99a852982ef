//! What every client must be told: the same bytes in the same order. The first client to read a
//! frame writes it down; the others are compared with it, byte by byte.

use std::collections::VecDeque;
use std::time::Instant;

use crate::dialect::mark;
use crate::stats::Histogram;

/// The frames of a run so far.
#[derive(Debug)]
pub(crate) struct Story {
    bytes: Vec<u8>,
    told: Vec<Told>,
    /// The next number of each publisher's messages.
    next: Vec<u64>,
    /// When those were sent that nobody has read yet.
    sent: Vec<VecDeque<Instant>>,
    /// How many of those there are.
    under_way: usize,
    pub(crate) deliveries: u64,
    /// From the sender's own echo to the receipt; receipts before it count as 0.
    pub(crate) from_echo: Histogram,
    /// From sending to the receipt.
    pub(crate) from_sending: Histogram,
}

#[derive(Debug)]
struct Told {
    end: usize,
    publisher: usize,
    sent: Instant,
    echoed: Option<Instant>,
}

/// A client's place in the story.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Place {
    at: usize,
    frames: usize,
}

impl Story {
    pub(crate) fn new(publishers: usize) -> Self {
        Self {
            bytes: Vec::new(),
            told: Vec::new(),
            next: vec![0; publishers],
            sent: vec![VecDeque::new(); publishers],
            under_way: 0,
            deliveries: 0,
            from_echo: Histogram::default(),
            from_sending: Histogram::default(),
        }
    }

    /// A publisher has sent its next message.
    pub(crate) fn sent(&mut self, publisher: usize, at: Instant) {
        self.sent[publisher].push_back(at);
        self.under_way += 1;
    }

    /// How many messages somebody has read.
    pub(crate) fn messages(&self) -> usize {
        self.told.len()
    }

    /// The bytes of a frame, on average.
    pub(crate) fn frame_length(&self) -> f64 {
        self.bytes.len() as f64 / self.told.len().max(1) as f64
    }

    /// Somebody has read everything that was sent.
    pub(crate) fn is_whole(&self) -> bool {
        self.under_way == 0
    }

    pub(crate) fn is_at_end(&self, place: Place) -> bool {
        place.at == self.bytes.len()
    }

    /// How many bytes a client is into a frame.
    pub(crate) fn within_frame(&self, place: Place) -> usize {
        let start = match place.frames {
            0 => 0,
            frames => self.told[frames - 1].end,
        };
        place.at - start
    }

    /// How many of these bytes are what the client must read next.
    pub(crate) fn common(&self, place: Place, bytes: &[u8]) -> usize {
        let known = &self.bytes[place.at..];
        let length = known.len().min(bytes.len());
        if known[..length] == bytes[..length] {
            return length;
        }
        let same = known.iter().zip(bytes).take_while(|(a, b)| a == b);
        same.count()
    }

    /// Writes down a frame that nobody has read before.
    pub(crate) fn append(&mut self, frame: &[u8], payload: &[u8]) -> Result<(), String> {
        let (publisher, number) =
            mark(payload).ok_or_else(|| format!("unknown frame {}", payload.escape_ascii()))?;
        let next = self.next.get_mut(publisher).ok_or("an unknown publisher")?;
        if *next != number {
            return Err(format!(
                "publisher {publisher}: message {number} where {next} was due"
            ));
        }
        *next += 1;
        let sent = self.sent[publisher].pop_front().ok_or("nobody sent this")?;
        self.under_way -= 1;
        self.bytes.extend_from_slice(frame);
        self.told.push(Told {
            end: self.bytes.len(),
            publisher,
            sent,
            echoed: None,
        });
        Ok(())
    }

    /// A client has read so many of the bytes before it; returns how many of the messages were its
    /// own.
    pub(crate) fn advance(
        &mut self,
        client: usize,
        place: &mut Place,
        count: usize,
        now: Instant,
    ) -> usize {
        place.at += count;
        let mut own = 0;
        while let Some(told) = self.told.get_mut(place.frames)
            && told.end <= place.at
        {
            place.frames += 1;
            if told.publisher == client {
                told.echoed = Some(now);
                own += 1;
            }
            self.deliveries += 1;
            self.from_sending.add(now - told.sent);
            self.from_echo.add(now - told.echoed.unwrap_or(now));
        }
        own
    }

    /// Takes back bytes that were read beyond the last whole frame.
    pub(crate) fn take_back(&self, place: &mut Place) {
        place.at -= self.within_frame(*place);
    }
}
