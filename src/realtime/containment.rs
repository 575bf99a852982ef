//! A panic ends a step of an actor, not the actor: one that is gone would leave its pages behind
//! with nobody noticing.

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Takes a step of an actor; `None` where it panicked. What the actor holds may be half changed then:
/// it must begin anew from what it can trust.
pub(super) fn contained<T>(part: &str, step: impl FnOnce() -> T) -> Option<T> {
    let taken = catch_unwind(AssertUnwindSafe(step));
    if taken.is_err() {
        log::error!("{part} panicked and begins anew");
    }
    taken.ok()
}
