//! Injects a crash of the server at a chosen point of a history.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// A scheduled crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crash {
    /// At the first point from this one on.
    At(u64),
    /// At the first commit from this point on, of which only this part is written, in 1/256.
    InCommit(u64, u8),
}

/// Counts the crash points of one run of the server.
#[derive(Debug)]
pub(crate) struct CrashInjector {
    points: AtomicU64,
    crash: Mutex<Option<Crash>>,
    crashed_tx: watch::Sender<bool>,
}

impl CrashInjector {
    pub(crate) fn new() -> Self {
        Self {
            points: AtomicU64::new(0),
            crash: Mutex::new(None),
            crashed_tx: watch::Sender::new(false),
        }
    }

    /// Schedules a crash `after` this many further points.
    pub(crate) fn schedule(&self, after: u64, part: Option<u8>) {
        let at = self.points.load(Ordering::SeqCst) + after;
        let crash = part.map_or(Crash::At(at), |part| Crash::InCommit(at, part));
        *self.crash.lock().expect("no thread panicked") = Some(crash);
    }

    /// The number of points until the scheduled crash.
    pub(crate) fn remaining(&self) -> Option<u64> {
        let (Crash::At(at) | Crash::InCommit(at, _)) =
            (*self.crash.lock().expect("no thread panicked"))?;
        Some(at.saturating_sub(self.points()))
    }

    pub(crate) fn cancel(&self) {
        *self.crash.lock().expect("no thread panicked") = None;
    }

    /// Counts a point; returns the crash that is due at it.
    pub(crate) fn reach_point(&self) -> Option<Crash> {
        let now = self.points.fetch_add(1, Ordering::SeqCst);
        let crash = *self.crash.lock().expect("no thread panicked");
        crash.filter(|(Crash::At(at) | Crash::InCommit(at, _))| now >= *at && !self.has_crashed())
    }

    /// The number of points so far.
    pub(crate) fn points(&self) -> u64 {
        self.points.load(Ordering::SeqCst)
    }

    /// From now on replies of the server are ignored.
    pub(crate) fn crash(&self) {
        self.crashed_tx.send_replace(true);
    }

    pub(crate) fn has_crashed(&self) -> bool {
        *self.crashed_tx.borrow()
    }

    /// Waits for the crash.
    pub(crate) async fn crashed(&self) {
        let mut crashed_rx = self.crashed_tx.subscribe();
        // The sender outlives this borrow.
        let _ = crashed_rx.wait_for(|has_crashed| *has_crashed).await;
    }
}
