//! `/api/mutes`: who may not write in the chat for a time.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Serialize;

use super::body::Body;
use super::envelope::{done, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::state::AppState;
use crate::domain::email::Email;
use crate::domain::mute::Mute;
use crate::domain::timestamp::Timestamp;
use crate::store::{Noun, StoreError};

/// The JSON form of a mute.
#[derive(Serialize)]
struct MuteView<'a> {
    user: &'a str,
    until: String,
}

impl<'a> From<&'a Mute> for MuteView<'a> {
    fn from(mute: &'a Mute) -> Self {
        Self {
            user: mute.user.as_str(),
            until: mute.until.to_string(),
        }
    }
}

pub(super) async fn list(_: Admin, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let mutes = state.shop.mutes().await?;
    let mutes: Vec<_> = mutes.iter().map(MuteView::from).collect();
    Ok(payload(StatusCode::OK, mutes))
}

pub(super) async fn create(
    _: Admin,
    state: Data<AppState>,
    Body(members): Body,
) -> Result<HttpResponse, ApiError> {
    let mut members = members.only(&["user", "minutes"])?;
    let (user, minutes) = (members.text("user"), members.integer("minutes"));
    let mute = Mute::parse(user, minutes, Timestamp::now())?;
    state.shop.mute(mute.clone()).await?;
    Ok(payload(StatusCode::CREATED, MuteView::from(&mute)))
}

pub(super) async fn delete(
    _: Admin,
    state: Data<AppState>,
    user: Path<String>,
) -> Result<HttpResponse, ApiError> {
    // What is no address is muted by nobody.
    let user = Email::parse(&user).map_err(|_| StoreError::NotFound(Noun::Mute))?;
    state.shop.unmute(user).await?;
    Ok(done("the address may write again"))
}
