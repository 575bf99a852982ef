//! Reads the headers of a client's frames as their bytes arrive (RFC 6455 section 5), so that a bad
//! frame is refused before any of its payload is buffered.

use std::time::Instant;

use actix_http::ws::OpCode;

use super::bucket::Bucket;
use super::close_frame::CloseFrame;
use crate::protocol::close::Close;

/// Bytes of a message, over all its fragments.
const MAX_MESSAGE: u64 = 16 << 10;
/// Fragments of a message: empty ones cost time, not bytes.
const MAX_FRAGMENTS: u32 = 256;
/// Payload bytes of a control frame (RFC 6455 section 5.5).
const MAX_CONTROL: u64 = 125;
/// Control frames per second, and burst.
const CONTROLS: (f64, f64) = (10.0, 50.0);
/// Frames of all kinds per second, and burst.
const FRAMES: (f64, f64) = (200.0, 1_000.0);
/// Bytes per second, and burst.
const BYTES: (f64, f64) = (65_536.0, 524_288.0);

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

/// Whether rates are limited; sizes always are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateLimits {
    On,
    /// For load benchmarks and trusted networks.
    Off,
}

/// The parser's state within a socket's bytes.
#[derive(Debug)]
pub struct FrameGuard {
    header: [u8; 14],
    header_len: usize,
    payload_left: u64,
    message: Option<PartialMessage>,
    /// The close frame being read.
    close_frame: Option<Box<CloseFrame>>,
    rates: Option<Rates>,
}

/// A message without its last fragment.
#[derive(Debug, Clone, Copy)]
struct PartialMessage {
    bytes: u64,
    fragments: u32,
}

#[derive(Debug)]
struct Rates {
    controls: Bucket,
    frames: Bucket,
    bytes: Bucket,
}

impl Rates {
    fn new(now: Instant) -> Self {
        let bucket = |(per_second, burst)| Bucket::new(per_second, burst, now);
        Self {
            controls: bucket(CONTROLS),
            frames: bucket(FRAMES),
            bytes: bucket(BYTES),
        }
    }

    fn allow(&mut self, opcode: OpCode, length: u64, now: Instant) -> bool {
        (!is_control(opcode) || self.controls.take(1.0, now))
            && self.frames.take(1.0, now)
            && self.bytes.take(length as f64, now)
    }
}

impl FrameGuard {
    pub fn new(limits: RateLimits, now: Instant) -> Self {
        Self {
            header: [0; 14],
            header_len: 0,
            payload_left: 0,
            message: None,
            close_frame: None,
            rates: (limits == RateLimits::On).then(|| Rates::new(now)),
        }
    }

    /// Reads up to the end of a frame, and returns the number of bytes read. An error is the reason
    /// to refuse this frame; the frames before it were valid.
    pub fn read_frame(&mut self, chunk: &[u8], now: Instant) -> Result<usize, Close> {
        let mut at = 0;
        while at < chunk.len() {
            if self.payload_left > 0 {
                at += self.read_payload(&chunk[at..])?;
            } else {
                self.header[self.header_len] = chunk[at];
                self.header_len += 1;
                at += 1;
                self.read_header(now)?;
            }
            if self.is_between_frames() {
                break;
            }
        }
        Ok(at)
    }

    /// Skips payload bytes, except those of a close frame; returns their number.
    fn read_payload(&mut self, bytes: &[u8]) -> Result<usize, Close> {
        let count = self.payload_left.min(bytes.len() as u64);
        self.payload_left -= count;
        let count = count as usize;
        if let Some(close_frame) = &mut self.close_frame {
            close_frame.append(&bytes[..count]);
            if self.payload_left == 0 {
                close_frame.check()?;
                self.close_frame = None;
            }
        }
        Ok(count)
    }

    /// Whether all bytes so far belong to whole frames.
    pub fn is_between_frames(&self) -> bool {
        self.header_len == 0 && self.payload_left == 0
    }

    /// Checks the header so far; each rule applies as soon as its byte has arrived.
    fn read_header(&mut self, now: Instant) -> Result<(), Close> {
        let header = &self.header[..self.header_len];
        let first = header[0];
        let opcode = opcode(first)?;
        let last = first & FIN != 0;
        if is_control(opcode) && !last {
            return Err(Close::ProtocolError);
        }
        let Some(second) = header.get(1) else {
            return self.check_order(opcode);
        };
        if second & MASKED == 0 {
            return Err(Close::ProtocolError);
        }
        let short = second & !MASKED;
        if is_control(opcode) && u64::from(short) > MAX_CONTROL {
            return Err(Close::ProtocolError);
        }
        let Some(length) = payload_length(short, &header[2..])? else {
            return Ok(());
        };
        self.check_size(opcode, length)?;
        let mask_start = 2 + length_bytes(short);
        if self.header_len < mask_start + 4 {
            return Ok(());
        }
        if opcode == OpCode::Close && length > 0 {
            let mask = std::array::from_fn(|at| self.header[mask_start + at]);
            self.close_frame = Some(Box::new(CloseFrame::new(mask)));
        }
        self.begin_payload(opcode, last, length, now)
    }

    /// A continuation needs an open message, and a new message none.
    fn check_order(&self, opcode: OpCode) -> Result<(), Close> {
        match (opcode, &self.message) {
            (OpCode::Continue, None) | (OpCode::Text | OpCode::Binary, Some(_)) => {
                Err(Close::ProtocolError)
            }
            (OpCode::Binary, None) => Err(Close::TextOnly),
            _ => Ok(()),
        }
    }

    fn check_size(&self, opcode: OpCode, length: u64) -> Result<(), Close> {
        let before = match opcode {
            OpCode::Continue => self.message.map_or(0, |message| message.bytes),
            _ => 0,
        };
        if before.saturating_add(length) > MAX_MESSAGE {
            return Err(Close::TooLarge);
        }
        Ok(())
    }

    fn begin_payload(
        &mut self,
        opcode: OpCode,
        last: bool,
        length: u64,
        now: Instant,
    ) -> Result<(), Close> {
        if let Some(rates) = &mut self.rates
            && !rates.allow(opcode, length, now)
        {
            return Err(Close::TooFast);
        }
        if !is_control(opcode) {
            let open = self.message.take();
            let (bytes, fragments) = open.map_or((0, 0), |open| (open.bytes, open.fragments));
            if fragments >= MAX_FRAGMENTS {
                return Err(Close::TooManyFragments);
            }
            self.message = (!last).then_some(PartialMessage {
                bytes: bytes + length,
                fragments: fragments + 1,
            });
        }
        self.header_len = 0;
        self.payload_left = length;
        Ok(())
    }
}

fn opcode(first: u8) -> Result<OpCode, Close> {
    match OpCode::from(first & 0x0F) {
        known if known != OpCode::Bad && first & RESERVED == 0 => Ok(known),
        _ => Err(Close::ProtocolError),
    }
}

fn is_control(opcode: OpCode) -> bool {
    matches!(opcode, OpCode::Close | OpCode::Ping | OpCode::Pong)
}

/// Bytes of the extended length.
const fn length_bytes(short: u8) -> usize {
    match short {
        126 => 2,
        127 => 8,
        _ => 0,
    }
}

/// The payload length; `None` while its bytes are incomplete. It must have the shortest form and
/// fit into 63 bits (RFC 6455 section 5.2).
fn payload_length(short: u8, rest: &[u8]) -> Result<Option<u64>, Close> {
    let long = rest.get(..length_bytes(short));
    let Some(long) = long else {
        return Ok(None);
    };
    let value = long
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte));
    match short {
        126 if value < 126 => Err(Close::ProtocolError),
        127 if value <= 0xFFFF || value >> 63 != 0 => Err(Close::ProtocolError),
        126 | 127 => Ok(Some(value)),
        _ => Ok(Some(u64::from(short))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(first: u8, payload: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match payload {
            0..=125 => bytes.push(MASKED | payload as u8),
            126..=0xFFFF => {
                bytes.push(MASKED | 126);
                bytes.extend((payload as u16).to_be_bytes());
            }
            _ => {
                bytes.push(MASKED | 127);
                bytes.extend((payload as u64).to_be_bytes());
            }
        }
        bytes.extend([1, 2, 3, 4]);
        bytes.resize(bytes.len() + payload.min(70_000), b'a');
        bytes
    }

    fn read(mut bytes: &[u8], guard: &mut FrameGuard, now: Instant) -> Result<(), Close> {
        while !bytes.is_empty() {
            let read = guard.read_frame(bytes, now)?;
            bytes = &bytes[read..];
        }
        Ok(())
    }

    fn fed(frames: &[Vec<u8>]) -> Result<(), Close> {
        let bytes = frames.concat();
        let now = Instant::now();
        let mut guard = FrameGuard::new(RateLimits::Off, now);
        let whole = read(&bytes, &mut guard, now);
        let mut guard = FrameGuard::new(RateLimits::Off, now);
        let mut chunks = bytes.chunks(1);
        let one_by_one = chunks.try_for_each(|byte| read(byte, &mut guard, now));
        assert_eq!(whole, one_by_one, "whole and byte by byte");
        whole
    }

    #[test]
    fn valid_frames_pass() {
        for frames in [
            vec![frame(0x81, 0)],
            vec![frame(0x81, 125), frame(0x81, 126), frame(0x81, 16_384)],
            vec![frame(0x89, 125), frame(0x8A, 0), frame(0x88, 2)],
            // Fragments with a ping between them.
            vec![
                frame(0x01, 5),
                frame(0x89, 1),
                frame(0x00, 5),
                frame(0x80, 5),
            ],
        ] {
            assert_eq!(fed(&frames), Ok(()));
        }
    }

    #[test]
    fn malformed_frames_are_refused() {
        let unmasked = vec![0x81, 5, b'h', b'e', b'l', b'l', b'o'];
        let long_form = vec![0x81, MASKED | 126, 0, 5];
        let longest_form = vec![0x81, MASKED | 127, 0, 0, 0, 0, 0, 0, 1, 0];
        let top_bit = vec![0x81, MASKED | 127, 0x80, 0, 0, 0, 0, 0, 0, 0];
        for frames in [
            vec![frame(0xC1, 1)],
            vec![frame(0xA1, 1)],
            vec![frame(0x91, 1)],
            vec![frame(0x83, 1)],
            vec![frame(0x8B, 1)],
            vec![frame(0x09, 1)],
            vec![frame(0x89, 126)],
            vec![frame(0x80, 1)],
            vec![frame(0x00, 1)],
            vec![frame(0x01, 1), frame(0x81, 1)],
            vec![frame(0x01, 1), frame(0x82, 1)],
            vec![unmasked],
            vec![long_form],
            vec![longest_form],
            vec![top_bit],
        ] {
            assert_eq!(fed(&frames), Err(Close::ProtocolError), "{frames:x?}");
        }
    }

    #[test]
    fn frames_that_are_too_large_are_refused_at_their_header() {
        let gibibyte = vec![0x81, MASKED | 127, 0, 0, 0, 0, 0x40, 0, 0, 0];
        assert_eq!(fed(&[gibibyte]), Err(Close::TooLarge));
        assert_eq!(fed(&[frame(0x81, 16_385)]), Err(Close::TooLarge));
        let halves = [frame(0x01, 10_000), frame(0x80, 6_385)];
        assert_eq!(fed(&halves), Err(Close::TooLarge));
        assert_eq!(fed(&[frame(0x82, 1)]), Err(Close::TextOnly));
    }

    #[test]
    fn the_number_of_empty_fragments_is_bounded() {
        let mut frames = vec![frame(0x01, 0)];
        frames.resize(300, frame(0x00, 0));
        assert_eq!(fed(&frames), Err(Close::TooManyFragments));
    }

    #[test]
    fn a_frame_is_read_to_its_end_and_no_further() {
        let now = Instant::now();
        let mut guard = FrameGuard::new(RateLimits::Off, now);
        let first = frame(0x81, 3);
        let bytes = [first.clone(), frame(0x83, 1)].concat();
        assert_eq!(guard.read_frame(&bytes[..4], now), Ok(4));
        assert!(!guard.is_between_frames());
        assert_eq!(guard.read_frame(&bytes[4..], now), Ok(first.len() - 4));
        assert!(guard.is_between_frames());
        let refused = guard.read_frame(&bytes[first.len()..], now);
        assert_eq!(refused, Err(Close::ProtocolError));
    }

    #[test]
    fn a_close_reason_that_is_not_utf8_is_refused() {
        let close_frame = |payload: &[u8]| {
            let mut bytes = vec![0x88, MASKED | payload.len() as u8, 1, 2, 3, 4];
            let masked = payload.iter().zip([1, 2, 3, 4].iter().cycle());
            bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
            bytes
        };
        assert_eq!(fed(&[close_frame(b"\x03\xe8")]), Ok(()));
        assert_eq!(fed(&[close_frame("\u{3}0adiós".as_bytes())]), Ok(()));
        assert_eq!(
            fed(&[close_frame(b"\x03\xe8adi\xf3s")]),
            Err(Close::NotUtf8)
        );
    }

    #[test]
    fn a_flood_of_pings_is_too_fast() {
        let now = Instant::now();
        let mut guard = FrameGuard::new(RateLimits::On, now);
        let pings = vec![frame(0x89, 0); 51].concat();
        assert_eq!(read(&pings, &mut guard, now), Err(Close::TooFast));
    }

    /// How many of these frames pass at once.
    fn burst(frame: &[u8]) -> usize {
        let now = Instant::now();
        let mut guard = FrameGuard::new(RateLimits::On, now);
        (0..2_000)
            .take_while(|_| read(frame, &mut guard, now).is_ok())
            .count()
    }

    #[test]
    fn pings_frames_and_bytes_have_their_own_bursts() {
        assert_eq!(burst(&frame(0x89, 0)), 50);
        assert_eq!(burst(&frame(0x81, 0)), 1_000);
        assert_eq!(burst(&frame(0x81, 16_384)), 32);
    }

    #[test]
    fn a_message_has_at_most_256_fragments() {
        let mut frames = vec![frame(0x01, 0)];
        frames.resize(255, frame(0x00, 0));
        frames.push(frame(0x80, 0));
        assert_eq!(fed(&frames), Ok(()));
        frames.insert(1, frame(0x00, 0));
        assert_eq!(fed(&frames), Err(Close::TooManyFragments));
    }

    #[test]
    fn only_the_reason_of_a_close_is_checked_here() {
        let mut message = frame(0x81, 3);
        let payload = message.len() - 3;
        message[payload..].fill(0xFF);
        assert_eq!(fed(&[frame(0x88, 0), message]), Ok(()));
    }
}
