//! What every client must receive: the same bytes in the same order. The first client that reads a
//! frame records it; the others are compared with the record byte by byte.

use std::collections::VecDeque;
use std::time::Instant;

use crate::server_protocol::message_id;
use crate::stats::Histogram;

#[derive(Debug)]
pub(crate) struct Transcript {
    bytes: Vec<u8>,
    frames: Vec<Frame>,
    /// The next number of each publisher's messages.
    next: Vec<u64>,
    /// When each message was sent that no client has read yet.
    sent: Vec<VecDeque<Instant>>,
    /// How many of those there are.
    in_flight: usize,
    pub(crate) deliveries: u64,
    /// From the sender's own echo to the receipt; receipts before it count as 0.
    pub(crate) from_echo: Histogram,
    /// From sending to the receipt.
    pub(crate) from_sending: Histogram,
}

#[derive(Debug)]
struct Frame {
    end: usize,
    publisher: usize,
    sent: Instant,
    echoed: Option<Instant>,
}

/// A client's position in the transcript.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Position {
    at: usize,
    frames: usize,
}

impl Transcript {
    pub(crate) fn new(publishers: usize) -> Self {
        Self {
            bytes: Vec::new(),
            frames: Vec::new(),
            next: vec![0; publishers],
            sent: vec![VecDeque::new(); publishers],
            in_flight: 0,
            deliveries: 0,
            from_echo: Histogram::default(),
            from_sending: Histogram::default(),
        }
    }

    /// A publisher has sent its next message.
    pub(crate) fn sent(&mut self, publisher: usize, at: Instant) {
        self.sent[publisher].push_back(at);
        self.in_flight += 1;
    }

    /// How many messages at least one client has read.
    pub(crate) fn messages(&self) -> usize {
        self.frames.len()
    }

    /// The bytes of a frame, on average.
    pub(crate) fn frame_length(&self) -> f64 {
        self.bytes.len() as f64 / self.frames.len().max(1) as f64
    }

    /// Whether every message that was sent has been read by at least one client.
    pub(crate) fn is_complete(&self) -> bool {
        self.in_flight == 0
    }

    pub(crate) fn is_at_end(&self, position: Position) -> bool {
        position.at == self.bytes.len()
    }

    /// How many bytes a client is into a frame.
    pub(crate) fn within_frame(&self, position: Position) -> usize {
        let start = match position.frames {
            0 => 0,
            frames => self.frames[frames - 1].end,
        };
        position.at - start
    }

    /// How many of these bytes match what the client must read next.
    pub(crate) fn common(&self, position: Position, bytes: &[u8]) -> usize {
        let known = &self.bytes[position.at..];
        let length = known.len().min(bytes.len());
        if known[..length] == bytes[..length] {
            return length;
        }
        let same = known.iter().zip(bytes).take_while(|(a, b)| a == b);
        same.count()
    }

    /// Records a frame that no client has read before.
    pub(crate) fn append(&mut self, frame: &[u8], payload: &[u8]) -> Result<(), String> {
        let (publisher, number) = message_id(payload)
            .ok_or_else(|| format!("unknown frame {}", payload.escape_ascii()))?;
        let next = self.next.get_mut(publisher).ok_or("an unknown publisher")?;
        if *next != number {
            return Err(format!(
                "publisher {publisher}: message {number} instead of {next}"
            ));
        }
        *next += 1;
        let sent = self.sent[publisher]
            .pop_front()
            .ok_or("a message that was not sent")?;
        self.in_flight -= 1;
        self.bytes.extend_from_slice(frame);
        self.frames.push(Frame {
            end: self.bytes.len(),
            publisher,
            sent,
            echoed: None,
        });
        Ok(())
    }

    /// Moves a client on by the bytes it has read; returns how many of the messages were its own.
    pub(crate) fn advance(
        &mut self,
        client: usize,
        position: &mut Position,
        count: usize,
        now: Instant,
    ) -> usize {
        position.at += count;
        let mut own = 0;
        while let Some(frame) = self.frames.get_mut(position.frames)
            && frame.end <= position.at
        {
            position.frames += 1;
            if frame.publisher == client {
                frame.echoed = Some(now);
                own += 1;
            }
            self.deliveries += 1;
            self.from_sending.add(now - frame.sent);
            self.from_echo.add(now - frame.echoed.unwrap_or(now));
        }
        own
    }

    /// Moves a client back to the start of the frame.
    pub(crate) fn rewind(&self, position: &mut Position) {
        position.at -= self.within_frame(*position);
    }
}
