//! Who may not write in the chat for a time, by plain forms.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::see;
use super::visit::AdminVisit;
use crate::domain::email::Email;
use crate::domain::field::Field;
use crate::domain::mute::Mute;
use crate::domain::timestamp::Timestamp;
use crate::store::{Noun, StoreError};
use crate::web::body::Body;
use crate::web::error::ApiError;
use crate::web::pages::failure;
use crate::web::pages::visitor::Visitor;
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
        Ok(state.shop.mute(mute).await?)
    };
    let muted = muted.await;
    answer(&request, &state, muted, "muted").await
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
        match state.shop.unmute(user).await.map_err(ApiError::from) {
            // One that is over already is what was wanted.
            Ok(()) | Err(ApiError::Store(StoreError::NotFound(_))) => Ok(()),
            Err(error) => Err(error),
        }
    };
    let ended = ended.await;
    answer(&request, &state, ended, "unmuted").await
}

async fn answer(
    request: &HttpRequest,
    state: &AppState,
    done: Result<(), ApiError>,
    word: &str,
) -> HttpResponse {
    match done {
        Ok(()) => see(&format!("/admin/chat?done={word}")),
        Err(error) => {
            let visitor = Visitor::of(request, state).await;
            failure::page(state, &visitor, &error)
        }
    }
}
