//! The guard's rate limits. Times are multiples of 1/64 s, in which all rates are integers, so that
//! the guard's fractions and this model agree exactly.

use std::time::{Duration, Instant};

use vitrina::realtime::{FrameGuard, RateLimits};

use crate::random::Random;

/// Ticks in a second, and parts of a token.
const PARTS: u64 = 64;

/// Model of a token bucket.
#[derive(Debug)]
struct Bucket {
    parts: u64,
    /// Tokens per second, which equal parts per tick.
    rate: u64,
    burst: u64,
}

impl Bucket {
    fn new(rate: u64, burst: u64) -> Self {
        let parts = burst * PARTS;
        Self { parts, rate, burst }
    }

    fn refill(&mut self, ticks: u64) {
        self.parts = (self.parts + self.rate * ticks).min(self.burst * PARTS);
    }

    fn take(&mut self, count: u64) -> bool {
        let left = self.parts.checked_sub(count * PARTS);
        self.parts = left.unwrap_or(self.parts);
        left.is_some()
    }
}

/// The traffic of a client in one seed.
#[derive(Debug, Clone, Copy)]
struct Traffic {
    controls: u64,
    /// Longest text, in bytes.
    text: u64,
    /// Longest pause, in ticks.
    pause: u64,
}

fn traffic(random: &mut Random) -> Traffic {
    Traffic {
        controls: random.pick(&[0, 10, 50, 100]),
        text: random.pick(&[0, 1, 300, 16_384]),
        pause: random.pick(&[0, 1, 2, 8, 32]),
    }
}

pub(crate) fn check(seed: u64) -> Result<(), String> {
    let mut random = Random::new(seed);
    let traffic = traffic(&mut random);
    let mut now = Instant::now();
    let mut guard = FrameGuard::new(RateLimits::On, now);
    let (mut controls, mut frames) = (Bucket::new(10, 50), Bucket::new(200, 1_000));
    let mut bytes = Bucket::new(65_536, 524_288);
    for number in 0..1_500 {
        let is_control = random.below(100) < traffic.controls;
        let length = random.below(if is_control { 125 } else { traffic.text } + 1);
        let frame = frame(is_control, length as usize);
        let mut rest = &frame[..];
        // The first bytes come early: a frame counts once its header is complete.
        let early = random.below(6) as usize;
        rest = &rest[guard
            .read_frame(&rest[..early], now)
            .map_err(|close| format!("{close:?} before the header is complete"))?..];
        let ticks = random.below(traffic.pause + 1);
        now += Duration::from_secs(1) * ticks as u32 / PARTS as u32;
        for bucket in [&mut controls, &mut frames, &mut bytes] {
            bucket.refill(ticks);
        }
        let allowed = (!is_control || controls.take(1)) && frames.take(1) && bytes.take(length);
        match guard.read_frame(rest, now) {
            Ok(count) if allowed && count == rest.len() && guard.is_between_frames() => {}
            Err(close) if !allowed && close.code() == Some(1008) => return Ok(()),
            other => {
                return Err(format!(
                    "frame {number}: {other:?}, allowed: {allowed}, {traffic:?}"
                ));
            }
        }
    }
    Ok(())
}

fn frame(is_control: bool, length: usize) -> Vec<u8> {
    let mut frame = vec![if is_control { 0x89 } else { 0x81 }];
    if length < 126 {
        frame.push(0x80 | length as u8);
    } else {
        frame.push(0x80 | 126);
        frame.extend((length as u16).to_be_bytes());
    }
    frame.resize(frame.len() + 4 + length, b'a');
    frame
}
