//! The signals that end the server.

use std::future::Future;
use std::io;

use tokio::signal::unix::{SignalKind, signal};

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
