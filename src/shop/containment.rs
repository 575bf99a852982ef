//! A panic ends a turn of a task that has to run for as long as the server, not the task.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Does a turn's work; `None` where it panicked.
pub(super) async fn contained<T>(part: &str, work: impl Future<Output = T>) -> Option<T> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    if done.is_err() {
        log::error!("{part} panicked and goes on");
    }
    done.ok()
}
