//! The layout around every page. Fields: see `views/layouts/main.hbs`.

use serde::Serialize;

use super::format;
use super::visitor::Visitor;

/// The common fields of all pages.
#[derive(Serialize)]
pub(super) struct Layout<'a> {
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

/// A sentence above a page.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Notice {
    pub(super) kind: &'static str,
    pub(super) text: String,
}

impl Notice {
    /// For pages of the catalogue, if the store is away.
    pub(super) fn if_stale(is_stale: bool, visitor: &Visitor) -> Option<Self> {
        is_stale.then(|| Self {
            kind: "warn",
            text: visitor.language.translate("catalogue-stale"),
        })
    }
}

impl<'a> Layout<'a> {
    /// For a page of a navigation entry, or of none (`""`).
    pub(super) fn new(visitor: &'a Visitor, nav: &'static str, title: String) -> Self {
        let id = visitor.cart.as_ref().map(|cart| cart.id.to_string());
        let url = match &id {
            Some(id) => format!("/carts/{id}"),
            None => "/carts".to_owned(),
        };
        Self {
            lang: visitor.language.code(),
            locale: format::locale(visitor.language),
            currency: format::CURRENCY,
            dir: "ltr",
            theme: visitor.theme,
            path: &visitor.path,
            title,
            nav,
            cart: CartLink {
                id,
                count: visitor.units(),
                url,
            },
            notice: None,
            visitor,
        }
    }

    pub(super) fn with_notice(mut self, notice: Option<Notice>) -> Self {
        self.notice = notice;
        self
    }
}
