//! Metrics of the process rather than of one application: panics and image decodes.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::encode;

static PANICS: AtomicU64 = AtomicU64::new(0);
static DECODES: AtomicU64 = AtomicU64::new(0);

/// Counts a panic, whether it is caught or not.
pub fn count_panic() {
    PANICS.fetch_add(1, Ordering::Relaxed);
}

/// Counts one running image decode while it exists.
#[derive(Debug)]
pub struct Decoding(());

impl Decoding {
    pub fn begin() -> Self {
        DECODES.fetch_add(1, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Decoding {
    fn drop(&mut self) {
        DECODES.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub(super) struct ProcessWideCollector;

impl Collector for ProcessWideCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let panics = ConstCounter::new(PANICS.load(Ordering::Relaxed));
        let help = "Caught panics; each one is a bug";
        encode(&mut encoder, "panics", help, &panics)?;
        let decodes = ConstGauge::new(DECODES.load(Ordering::Relaxed));
        let help = "Images being decoded (at most two at a time)";
        encode(&mut encoder, "image_decodes_under_way", help, &decodes)
    }
}
