//! Mutes of chat addresses. Every message checks them, so they are cached for [`MAX_AGE`]: a mute
//! on one server takes effect on the others when their cache expires.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{Shop, ShopError, ShopResult};
use crate::domain::email::Email;
use crate::domain::mute::Mute;
use crate::domain::timestamp::Timestamp;
use crate::store::{SharedStore, StoreResult};

/// After this time the cache is read again.
const MAX_AGE: Duration = Duration::from_secs(2);

/// The cache.
#[derive(Debug, Clone, Default)]
pub(super) struct Mutes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    cached: RwLock<Option<CachedMutes>>,
    /// Locked during a read, so that concurrent callers share one read.
    reading: Mutex<()>,
}

#[derive(Debug, Clone)]
struct CachedMutes {
    read_at: Instant,
    until: Arc<HashMap<Email, Timestamp>>,
}

impl CachedMutes {
    fn is_fresh(&self) -> bool {
        self.read_at.elapsed() < MAX_AGE
    }
}

impl Mutes {
    /// Until when an address is muted.
    async fn until(&self, user: &Email, store: &SharedStore) -> StoreResult<Option<Timestamp>> {
        let mutes = match self.cached() {
            Some(mutes) if mutes.is_fresh() => mutes,
            // While one caller reads, the others use the old mutes.
            Some(mutes) => match self.0.reading.try_lock() {
                Ok(_guard) => self.read(store).await?,
                Err(_) => mutes,
            },
            None => {
                let _guard = self.0.reading.lock().await;
                match self.cached() {
                    Some(mutes) => mutes,
                    None => self.read(store).await?,
                }
            }
        };
        if mutes.until.is_empty() {
            return Ok(None);
        }
        let until = mutes.until.get(&user.folded()).copied();
        Ok(until.filter(|until| *until > Timestamp::now()))
    }

    async fn read(&self, store: &SharedStore) -> StoreResult<CachedMutes> {
        let read_at = Instant::now();
        let mutes = store.mutes().await?.into_iter();
        let mutes = CachedMutes {
            read_at,
            until: Arc::new(mutes.map(|mute| (mute.user, mute.until)).collect()),
        };
        self.set(Some(mutes.clone()));
        Ok(mutes)
    }

    /// Empties the cache after a change.
    async fn invalidate(&self) {
        // A running read may have old mutes, and must not set them after this.
        let _guard = self.0.reading.lock().await;
        self.set(None);
    }

    fn cached(&self) -> Option<CachedMutes> {
        let cached = self.0.cached.read().unwrap_or_else(PoisonError::into_inner);
        cached.clone()
    }

    fn set(&self, mutes: Option<CachedMutes>) {
        *self
            .0
            .cached
            .write()
            .unwrap_or_else(PoisonError::into_inner) = mutes;
    }
}

impl Shop {
    /// Mutes an address, or changes the end of its mute.
    pub async fn mute(&self, mute: Mute) -> ShopResult<()> {
        self.store.mute(mute).await?;
        self.mutes.invalidate().await;
        Ok(())
    }

    /// Ends the mute of an address.
    pub async fn unmute(&self, user: Email) -> ShopResult<()> {
        self.store.unmute(user.folded()).await?;
        self.mutes.invalidate().await;
        Ok(())
    }

    /// The mutes that have not expired; the one that ends last is first.
    pub async fn mutes(&self) -> ShopResult<Vec<Mute>> {
        Ok(self.store.mutes().await?)
    }

    pub(super) async fn check_not_muted(&self, user: &Email) -> ShopResult<()> {
        match self.mutes.until(user, &self.store).await? {
            Some(until) => Err(ShopError::Muted { until }),
            None => Ok(()),
        }
    }
}
