//! Medians, spreads and quantiles.

use std::fmt;
use std::time::Duration;

/// Buckets for each power of two: 3 % of resolution.
const STEPS: usize = 32;

/// Counts of durations, in microseconds.
#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; 40 * STEPS],
            total: 0,
        }
    }
}

impl Histogram {
    pub(crate) fn add(&mut self, time: Duration) {
        let last = self.counts.len() - 1;
        self.counts[bucket(time.as_micros() as u64).min(last)] += 1;
        self.total += 1;
    }

    /// The duration in milliseconds that a share of all did not exceed.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let target = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= target && seen > 0 {
                return middle(index) / 1e3;
            }
        }
        0.0
    }
}

fn bucket(micros: u64) -> usize {
    let steps = STEPS as u64;
    if micros < steps {
        return micros as usize;
    }
    let power = micros.ilog2() - STEPS.ilog2();
    let step = (micros >> power) - steps;
    (steps + u64::from(power) * steps + step) as usize
}

fn middle(index: usize) -> f64 {
    if index < STEPS {
        return index as f64;
    }
    let (power, step) = ((index - STEPS) / STEPS, (index - STEPS) % STEPS);
    ((STEPS + step) << power) as f64 + (1u64 << power) as f64 / 2.0
}

/// Median and range over several rounds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// `None` without values.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let half = values.len() / 2;
        let median = match values.len() % 2 {
            0 => (values[half - 1] + values[half]) / 2.0,
            _ => values[half],
        };
        Some(Self { median, min, max })
    }
}

/// Median (minimum–maximum), with the precision of the format.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(2);
        let Self { median, min, max } = self;
        write!(f, "{median:.digits$} ({min:.digits$}–{max:.digits$})")
    }
}
