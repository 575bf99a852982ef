//! The last seconds of a few histograms, for the live statistics.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::histogram::Snapshot;
use super::{Metrics, StoreMetrics};

/// The length of the window.
const SPAN: Duration = Duration::from_secs(15);
/// Minimum time between two samples, which bounds their number.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// Samples of the last seconds, taken when the statistics are requested.
#[derive(Debug, Default)]
pub struct Recent(Mutex<VecDeque<WindowSample>>);

/// Histograms at one time, or the difference of two times.
#[derive(Debug, Clone)]
pub struct WindowSample {
    at: Instant,
    pub commit_time: Snapshot,
    pub operation_time: Snapshot,
    pub feed_lag: Snapshot,
    /// Of products and chat.
    pub fan_out: [Snapshot; 2],
}

impl WindowSample {
    /// The current state of the histograms.
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
    /// Adds a sample and returns the difference to the oldest one in the window; without one, the
    /// sample itself.
    pub fn window(&self, now: WindowSample) -> WindowSample {
        let mut samples = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while samples.front().is_some_and(|old| now.at - old.at > SPAN) {
            samples.pop_front();
        }
        let recent = samples
            .front()
            .map_or_else(|| now.clone(), |old| now.since(old));
        if samples
            .back()
            .is_none_or(|last| now.at - last.at >= MIN_INTERVAL)
        {
            samples.push_back(now);
        }
        recent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(metrics: &Metrics, start: Instant, seconds: f64) -> WindowSample {
        WindowSample {
            at: start + Duration::from_secs_f64(seconds),
            ..WindowSample::now(metrics)
        }
    }

    #[test]
    fn old_samples_are_dropped() {
        let (metrics, start) = (Metrics::new("sqlite"), Instant::now());
        let recent = Recent::default();
        let commits = |sample: WindowSample| recent.window(sample).commit_time.total();
        metrics.store.commit_time.record(Duration::from_millis(1));
        assert_eq!(commits(at(&metrics, start, 0.0)), 1);
        metrics.store.commit_time.record(Duration::from_millis(1));
        assert_eq!(
            commits(at(&metrics, start, 1.0)),
            1,
            "since the first sample"
        );
        assert_eq!(commits(at(&metrics, start, 16.0)), 0);
    }

    #[test]
    fn the_number_of_samples_is_bounded() {
        let (metrics, start) = (Metrics::new("sqlite"), Instant::now());
        let recent = Recent::default();
        for request in 0..1_000 {
            recent.window(at(&metrics, start, f64::from(request) / 20.0));
        }
        assert!(recent.0.lock().unwrap().len() <= 16);
    }
}
