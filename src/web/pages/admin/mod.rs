//! The admin's pages, `/admin` and what lies below it. Whole without script; `public/admin-*.js` make them quicker.

mod attention;
mod chat;
mod door;
mod figures;
mod mutes;
mod orders;
mod pictures;
mod product;
mod product_change;
mod product_fields;
mod product_form;
mod products;
mod visit;

use actix_web::http::{StatusCode, header};
use actix_web::web::ServiceConfig;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::failure;
use super::frame::{Frame, Notice};
use super::visitor::Visitor;
use crate::shop::ShopResult;
use crate::store::StoreError;
use crate::web::error::ApiError;
use crate::web::product_query::QueryString;
use crate::web::resource;
use crate::web::state::AppState;

/// What a page can say that was just done: `?done=` and the word behind `admin-done-` in the locales.
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

/// The admin's routes.
pub(super) fn configure(app: &mut ServiceConfig) {
    app.service(resource("/admin", "GET").get(door::show))
        .service(resource("/admin/login", "POST").post(door::log_in))
        .service(resource("/admin/logout", "POST").post(door::log_out))
        .service(resource("/admin/products", "POST").post(product::create))
        .service(resource("/admin/products/new", "GET").get(product::show_new))
        .service(
            resource("/admin/products/{pid}", "GET, POST")
                .get(product::show)
                .post(product_change::save),
        )
        .service(resource("/admin/products/{pid}/delete", "POST").post(product::delete))
        .service(resource("/admin/products/{pid}/pictures", "POST").post(pictures::add))
        .service(resource("/admin/products/{pid}/pictures/remove", "POST").post(pictures::remove))
        .service(resource("/admin/orders", "GET").get(orders::list))
        .service(resource("/admin/orders/{oid}", "GET").get(orders::show))
        .service(resource("/admin/orders/{oid}/cancel", "POST").post(orders::cancel))
        .service(resource("/admin/chat", "GET").get(chat::list))
        .service(resource("/admin/chat/mutes", "POST").post(mutes::begin))
        .service(resource("/admin/chat/mutes/end", "POST").post(mutes::end))
        .service(resource("/admin/chat/{mid}/delete", "POST").post(chat::delete))
        .service(resource("/admin/attention", "GET").get(attention::list))
        .service(resource("/admin/figures", "GET").get(figures::show));
}

/// What stands around the content of every admin page.
struct Around<'a> {
    state: &'a AppState,
    visitor: &'a Visitor,
    /// The entry of the admin's navigation.
    section: &'static str,
    title: String,
    status: StatusCode,
    notice: Option<Notice>,
}

impl<'a> Around<'a> {
    /// A page of a section, whose title is the section's.
    fn new(state: &'a AppState, visitor: &'a Visitor, section: &'static str) -> Self {
        Self {
            state,
            visitor,
            section,
            title: visitor.language.say(&format!("admin-{section}")),
            status: StatusCode::OK,
            notice: None,
        }
    }

    fn titled(mut self, title: String) -> Self {
        self.title = title;
        self
    }

    /// The same after a form: what its redirect says was done.
    fn after(mut self, query: &str) -> Self {
        let string = QueryString::parse(query);
        let done = string.get("done").filter(|word| DONE.contains(word));
        self.notice = done.map(|word| Notice {
            kind: "good",
            text: self.visitor.language.say(&format!("admin-done-{word}")),
        });
        self
    }

    /// The same with a refusal above it.
    fn refused(mut self, status: StatusCode, text: String) -> Self {
        self.status = status;
        self.notice = Some(Notice { kind: "bad", text });
        self
    }

    fn respond<T: Serialize>(self, template: &str, content: &T) -> HttpResponse {
        #[derive(Serialize)]
        struct Content<'a, T> {
            section: &'static str,
            unprotected: bool,
            #[serde(flatten)]
            content: &'a T,
        }
        let content = Content {
            section: self.section,
            unprotected: self.state.admin.is_none(),
            content,
        };
        let frame = Frame::new(self.visitor, "admin", self.title).with_notice(self.notice);
        super::respond(self.state, self.status, template, &frame, &content)
    }
}

/// What a form did: leads on to where that is seen, or says why not.
async fn answer(
    request: &HttpRequest,
    state: &AppState,
    done: Result<String, ApiError>,
) -> HttpResponse {
    match done {
        Ok(url) => see(&url),
        Err(error) => {
            let visitor = Visitor::of(request, state).await;
            failure::page(state, &visitor, &error)
        }
    }
}

/// A second click on what is gone already has what it wanted.
fn gone(done: ShopResult<()>) -> Result<(), ApiError> {
    match done.map_err(ApiError::from) {
        Err(ApiError::Store(StoreError::NotFound(_))) => Ok(()),
        other => other,
    }
}

/// Leads on after a form.
fn see(url: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, url))
        .finish()
}
