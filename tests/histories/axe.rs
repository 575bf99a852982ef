//! When a history's program dies, and whether it has.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

/// How a program dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    /// At the first moment from this one on.
    At(u64),
    /// The same, but in the midst of writing a commit to the disk: this part of it is there, in 1/256.
    InCommit(u64, u8),
}

/// The moments of one life of the program, and its end.
#[derive(Debug)]
pub(crate) struct Axe {
    moments: AtomicU64,
    blow: Mutex<Option<Blow>>,
    fallen: watch::Sender<bool>,
}

impl Axe {
    pub(crate) fn new() -> Self {
        Self {
            moments: AtomicU64::new(0),
            blow: Mutex::new(None),
            fallen: watch::Sender::new(false),
        }
    }

    /// It falls so many moments from now.
    pub(crate) fn raise(&self, after: u64, part: Option<u8>) {
        let at = self.moments.load(Ordering::SeqCst) + after;
        let blow = part.map_or(Blow::At(at), |part| Blow::InCommit(at, part));
        *self.blow.lock().expect("a blow") = Some(blow);
    }

    /// In how many moments it falls.
    pub(crate) fn raised(&self) -> Option<u64> {
        let (Blow::At(at) | Blow::InCommit(at, _)) = (*self.blow.lock().expect("a blow"))?;
        Some(at.saturating_sub(self.moments()))
    }

    /// It does not fall after all.
    pub(crate) fn lower(&self) {
        *self.blow.lock().expect("a blow") = None;
    }

    /// One moment more; tells the blow when its time has come.
    pub(crate) fn moment(&self) -> Option<Blow> {
        let now = self.moments.fetch_add(1, Ordering::SeqCst);
        let blow = *self.blow.lock().expect("a blow");
        blow.filter(|(Blow::At(at) | Blow::InCommit(at, _))| now >= *at && !self.has_fallen())
    }

    /// How many moments there were.
    pub(crate) fn moments(&self) -> u64 {
        self.moments.load(Ordering::SeqCst)
    }

    /// From now on nobody hears the program.
    pub(crate) fn fall(&self) {
        self.fallen.send_replace(true);
    }

    pub(crate) fn has_fallen(&self) -> bool {
        *self.fallen.borrow()
    }

    /// Waits for the end.
    pub(crate) async fn fell(&self) {
        let mut fallen = self.fallen.subscribe();
        // The sender lives as long as this is borrowed.
        let _ = fallen.wait_for(|fallen| *fallen).await;
    }
}
