//! Decoding is the one costly thing here, in time and memory: two at a time in the process, and
//! behind everybody who waits for an answer.

use std::{io, thread};

use tokio::sync::{Semaphore, oneshot};

use crate::metrics::Decoding;

static TURNS: Semaphore = Semaphore::const_new(2);

/// The niceness of a thread that decodes: about a tenth of a thread's share of a busy core, all of an idle one.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Runs work that decodes, when it is its turn. None where it panicked: decoders meet files
/// made to break them, and a broken decoder is a broken file.
pub(super) async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let turn = TURNS.acquire().await.map_err(io::Error::other)?;
    let (tell, told) = oneshot::channel();
    // A thread of its own: without privileges no thread gets back the priority that it gave up.
    thread::Builder::new()
        .name("decode".into())
        .spawn(move || {
            let outcome = {
                // Held by the work itself: who asked for it may be gone before it ends.
                let _turn = turn;
                let _counted = Decoding::begin();
                let_others_go_first();
                work()
            };
            // Who asked for it may be gone.
            let _ = tell.send(outcome);
        })?;
    // A thread that panicked tells nothing.
    Ok(told.await.ok())
}

/// Lowers the priority of this thread; where that is not allowed it decodes as it is.
#[cfg(target_os = "linux")]
fn let_others_go_first() {
    use rustix::process::{getpriority_process, setpriority_process};

    // Linux keeps it by thread, and none named is the calling one. A program may be nicer as it is.
    let lowered =
        getpriority_process(None).and_then(|now| setpriority_process(None, now.max(NICENESS)));
    if let Err(error) = lowered {
        log::debug!("decoding at the priority of all: {error}");
    }
}

/// Elsewhere it is kept by process.
#[cfg(not(target_os = "linux"))]
fn let_others_go_first() {}

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

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn decoding_is_behind_everything_else() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let before = priority();
        let while_decoding = in_turn(priority).await.unwrap();
        assert_eq!(while_decoding, Some(NICENESS));
        assert_eq!(priority(), before);
    }

    #[tokio::test]
    async fn a_panic_is_no_outcome_and_gives_its_turn_back() {
        for _ in 0..5 {
            let outcome = in_turn(|| panic!("on purpose")).await.unwrap();
            assert_eq!(outcome, None::<()>);
        }
    }
}
