//! What every handler can reach.

use actix_web::HttpRequest;
use actix_web::web::Data;

use super::guard::limits::Limits;
use super::guard::sessions::AdminSessions;
use super::guard::site::Site;
use super::health::Readiness;
use super::pages::Pages;
use crate::domain::admin_token::AdminToken;
use crate::metrics::Metrics;
use crate::realtime::SinkKind;
use crate::shop::Shop;
use crate::shop::feed_pump::FeedHealth;
use crate::text::Language;

/// The shop and how it is shown; shared by all workers, never changed after the start.
#[derive(Debug)]
pub struct AppState {
    /// The use cases.
    pub shop: Shop,
    /// The templates.
    pub pages: Pages,
    /// The site's language.
    pub language: Language,
    /// How frames leave.
    pub sink: SinkKind,
    /// What one client may do.
    pub limits: Limits,
    /// What this site is.
    pub site: Site,
    /// What the admin's requests carry; without one, everybody is the admin.
    pub admin: Option<AdminToken>,
    /// What is counted and timed.
    pub metrics: Metrics,
    /// Who has given the token on the admin page.
    pub admin_sessions: Option<AdminSessions>,
    /// Whether the store was there when it was last asked.
    pub readiness: Readiness,
    /// Whether changes reach the pages.
    pub feed: FeedHealth,
}

impl AppState {
    /// The state that a request's application has.
    pub(super) fn of(request: &HttpRequest) -> &Self {
        let state = request.app_data::<Data<Self>>();
        state.expect("no application is made without its state")
    }
}
