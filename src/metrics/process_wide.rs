//! What belongs to the process and to no application in it: panics, and the turns of decoding.

use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use super::tell;

static PANICS: AtomicU64 = AtomicU64::new(0);
static DECODES: AtomicU64 = AtomicU64::new(0);

/// Counts a panic, wherever it was and whoever caught it.
pub fn count_panic() {
    PANICS.fetch_add(1, Ordering::Relaxed);
}

/// Counts an image as being decoded for as long as it lives.
#[derive(Debug)]
pub struct Decoding(());

impl Decoding {
    /// A decoder begins.
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
pub(super) struct Collected;

impl Collector for Collected {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> std::fmt::Result {
        let panics = ConstCounter::new(PANICS.load(Ordering::Relaxed));
        let help = "Panics of the process: each is a bug, and what it met was caught";
        tell(&mut encoder, "panics", help, &panics)?;
        let decodes = ConstGauge::new(DECODES.load(Ordering::Relaxed));
        let help = "Images that are being decoded; two at a time are";
        tell(&mut encoder, "image_decodes_under_way", help, &decodes)
    }
}
