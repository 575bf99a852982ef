//! SIGINT and SIGTERM, checked between steps of a command, so that it can clean up.

use std::future::Future;
use std::io;
use std::pin::Pin;

use futures_util::FutureExt;

use crate::app::signals;

/// Watches for the signals; a second one exits the process at once.
pub(super) struct Interrupt(Pin<Box<dyn Future<Output = ()>>>);

impl Interrupt {
    /// From now on the first signal does not end the process.
    pub(super) fn watch() -> io::Result<Self> {
        Ok(Self(Box::pin(signals::stop()?.fuse())))
    }

    /// Whether a signal has arrived since the last call.
    pub(super) async fn received(&mut self) -> bool {
        // Work that never waits would not let the runtime deliver the signal.
        tokio::task::yield_now().await;
        self.0.as_mut().now_or_never().is_some()
    }
}
