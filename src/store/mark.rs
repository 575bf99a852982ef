//! Points in the order of a store's commits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A point in the order of a store's commits: of two marks of one store the later one is greater.
/// Unlike a position it is known when a write is acknowledged, before the feed delivers it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(pub(super) u64);

impl Mark {
    pub(super) const fn new(number: u64) -> Self {
        Self(number)
    }
}

/// The mark of the newest acknowledged write. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct NewestMark(Arc<AtomicU64>);

impl NewestMark {
    pub(super) fn get(&self) -> Mark {
        Mark(self.0.load(Ordering::Acquire))
    }

    /// Must come before the acknowledgement.
    pub(super) fn raise(&self, Mark(number): Mark) {
        self.0.fetch_max(number, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_mark_never_falls() {
        let newest = NewestMark::default();
        let shared = newest.clone();
        for (number, expected) in [(3, 3), (2, 3), (9, 9)] {
            newest.raise(Mark::new(number));
            assert_eq!(shared.get(), Mark::new(expected));
        }
    }
}
