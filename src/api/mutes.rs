//! `/api/mutes`: addresses that may not write in the chat for a time.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::operation::{CHAT, Operation, RequestBody, Success, of, payload_of, payload_of_list};
use crate::domain::email::Email;
use crate::domain::field_spec::{FieldKind, FieldSpec};
use crate::domain::mute::{Mute, NEW_MUTE};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::http::body::Body;
use crate::http::envelope::{Done, done, payload};
use crate::http::error::ApiError;
use crate::http::guard::admin::Admin;
use crate::http::state::AppState;

const USER: FieldSpec = FieldSpec::required("user", FieldKind::TEXT, "The e-mail address");

/// An address that may not write in the chat for a time.
#[derive(Serialize, ToSchema)]
#[schema(as = Mute)]
pub(crate) struct MuteView<'a> {
    /// The address, in lower case.
    #[schema(example = "ana@example.com")]
    user: &'a str,
    /// The end of the mute.
    #[schema(format = DateTime, example = "2026-03-01T13:00:00.000Z")]
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

pub(super) const LIST: Operation = Operation {
    responses: &[Success::json(
        200,
        "All addresses that are muted now",
        payload_of_list::<MuteView<'_>>,
    )],
    is_admin: true,
    ..Operation::new("listMutes", CHAT, "List mutes")
};

pub(crate) async fn list(_: Admin, state: Data<AppState>) -> Result<HttpResponse, ApiError> {
    let mutes = state.shop.mutes().await?;
    let mutes: Vec<_> = mutes.iter().map(MuteView::from).collect();
    Ok(payload(StatusCode::OK, mutes))
}

pub(super) const CREATE: Operation = Operation {
    body: Some(RequestBody::Fields(&NEW_MUTE)),
    responses: &[Success::json(201, "The mute", payload_of::<MuteView<'_>>)],
    is_admin: true,
    ..Operation::new("createMute", CHAT, "Mute an address")
};

pub(crate) async fn create(
    _: Admin,
    state: Data<AppState>,
    Body(fields): Body,
) -> Result<HttpResponse, ApiError> {
    let mute = Mute::read(fields, Timestamp::now())?;
    state.shop.mute(mute.clone()).await?;
    Ok(payload(StatusCode::CREATED, MuteView::from(&mute)))
}

pub(super) const DELETE: Operation = Operation {
    path: &[USER],
    responses: &[Success::json(
        200,
        "The address is no longer muted",
        of::<Done>,
    )],
    is_admin: true,
    ..Operation::new("deleteMute", CHAT, "Unmute an address")
};

pub(crate) async fn delete(
    _: Admin,
    state: Data<AppState>,
    user: Path<String>,
) -> Result<HttpResponse, ApiError> {
    // A malformed address is not muted.
    let user = Email::parse(&user).map_err(|_| Refusal::NotFound(Resource::Mute))?;
    state.shop.unmute(user).await?;
    Ok(done("the address may write again"))
}
