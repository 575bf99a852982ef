//! SIGINT and SIGTERM, heard between two pieces of work, so that what was begun is cleared away.

use std::future::Future;
use std::io;
use std::pin::Pin;

use futures_util::FutureExt;

use crate::signals;

/// Watches for the signals; a second one ends the program at once.
pub(super) struct Interrupt(Pin<Box<dyn Future<Output = ()>>>);

impl Interrupt {
    /// From now on the signals do nothing but be heard.
    ///
    /// # Errors
    /// The system does not let signals be watched.
    pub(super) fn watch() -> io::Result<Self> {
        Ok(Self(Box::pin(signals::stop()?.fuse())))
    }

    /// Whether one came since it was last asked.
    pub(super) async fn came(&mut self) -> bool {
        // Lets the signal be heard where the work has waited for nothing.
        tokio::task::yield_now().await;
        self.0.as_mut().now_or_never().is_some()
    }
}
