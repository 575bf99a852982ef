//! A panic ends a step of an actor, not the actor: without its hub or shard a page would silently
//! stop updating.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs a step of an actor; `None` if it panicked. The actor's state may be half changed then: the
/// caller must recover from state that it can trust.
pub(super) fn catch_panic<T>(actor: &str, step: impl FnOnce() -> T) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(step));
    if result.is_err() {
        log::error!("{actor} panicked, restarting");
    }
    result.ok()
}
