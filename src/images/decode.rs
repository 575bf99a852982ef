//! Decoding is the one costly thing here, in time and memory: two at a time in the process.

use std::io;

use tokio::sync::Semaphore;

use crate::metrics::Decoding;

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
        let _counted = Decoding::begin();
        work()
    });
    match running.await {
        Ok(outcome) => Ok(Some(outcome)),
        Err(lost) if lost.is_panic() => Ok(None),
        Err(lost) => Err(io::Error::other(lost)),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn two_decode_at_a_time() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // Each waits for a second one, so that two do run together.
        let pair = Arc::new(Barrier::new(2));
        let all = (0..8).map(|_| {
            let (running, most, pair) = (running.clone(), most.clone(), pair.clone());
            in_turn(move || {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                pair.wait();
                running.fetch_sub(1, Ordering::SeqCst);
            })
        });
        join_all(all).await;
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_panic_is_no_outcome_and_gives_its_turn_back() {
        for _ in 0..5 {
            let outcome = in_turn(|| panic!("on purpose")).await.unwrap();
            assert_eq!(outcome, None::<()>);
        }
    }
}
