//! Histograms that are cheap to write and can be read back.
//!
//! Those of the metrics library take a lock for each value and cannot be read, which the live
//! statistics need.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Upper bounds for durations, in nanoseconds: 0.1 ms to 5 s.
const TIMES: [u64; 15] = [
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
];
const NANOS_PER_SECOND: f64 = 1e9;
/// Upper bounds for sizes.
const SIZES: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/// Counts of values per bucket. Clones share the counts.
#[derive(Debug, Clone)]
pub struct Histogram(Arc<Buckets>);

#[derive(Debug)]
struct Buckets {
    bounds: &'static [u64],
    /// Divisor from stored values to reported ones.
    scale: f64,
    /// One for each bound, and one for values above all bounds.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Histogram {
    /// For durations.
    pub fn times() -> Self {
        Self::new(&TIMES, NANOS_PER_SECOND)
    }

    /// For sizes, from 1.
    pub fn sizes() -> Self {
        Self::new(&SIZES, 1.0)
    }

    fn new(bounds: &'static [u64], scale: f64) -> Self {
        Self(Arc::new(Buckets {
            bounds,
            scale,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }))
    }

    pub fn record(&self, time: Duration) {
        self.count(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    pub fn record_size(&self, size: usize) {
        self.count(size as u64);
    }

    fn count(&self, value: u64) {
        let bucket = self.0.bounds.partition_point(|bound| *bound < value);
        self.0.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.0.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// The current counts.
    pub fn snapshot(&self) -> Snapshot {
        let counts = self.0.counts.iter();
        Snapshot {
            bounds: self.0.bounds,
            scale: self.0.scale,
            counts: counts.map(|count| count.load(Ordering::Relaxed)).collect(),
        }
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let snapshot = self.snapshot();
        let sum = self.0.sum.load(Ordering::Relaxed) as f64 / self.0.scale;
        let buckets: Vec<_> = snapshot
            .upper_bounds()
            .zip(snapshot.counts.clone())
            .collect();
        encoder.encode_histogram::<NoLabelSet>(sum, snapshot.total(), &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

/// The counts of a histogram at one time.
#[derive(Debug, Clone)]
pub struct Snapshot {
    bounds: &'static [u64],
    scale: f64,
    counts: Vec<u64>,
}

impl Snapshot {
    /// The number of values.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The difference to an earlier snapshot of the same histogram.
    pub fn since(&self, earlier: &Self) -> Self {
        let counts = self.counts.iter().zip(&earlier.counts);
        Self {
            counts: counts
                .map(|(now, then)| now.saturating_sub(*then))
                .collect(),
            ..self.clone()
        }
    }

    /// The value below which this share (0 to 1) of all values is, interpolated linearly within a
    /// bucket, in seconds or as a size. The highest bound for values above it; `None` without
    /// values.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let total = self.total();
        if total == 0 {
            return None;
        }
        let rank = share * total as f64;
        let (mut below, mut lower) = (0.0, 0.0);
        for (count, upper) in self.counts.iter().zip(self.upper_bounds()) {
            let count = *count as f64;
            if below + count >= rank && count > 0.0 && upper.is_finite() {
                return Some(lower + (upper - lower) * ((rank - below) / count).clamp(0.0, 1.0));
            }
            below += count;
            lower = if upper.is_finite() { upper } else { lower };
        }
        Some(lower)
    }

    fn upper_bounds(&self) -> impl Iterator<Item = f64> {
        let bounds = self.bounds.iter().map(|bound| *bound as f64 / self.scale);
        bounds.chain([f64::INFINITY])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_inclusive() {
        let histogram = Histogram::sizes();
        for size in [1, 2, 3, 4, 300] {
            histogram.record_size(size);
        }
        assert_eq!(histogram.snapshot().counts, [1, 1, 2, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(histogram.snapshot().total(), 5);
    }

    #[test]
    fn quantiles_cover_only_the_difference() {
        let histogram = Histogram::times();
        assert_eq!(histogram.snapshot().quantile(0.5), None);
        histogram.record(Duration::from_secs(60));
        let before = histogram.snapshot();
        for _ in 0..100 {
            histogram.record(Duration::from_micros(400));
        }
        let recent = histogram.snapshot().since(&before);
        let half = recent.quantile(0.5).expect("values");
        assert!((0.000_25..=0.000_5).contains(&half), "{half}");
        // Values above all bounds count as the highest one.
        assert_eq!(before.quantile(0.99), Some(5.0));
        assert_eq!(recent.since(&recent).quantile(0.5), None);
    }
}
