//! A token bucket: a rate per second, and a burst.

use std::time::Instant;

/// Tokens that refill with time, up to the burst.
#[derive(Debug, Clone)]
pub struct Bucket {
    per_second: f64,
    burst: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub fn new(per_second: f64, burst: f64, now: Instant) -> Self {
        Self {
            per_second,
            burst,
            tokens: burst,
            at: now,
        }
    }

    /// Takes `count` tokens, or none and returns `false` if there are fewer.
    pub fn take(&mut self, count: f64, now: Instant) -> bool {
        let elapsed = now.saturating_duration_since(self.at).as_secs_f64();
        self.tokens = (self.tokens + elapsed * self.per_second).min(self.burst);
        self.at = now;
        let enough = self.tokens >= count;
        if enough {
            self.tokens -= count;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_spent_burst_refills_with_time() {
        let now = Instant::now();
        let mut bucket = Bucket::new(10.0, 20.0, now);
        assert_eq!((0..30).filter(|_| bucket.take(1.0, now)).count(), 20);
        let later = now + Duration::from_millis(500);
        assert_eq!((0..30).filter(|_| bucket.take(1.0, later)).count(), 5);
    }

    #[test]
    fn a_refused_take_takes_no_tokens() {
        let now = Instant::now();
        let mut bucket = Bucket::new(1.0, 2.0, now);
        assert!(!bucket.take(3.0, now));
        assert!(bucket.take(2.0, now));
    }
}
