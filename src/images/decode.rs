//! Decoding is the one costly thing here, in time and memory: two at a time in the process.

use std::io;

use tokio::sync::Semaphore;

static TURNS: Semaphore = Semaphore::const_new(2);

/// Runs work that decodes, when it is its turn. None where it panicked: decoders meet files
/// made to break them, and a broken decoder is a broken file.
pub(super) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let turn = TURNS.acquire().await.map_err(io::Error::other)?;
    let running = tokio::task::spawn_blocking(move || {
        // Held by the work itself: who asked for it may be gone before it ends.
        let _turn = turn;
        work()
    });
    match running.await {
        Ok(outcome) => Ok(Some(outcome)),
        Err(lost) if lost.is_panic() => Ok(None),
        Err(lost) => Err(io::Error::other(lost)),
    }
}
