//! Whether the store responds, cached: a check is a write to disk, and unauthenticated clients may
//! ask.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::shop::{Shop, ShopResult};
use crate::store::StoreError;

/// How long a result is reused.
const CACHE_TIME: Duration = Duration::from_millis(250);

/// The last check of the store. Clients that ask during a check wait for its result.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<Check>>);

#[derive(Debug, Clone, Copy)]
struct Check {
    at: Instant,
    succeeded: bool,
}

impl Readiness {
    pub(crate) async fn check(&self, shop: &Shop) -> ShopResult<()> {
        let mut last = self.0.lock().await;
        match *last {
            Some(check) if check.at.elapsed() < CACHE_TIME => return check.result(),
            _ => {}
        }
        let result = shop.ping().await;
        *last = Some(Check {
            at: Instant::now(),
            succeeded: result.is_ok(),
        });
        result
    }
}

impl Check {
    fn result(self) -> ShopResult<()> {
        if self.succeeded {
            Ok(())
        } else {
            Err(StoreError::Unavailable("the store did not respond".into()).into())
        }
    }
}
