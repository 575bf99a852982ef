//! The signals that end the server, and one that must not.

use std::future::Future;
use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// SIGXFSZ, on Linux and the BSDs.
const FILE_TOO_LARGE: i32 = 25;

/// From now on a write beyond the limit on file sizes fails, as one to a full disk does, and does not
/// end the process. Must run inside a runtime.
///
/// # Errors
/// The system does not let the signal be taken.
pub fn outlive_file_limit() -> io::Result<()> {
    // Nobody listens: that it has a handler is enough.
    signal(SignalKind::from_raw(FILE_TOO_LARGE)).map(drop)
}

/// Done at the first SIGTERM or SIGINT. A second one ends the process at once.
///
/// # Errors
/// The system does not let signals be watched.
pub fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tokio::task::spawn_local(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            log::warn!("stopped at once");
            std::process::exit(1);
        });
    })
}
