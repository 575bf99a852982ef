//! The use cases: from validated input to a durable change. This module makes all writes, and
//! connects the store, the images and the realtime engine.

mod cart_watch;
pub mod change_dispatcher;
pub mod demo;
mod edits;
mod execute;
mod expiry;
mod images;
mod import;
mod import_pace;
mod mutes;
mod panic_guard;
mod queries;
mod sessions;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::mutes::Mutes;

use crate::domain::error::ValidationError;
use crate::domain::timestamp::Timestamp;
use crate::images::Images;
use crate::metrics::StoreMetrics;
use crate::realtime::StreamHead;
use crate::store::{SharedStore, StoreError};

pub use cart_watch::{AffectedCarts, CartWatch};
pub use change_dispatcher::ChangeDispatcher;
pub use demo::fill_with_demo;
pub use expiry::Expiry;
pub use import::{Import, ImportMode, ImportSummary, RejectedRow};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The input breaks a rule that the store does not check.
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The author of a chat message is muted.
    #[error("the author is muted until {until}")]
    Muted { until: Timestamp },
}

pub type ShopResult<T> = Result<T, ShopError>;

/// The shop.
#[derive(Clone)]
pub struct Shop {
    store: SharedStore,
    images: Images,
    heads: Heads,
    cart_watch: CartWatch,
    mutes: Mutes,
    metrics: StoreMetrics,
    /// Allows one import at a time.
    importing: Arc<Semaphore>,
}

/// The current ends of both streams.
#[derive(Debug, Clone)]
pub struct Heads {
    pub products: StreamHead,
    pub chat: StreamHead,
}

impl Shop {
    pub fn new(
        store: SharedStore,
        images: Images,
        heads: Heads,
        cart_watch: CartWatch,
        metrics: StoreMetrics,
    ) -> Self {
        Self {
            store,
            images,
            heads,
            cart_watch,
            mutes: Mutes::default(),
            metrics,
            importing: Arc::new(Semaphore::new(1)),
        }
    }

    pub fn images(&self) -> &Images {
        &self.images
    }

    /// The ends of the streams. A read that follows has at least the changes up to these.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// Succeeds if the store can read and write.
    pub async fn ping(&self) -> ShopResult<()> {
        Ok(self.store.ping().await?)
    }
}

/// Time limit of a use case of several steps; requests must end within 5 s.
const USE_CASE_TIMEOUT: Duration = Duration::from_millis(4_500);

/// Bounds the time of several steps together. As after any timeout, the store may still have
/// executed a step.
async fn in_time<T>(steps: impl Future<Output = ShopResult<T>>) -> ShopResult<T> {
    match timeout(USE_CASE_TIMEOUT, steps).await {
        Ok(done) => done,
        Err(_) => Err(StoreError::Unavailable("the store did not respond in time".into()).into()),
    }
}

/// An error of the image storage, which is reported like one of the store.
fn storage_failure(error: std::io::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}
