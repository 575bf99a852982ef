//! The use cases: validated input in, a durable change out. The only writer, and the one place where
//! the store, the images and the realtime engine meet.

mod carts;
mod chat;
mod containment;
pub mod demo;
mod expiry;
pub mod feed_pump;
mod import;
mod import_pace;
mod keyed;
mod live_carts;
mod mutes;
mod orders;
mod pictures;
mod products;
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

pub use demo::fill_with_demo;
pub use expiry::Expiry;
pub use feed_pump::FeedPump;
pub use import::{Import, ImportMode, RefusedRow, Tally};
pub use live_carts::{Concern, LiveCarts};
pub use products::Listing;

/// Why a use case was refused.
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    /// The input breaks a rule that is not the store's to know.
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    /// The store refused or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The author may not write in the chat for a time.
    #[error("the author may not write until {until}")]
    Muted {
        /// From then on it may.
        until: Timestamp,
    },
}

/// What every use case returns.
pub type ShopResult<T> = Result<T, ShopError>;

/// The shop.
#[derive(Clone)]
pub struct Shop {
    store: SharedStore,
    images: Images,
    heads: Heads,
    live_carts: LiveCarts,
    mutes: Mutes,
    metrics: StoreMetrics,
    /// One import at a time.
    importing: Arc<Semaphore>,
}

/// Where the two streams stand.
#[derive(Debug, Clone)]
pub struct Heads {
    /// The product stream.
    pub products: StreamHead,
    /// The chat.
    pub chat: StreamHead,
}

impl std::fmt::Debug for Shop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shop")
            .field("store", &self.store.describe())
            .field("images", &self.images)
            .finish_non_exhaustive()
    }
}

impl Shop {
    /// A shop over a store whose streams stand at `heads`.
    pub fn new(
        store: SharedStore,
        images: Images,
        heads: Heads,
        live_carts: LiveCarts,
        metrics: StoreMetrics,
    ) -> Self {
        Self {
            store,
            images,
            heads,
            live_carts,
            mutes: Mutes::default(),
            metrics,
            importing: Arc::new(Semaphore::new(1)),
        }
    }

    /// The images of the products.
    pub fn images(&self) -> &Images {
        &self.images
    }

    /// Where the streams stand. Taken before a read, it is a place that the read holds at least.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> ShopResult<()> {
        Ok(self.store.ping().await?)
    }
}

/// What a use case of several steps may take in all: a request has to end within 5 s.
const LIMIT: Duration = Duration::from_millis(4_500);

/// Gives several steps the time of one. What the store was asked for may be done all the same, as with a step that is
/// late.
async fn in_time<T>(steps: impl Future<Output = ShopResult<T>>) -> ShopResult<T> {
    match timeout(LIMIT, steps).await {
        Ok(done) => done,
        Err(_) => Err(StoreError::Unavailable("the store did not answer in time".into()).into()),
    }
}

/// A failure of the images' folder, which is storage like the rest.
fn folder_failure(error: std::io::Error) -> StoreError {
    StoreError::Unavailable(Box::new(error))
}
