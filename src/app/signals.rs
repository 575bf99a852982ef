//! Signals: SIGTERM and SIGINT stop the server; SIGXFSZ must not.

use std::future::Future;
use std::io;

use tokio::signal::unix::{SignalKind, signal};

/// SIGXFSZ, on Linux and the BSDs.
const FILE_TOO_LARGE: i32 = 25;

/// Makes a write beyond the file size limit fail with an error, like a write to a full disk,
/// instead of ending the process. Must run inside a runtime.
pub fn ignore_file_limit() -> io::Result<()> {
    // A registered handler is enough; nothing needs to receive the signal.
    signal(SignalKind::from_raw(FILE_TOO_LARGE)).map(drop)
}

/// Completes at the first SIGTERM or SIGINT. A second one exits the process at once.
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
            log::warn!("second signal, exiting now");
            std::process::exit(1);
        });
    })
}
