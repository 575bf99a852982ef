//! Limits on decoding, the most expensive work here in time and memory: at most two decodes at a
//! time in the process, at a lower priority than requests.

use std::{io, thread};

use tokio::sync::{Semaphore, oneshot};

use crate::metrics::begin_decode;

static PERMITS: Semaphore = Semaphore::const_new(2);

/// Niceness of a decoding thread: about a tenth of a normal thread's share of a busy core.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Runs decoding work when a permit is free. `None` if it panicked: a file that crashes a decoder
/// counts as damaged.
pub(super) async fn with_permit<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let permit = PERMITS.acquire().await.map_err(io::Error::other)?;
    let (tx, rx) = oneshot::channel();
    // A thread of its own: an unprivileged thread cannot raise its priority again.
    thread::Builder::new()
        .name("decode".into())
        .spawn(move || {
            let result = {
                // Held by the work itself: the caller may be dropped before it ends.
                let _permit = permit;
                let _decoding = begin_decode();
                lower_priority();
                work()
            };
            // An error means that the caller was dropped.
            let _ = tx.send(result);
        })?;
    // A panic drops the sender.
    Ok(rx.await.ok())
}

/// Lowers the priority of this thread, if the system allows it.
#[cfg(target_os = "linux")]
fn lower_priority() {
    use rustix::process::{getpriority_process, setpriority_process};

    // On Linux the priority belongs to the thread, and `None` is the calling one. The process may
    // have a lower priority already.
    let lowered =
        getpriority_process(None).and_then(|now| setpriority_process(None, now.max(NICENESS)));
    if let Err(error) = lowered {
        log::debug!("decoder priority unchanged: {error}");
    }
}

/// On other systems the priority belongs to the process.
#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Barrier};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn at_most_two_decodes_run_at_a_time() {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // Each waits for another one, which proves that two run at the same time.
        let pair = Arc::new(Barrier::new(2));
        let all = (0..8).map(|_| {
            let (running, most, pair) = (running.clone(), most.clone(), pair.clone());
            with_permit(move || {
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
    async fn decoding_has_a_lower_priority() {
        let priority = || rustix::process::getpriority_process(None).unwrap();
        let before = priority();
        let while_decoding = with_permit(priority).await.unwrap();
        assert_eq!(while_decoding, Some(NICENESS));
        assert_eq!(priority(), before);
    }

    #[tokio::test]
    async fn a_panic_returns_its_permit() {
        for _ in 0..5 {
            let result = with_permit(|| panic!("on purpose")).await.unwrap();
            assert_eq!(result, None::<()>);
        }
    }
}
