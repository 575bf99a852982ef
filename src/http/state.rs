//! The state that every handler can reach.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::limits::Limits;
use super::readiness::Readiness;
use super::sessions::AdminSessions;
use super::site::Site;
use crate::domain::admin_token::AdminToken;
use crate::i18n::Language;
use crate::metrics::Metrics;
use crate::realtime::SinkKind;
use crate::shop::Shop;
use crate::shop::change_dispatcher::FeedProgress;

/// The shop and how it is served; shared by all workers, fixed after the start.
pub struct AppState {
    pub shop: Shop,
    /// The site's language.
    pub language: Language,
    /// How frames are sent.
    pub sink: SinkKind,
    /// The limits of one client.
    pub limits: Limits,
    pub site: Site,
    /// The token of admin requests; without one, everyone is the admin.
    pub admin: Option<AdminToken>,
    pub metrics: Metrics,
    /// Sessions of the admin pages; `None` without a token.
    pub admin_sessions: Option<AdminSessions>,
    pub readiness: Readiness,
    /// How far the change feed is.
    pub feed: FeedProgress,
}

impl AppState {
    /// The state of a request's application.
    pub(crate) fn of(request: &HttpRequest) -> &Self {
        let state = request.app_data::<Data<Self>>();
        state.expect("every application has a state")
    }
}
