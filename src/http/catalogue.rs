//! The catalogue that a request reads.

use std::cell::RefMut;
use std::future::{Ready, ready};
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use tokio::time::timeout;

use crate::catalogue::Catalogue;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::realtime::Worker;
use crate::store::StoreError;

/// How long a read waits for the changes that were acknowledged before it. Usually they are there
/// already; a feed that is this late has lost its store.
const CATCH_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// Reads the catalogue of the worker that serves a request.
pub(crate) struct CatalogueReader {
    state: Data<AppState>,
    worker: Data<Worker>,
}

impl FromRequest for CatalogueReader {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let data = (
            request.app_data::<Data<AppState>>(),
            request.app_data::<Data<Worker>>(),
        );
        let reader = match data {
            (Some(state), Some(worker)) => Ok(Self {
                state: state.clone(),
                worker: worker.clone(),
            }),
            _ => Err(not_loaded()),
        };
        ready(reader)
    }
}

impl CatalogueReader {
    /// The catalogue with everything that was acknowledged before the call. If the changes do not
    /// come because the store is away, it is the last state known.
    pub(crate) async fn current(&self) -> Result<CurrentCatalogue<'_>, ApiError> {
        let is_stale = !self.catch_up().await;
        let catalogue = self.worker.products.catalogue();
        Ok(CurrentCatalogue {
            catalogue: catalogue.ok_or_else(not_loaded)?,
            is_stale,
        })
    }

    /// Waits until this worker has everything that was acknowledged before the call; false if it
    /// does not come because the store is away.
    pub(crate) async fn catch_up(&self) -> bool {
        let is_fed = self.state.feed.is_live() && self.state.shop.is_connected();
        is_fed && timeout(CATCH_UP_TIMEOUT, self.follow()).await.is_ok()
    }

    /// The way from the store through the hub to this worker.
    async fn follow(&self) {
        let shop = &self.state.shop;
        self.state.feed.delivered(shop.written()).await;
        let head = shop.heads().products.get().cursor;
        let catalogue = self.worker.products.catalogue();
        if catalogue.is_none_or(|catalogue| *catalogue.position() != head) {
            self.worker.await_product_position(&head).await;
        }
    }
}

fn not_loaded() -> ApiError {
    StoreError::Unavailable("the worker has no catalogue yet".into()).into()
}

/// A catalogue to read at once: to be dropped before the handler waits for anything.
pub(crate) struct CurrentCatalogue<'a> {
    catalogue: RefMut<'a, Catalogue>,
    /// Later changes may be missing.
    pub(crate) is_stale: bool,
}

impl Deref for CurrentCatalogue<'_> {
    type Target = Catalogue;

    fn deref(&self) -> &Catalogue {
        &self.catalogue
    }
}

impl DerefMut for CurrentCatalogue<'_> {
    fn deref_mut(&mut self) -> &mut Catalogue {
        &mut self.catalogue
    }
}
