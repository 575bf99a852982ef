//! Who may not write in the chat: asked before every message, so kept in memory and read anew every
//! few seconds. A mute on one server counts on the others as soon as they have read it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::{Shop, ShopError, ShopResult};
use crate::domain::email::Email;
use crate::domain::mute::Mute;
use crate::domain::timestamp::Timestamp;
use crate::store::{SharedStore, StoreResult};

/// How old what is known may be.
const FRESH: Duration = Duration::from_secs(2);

/// What is known of the mutes.
#[derive(Debug, Clone, Default)]
pub(super) struct Mutes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    known: RwLock<Option<Known>>,
    /// Held while they are read, so that they are read once for all who ask.
    reading: Mutex<()>,
}

#[derive(Debug, Clone)]
struct Known {
    at: Instant,
    until: Arc<HashMap<Email, Timestamp>>,
}

impl Known {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < FRESH
    }
}

impl Mutes {
    /// Until when somebody may not write.
    async fn of(&self, user: &Email, store: &SharedStore) -> StoreResult<Option<Timestamp>> {
        let known = match self.known() {
            Some(known) if known.is_fresh() => known,
            // While one reads, the others go by what was known.
            Some(known) => match self.0.reading.try_lock() {
                Ok(_reading) => self.read(store).await?,
                Err(_) => known,
            },
            None => {
                let _reading = self.0.reading.lock().await;
                match self.known() {
                    Some(known) => known,
                    None => self.read(store).await?,
                }
            }
        };
        if known.until.is_empty() {
            return Ok(None);
        }
        let until = known.until.get(&user.folded()).copied();
        Ok(until.filter(|until| *until > Timestamp::now()))
    }

    async fn read(&self, store: &SharedStore) -> StoreResult<Known> {
        let at = Instant::now();
        let mutes = store.mutes().await?.into_iter();
        let known = Known {
            at,
            until: Arc::new(mutes.map(|mute| (mute.user, mute.until)).collect()),
        };
        self.set(Some(known.clone()));
        Ok(known)
    }

    /// Has them read anew, because one has changed.
    async fn forget(&self) {
        // Who reads now may have read what was before, and would set it behind this.
        let _reading = self.0.reading.lock().await;
        self.set(None);
    }

    fn known(&self) -> Option<Known> {
        let known = self.0.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    fn set(&self, known: Option<Known>) {
        *self.0.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

impl Shop {
    /// Keeps an address from writing in the chat until a moment.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn mute(&self, mute: Mute) -> ShopResult<()> {
        self.store.mute(mute).await?;
        self.mutes.forget().await;
        Ok(())
    }

    /// Lets an address write again.
    ///
    /// # Errors
    /// It was not muted, or the store's failure.
    pub async fn unmute(&self, user: Email) -> ShopResult<()> {
        self.store.unmute(user.folded()).await?;
        self.mutes.forget().await;
        Ok(())
    }

    /// The mutes that are not over, those that end last first.
    ///
    /// # Errors
    /// The store's failure.
    pub async fn mutes(&self) -> ShopResult<Vec<Mute>> {
        Ok(self.store.mutes().await?)
    }

    /// Until when somebody may not write in the chat.
    pub(super) async fn muted_until(&self, user: &Email) -> StoreResult<Option<Timestamp>> {
        self.mutes.of(user, &self.store).await
    }

    /// Refuses who may not write now.
    pub(super) async fn check_not_muted(&self, user: &Email) -> ShopResult<()> {
        match self.muted_until(user).await? {
            Some(until) => Err(ShopError::Muted { until }),
            None => Ok(()),
        }
    }
}
