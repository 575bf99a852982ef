//! The admin pages, `/admin/…`. They work without JavaScript; `public/admin-*.js` make them
//! quicker.

mod chat;
mod figures;
mod guard;
mod images;
mod invalid_products;
mod login;
mod mutes;
mod orders;
mod product;
mod product_change;
mod product_fields;
mod product_form;
mod products;

use actix_web::http::{StatusCode, header};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::failure;
use super::layout::{Layout, Notice};
use super::visitor::Visitor;
use crate::domain::refusal::Refusal;
use crate::http::error::ApiError;
use crate::http::query::QueryString;
use crate::http::route::resource;
use crate::http::state::AppState;
use crate::shop::ShopResult;
use crate::store::StoreError;

/// Values of `?done=`, each with a message `admin-done-…` in the locales.
const DONE: [&str; 9] = [
    "saved",
    "created",
    "deleted",
    "pictured",
    "unpictured",
    "cancelled",
    "removed",
    "muted",
    "unmuted",
];

pub(super) fn configure(app: &mut ServiceConfig) {
    app.service(resource("/admin", "GET").get(login::show))
        .service(resource("/admin/login", "POST").post(login::log_in))
        .service(resource("/admin/logout", "POST").post(login::log_out))
        .service(resource("/admin/products", "POST").post(product::create))
        .service(resource("/admin/products/new", "GET").get(product::show_new))
        .service(
            resource("/admin/products/{pid}", "GET, POST")
                .get(product::show)
                .post(product_change::save),
        )
        .service(resource("/admin/products/{pid}/delete", "POST").post(product::delete))
        .service(resource("/admin/products/{pid}/pictures", "POST").post(images::add))
        .service(resource("/admin/products/{pid}/pictures/remove", "POST").post(images::remove))
        .service(resource("/admin/orders", "GET").get(orders::list))
        .service(resource("/admin/orders/{oid}", "GET").get(orders::show))
        .service(resource("/admin/orders/{oid}/cancel", "POST").post(orders::cancel))
        .service(resource("/admin/chat", "GET").get(chat::list))
        .service(resource("/admin/chat/mutes", "POST").post(mutes::begin))
        .service(resource("/admin/chat/mutes/end", "POST").post(mutes::end))
        .service(resource("/admin/chat/{mid}/delete", "POST").post(chat::delete))
        .service(resource("/admin/attention", "GET").get(invalid_products::list))
        .service(resource("/admin/figures", "GET").get(figures::show));
}

/// The common part of the admin pages.
struct AdminShell<'a> {
    state: &'a AppState,
    visitor: &'a Visitor,
    /// The active entry of the admin navigation.
    section: &'static str,
    title: String,
    status: StatusCode,
    notice: Option<Notice>,
}

impl<'a> AdminShell<'a> {
    /// A page of a section, with the section's title.
    fn new(state: &'a AppState, visitor: &'a Visitor, section: &'static str) -> Self {
        Self {
            state,
            visitor,
            section,
            title: visitor.language.translate(&format!("admin-{section}")),
            status: StatusCode::OK,
            notice: None,
        }
    }

    fn with_title(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    /// After a form: with the message of its redirect.
    fn with_done(mut self, query: &str) -> Self {
        let string = QueryString::parse(query);
        let done = string.get("done").filter(|word| DONE.contains(word));
        self.notice = done.map(|word| Notice {
            kind: "good",
            text: self
                .visitor
                .language
                .translate(&format!("admin-done-{word}")),
        });
        self
    }

    /// For pages that show the catalogue. A message of a form is more important.
    fn with_stale(mut self, is_stale: bool) -> Self {
        self.notice = self
            .notice
            .or_else(|| Notice::if_stale(is_stale, self.visitor));
        self
    }

    fn with_error(mut self, status: StatusCode, text: String) -> Self {
        self.status = status;
        self.notice = Some(Notice { kind: "bad", text });
        self
    }

    fn respond<T: Serialize>(self, template: &str, content: &T) -> HttpResponse {
        #[derive(Serialize)]
        struct AdminPage<'a, T> {
            section: &'static str,
            unprotected: bool,
            #[serde(flatten)]
            content: &'a T,
        }
        let content = AdminPage {
            section: self.section,
            unprotected: self.state.admin.is_none(),
            content,
        };
        let layout = Layout::new(self.visitor, "admin", self.title).with_notice(self.notice);
        super::respond(self.status, template, &layout, &content)
    }
}

/// The response to a form: a redirect to its result, or the page of its failure.
async fn redirect(
    request: &HttpRequest,
    state: &AppState,
    done: Result<String, ApiError>,
) -> HttpResponse {
    match done {
        Ok(url) => see(&url),
        Err(error) => {
            let visitor = Visitor::of(request, state).await;
            failure::page(&visitor, &error)
        }
    }
}

/// A second click on a button that deletes finds nothing, and that is fine.
fn ignore_missing(done: ShopResult<()>) -> Result<(), ApiError> {
    match done.map_err(ApiError::from) {
        Err(ApiError::Store(StoreError::Refused(Refusal::NotFound(_)))) => Ok(()),
        other => other,
    }
}

/// Redirects after a form.
fn see(url: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, url))
        .finish()
}
