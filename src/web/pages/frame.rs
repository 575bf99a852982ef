//! What every page shows around its content; the fields are told in `views/layouts/main.hbs`.

use serde::Serialize;

use super::visitor::Visitor;
use super::words;

/// The common fields of all pages.
#[derive(Serialize)]
pub(super) struct Frame<'a> {
    lang: &'static str,
    locale: &'static str,
    currency: &'static str,
    dir: &'static str,
    theme: &'static str,
    path: &'a str,
    title: String,
    nav: &'static str,
    cart: CartLink,
    notice: Option<Notice>,
    #[serde(skip)]
    pub(super) visitor: &'a Visitor,
}

#[derive(Serialize)]
struct CartLink {
    id: Option<String>,
    count: i64,
    url: String,
}

/// One sentence above a page.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Notice {
    pub(super) kind: &'static str,
    pub(super) text: String,
}

impl<'a> Frame<'a> {
    /// A page of an entry of the navigation (or none, ""), under a window title.
    pub(super) fn new(visitor: &'a Visitor, nav: &'static str, title: String) -> Self {
        let id = visitor.cart.as_ref().map(|cart| cart.id.to_string());
        let url = match &id {
            Some(id) => format!("/carts/{id}"),
            None => "/carts".to_owned(),
        };
        Self {
            lang: visitor.language.code(),
            locale: words::locale(visitor.language),
            currency: words::CURRENCY,
            dir: "ltr",
            theme: visitor.theme,
            path: &visitor.path,
            title,
            nav,
            cart: CartLink {
                id,
                count: visitor.pieces(),
                url,
            },
            notice: None,
            visitor,
        }
    }

    /// The same page with a sentence above it.
    pub(super) fn with_notice(mut self, notice: Option<Notice>) -> Self {
        self.notice = notice;
        self
    }
}
