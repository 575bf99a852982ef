//! `/api/mutes`: who may not write in the chat for a time.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::Body;
use super::envelope::{Done, Payload, done, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::state::AppState;
use crate::domain::email::Email;
use crate::domain::mute::Mute;
use crate::domain::timestamp::Timestamp;
use crate::store::{Noun, StoreError};

/// An address that may not write in the chat until a moment.
#[derive(Serialize, ToSchema)]
#[schema(as = Mute)]
pub(super) struct MuteView<'a> {
    /// The address, in lower case.
    #[schema(example = "ana@example.com")]
    user: &'a str,
    /// From then on it may write again.
    #[schema(format = DateTime, example = "2026-03-01T13:00:00.000Z")]
    until: String,
}

/// Who is to be muted, and for how long.
#[derive(ToSchema)]
#[schema(as = NewMute)]
#[expect(dead_code, reason = "it only describes what `create` reads")]
pub(super) struct NewMuteBody {
    /// The address.
    #[schema(max_length = 254, pattern = "{{email}}", example = "ana@example.com")]
    user: String,
    /// For how many minutes.
    #[schema(nullable = false, minimum = 1, maximum = 525_600, default = 60)]
    minutes: Option<i64>,
}

impl<'a> From<&'a Mute> for MuteView<'a> {
    fn from(mute: &'a Mute) -> Self {
        Self {
            user: mute.user.as_str(),
            until: mute.until.to_string(),
        }
    }
}

/// List mutes
#[utoipa::path(
    get, path = "/api/mutes", operation_id = "listMutes", tag = "Chat", security(("admin" = [])),
    responses((status = 200, description = "Every address that may not write now", body = Payload<Vec<MuteView<'_>>>)),
)]
pub(super) async fn list(_: Admin, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let mutes = state.shop.mutes().await?;
    let mutes: Vec<_> = mutes.iter().map(MuteView::from).collect();
    Ok(payload(StatusCode::OK, mutes))
}

/// Mute an address
#[utoipa::path(
    post, path = "/api/mutes", operation_id = "createMute", tag = "Chat", security(("admin" = [])),
    request_body = NewMuteBody,
    responses((status = 201, description = "The mute", body = Payload<MuteView<'_>>)),
    extensions(("x-problems" = json!(["validation", "unknown_field"]))),
)]
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

/// Let an address write again
#[utoipa::path(
    delete, path = "/api/mutes/{user}", operation_id = "deleteMute", tag = "Chat", security(("admin" = [])),
    responses((status = 200, description = "It may", body = Done)),
    extensions(("x-problems" = json!(["not_found"]))),
)]
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
