//! The last seconds of a few distributions, for whoever looks at the server now.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::histogram::Snapshot;
use super::{Metrics, StoreMetrics};

/// How far back it goes.
const SPAN: Duration = Duration::from_secs(15);
/// Two moments that are kept are at least so far apart, however many people look.
const APART: Duration = Duration::from_secs(1);

/// Moments of the last seconds in which somebody looked. Nobody who looks, nothing is kept.
#[derive(Debug, Default)]
pub struct Recent(Mutex<VecDeque<Moment>>);

/// Distributions as they were at a moment, or between two.
#[derive(Debug, Clone)]
pub struct Moment {
    at: Instant,
    /// Of [`StoreMetrics::commit_time`].
    pub commit_time: Snapshot,
    /// Of [`StoreMetrics::operation_time`].
    pub operation_time: Snapshot,
    /// Of [`StoreMetrics::feed_lag`].
    pub feed_lag: Snapshot,
    /// Of both streams' fan-out, products first.
    pub fan_out: [Snapshot; 2],
}

impl Moment {
    /// How the distributions stand now.
    pub fn now(metrics: &Metrics) -> Self {
        let StoreMetrics {
            commit_time,
            operation_time,
            feed_lag,
            ..
        } = &metrics.store;
        let realtime = &metrics.realtime;
        Self {
            at: Instant::now(),
            commit_time: commit_time.snapshot(),
            operation_time: operation_time.snapshot(),
            feed_lag: feed_lag.snapshot(),
            fan_out: [&realtime.products, &realtime.chat].map(|stream| stream.fan_out.snapshot()),
        }
    }

    fn since(&self, earlier: &Self) -> Self {
        let [products, chat] = &self.fan_out;
        Self {
            at: self.at,
            commit_time: self.commit_time.since(&earlier.commit_time),
            operation_time: self.operation_time.since(&earlier.operation_time),
            feed_lag: self.feed_lag.since(&earlier.feed_lag),
            fan_out: [
                products.since(&earlier.fan_out[0]),
                chat.since(&earlier.fan_out[1]),
            ],
        }
    }
}

impl Recent {
    /// What came in the last 15 seconds; since the start, when nobody has looked for as long.
    pub fn look(&self, now: Moment) -> Moment {
        let mut moments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while moments.front().is_some_and(|old| now.at - old.at > SPAN) {
            moments.pop_front();
        }
        let recent = moments
            .front()
            .map_or_else(|| now.clone(), |old| now.since(old));
        if moments.back().is_none_or(|last| now.at - last.at >= APART) {
            moments.push_back(now);
        }
        recent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(metrics: &Metrics, start: Instant, seconds: f64) -> Moment {
        Moment {
            at: start + Duration::from_secs_f64(seconds),
            ..Moment::now(metrics)
        }
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let (metrics, start) = (Metrics::new("sqlite"), Instant::now());
        let recent = Recent::default();
        let commits = |moment: Moment| recent.look(moment).commit_time.total();
        metrics.store.commit_time.took(Duration::from_millis(1));
        assert_eq!(commits(at(&metrics, start, 0.0)), 1);
        metrics.store.commit_time.took(Duration::from_millis(1));
        assert_eq!(commits(at(&metrics, start, 1.0)), 1, "since it was looked");
        assert_eq!(commits(at(&metrics, start, 16.0)), 0);
    }

    #[test]
    fn few_moments_are_kept_however_often_it_is_looked() {
        let (metrics, start) = (Metrics::new("sqlite"), Instant::now());
        let recent = Recent::default();
        for look in 0..1_000 {
            recent.look(at(&metrics, start, f64::from(look) / 20.0));
        }
        assert!(recent.0.lock().unwrap().len() <= 16);
    }
}
