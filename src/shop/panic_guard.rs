//! Lets a task that runs as long as the server survive a panic in one of its rounds.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Runs one round; `None` if it panicked.
pub(super) async fn catch_panic<T>(part: &str, round: impl Future<Output = T>) -> Option<T> {
    let result = AssertUnwindSafe(round).catch_unwind().await;
    if result.is_err() {
        log::error!("{part} panicked, continuing");
    }
    result.ok()
}
