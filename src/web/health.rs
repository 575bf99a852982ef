//! For those who watch over the server.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::envelope::done;
use super::error::ApiError;
use super::state::AppState;
use crate::store::StoreError;

/// The process lives.
pub(super) async fn alive() -> HttpResponse {
    done("alive")
}

/// The store answers and its changes reach the pages.
pub(super) async fn ready(state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    if !state.feed.is_live() {
        return Err(StoreError::Unavailable("the change feed is not live".into()).into());
    }
    state.shop.ping().await?;
    Ok(done("ready"))
}
