//! The forms that mute and unmute.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::guard::AdminGuard;
use super::{ignore_missing, redirect};
use crate::domain::email::Email;
use crate::domain::field::Field;
use crate::domain::mute::Mute;
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::http::body::Body;
use crate::http::state::AppState;

/// `POST /admin/chat/mutes`.
pub(super) async fn begin(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    Body(members): Body,
) -> HttpResponse {
    let muted = async {
        let mute = Mute::read(members, Timestamp::now())?;
        state.shop.mute(mute).await?;
        Ok("/admin/chat?done=muted".to_owned())
    };
    redirect(&request, &state, muted.await).await
}

/// `POST /admin/chat/mutes/end`.
pub(super) async fn end(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    Body(members): Body,
) -> HttpResponse {
    let ended = async {
        let user = match members.only(&["user"])?.string("user") {
            Field::Present(user) => Email::parse(&user).ok(),
            _ => None,
        };
        let user = user.ok_or(Refusal::NotFound(Resource::Mute))?;
        ignore_missing(state.shop.unmute(user).await)?;
        Ok("/admin/chat?done=unmuted".to_owned())
    };
    redirect(&request, &state, ended.await).await
}
