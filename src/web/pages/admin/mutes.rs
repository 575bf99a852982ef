//! Who may not write in the chat for a time, by plain forms.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::visit::AdminVisit;
use super::{answer, gone};
use crate::domain::email::Email;
use crate::domain::field::Field;
use crate::domain::mute::Mute;
use crate::domain::timestamp::Timestamp;
use crate::store::{Noun, StoreError};
use crate::web::body::Body;
use crate::web::state::AppState;

/// `POST /admin/chat/mutes`.
pub(super) async fn begin(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    Body(members): Body,
) -> HttpResponse {
    let muted = async {
        let mut members = members.only(&["user", "minutes"])?;
        let (user, minutes) = (members.text("user"), members.integer("minutes"));
        let mute = Mute::parse(user, minutes, Timestamp::now())?;
        state.shop.mute(mute).await?;
        Ok("/admin/chat?done=muted".to_owned())
    };
    answer(&request, &state, muted.await).await
}

/// `POST /admin/chat/mutes/end`.
pub(super) async fn end(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    Body(members): Body,
) -> HttpResponse {
    let ended = async {
        let user = match members.only(&["user"])?.text("user") {
            Field::Given(user) => Email::parse(&user).ok(),
            _ => None,
        };
        let user = user.ok_or(StoreError::NotFound(Noun::Mute))?;
        gone(state.shop.unmute(user).await)?;
        Ok("/admin/chat?done=unmuted".to_owned())
    };
    answer(&request, &state, ended.await).await
}
