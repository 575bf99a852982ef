//! The visitor of a page: language, theme and cart, from cookies and headers.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{Method, Uri, header};
use actix_web::web::Data;

use super::templates::Templates;
use crate::domain::cart::Cart;
use crate::domain::ids::CartId;
use crate::http::state::AppState;
use crate::i18n::Language;

/// Holds the id of the visitor's cart. Scripts cannot read it: the id is the cart's key.
pub(super) const CART_COOKIE: &str = "cart";
/// Holds the chosen language.
pub(super) const LANGUAGE_COOKIE: &str = "lang";
/// Holds the chosen theme.
pub(super) const THEME_COOKIE: &str = "theme";
const CART_LIFE: Duration = Duration::days(30);
const CHOICE_LIFE: Duration = Duration::days(365);

pub(super) const THEMES: [&str; 3] = ["auto", "light", "dark"];

/// A person and the page that they see.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) language: Language,
    pub(super) theme: &'static str,
    /// The visitor's own cart, if it exists and could be read.
    pub(super) cart: Option<Cart>,
    /// The path of the page with its query; of a form, the page that it is on.
    pub(super) path: String,
    pub(super) templates: Data<Templates>,
}

impl Visitor {
    pub(super) async fn of(request: &HttpRequest, state: &AppState) -> Self {
        let cart = match cart_id(request) {
            // Without it a page lacks only the number of items in the cart.
            Some(id) => state.shop.cart(id).await.ok(),
            None => None,
        };
        Self {
            cart,
            ..Self::without_cart(request, state)
        }
    }

    /// The visitor without reading the store.
    pub(super) fn without_cart(request: &HttpRequest, state: &AppState) -> Self {
        Self {
            language: language(request, state.language),
            theme: theme(request),
            cart: None,
            path: page_path(request),
            templates: Templates::of(request),
        }
    }

    /// Units in the visitor's cart.
    pub(super) fn units(&self) -> i64 {
        let lines = self.cart.iter().flat_map(|cart| &cart.lines);
        lines.map(|line| line.quantity).sum()
    }
}

/// The path of a page that can be requested again; the target of a form is none.
fn page_path(request: &HttpRequest) -> String {
    let page = match *request.method() {
        Method::GET | Method::HEAD => Some(request.uri().clone()),
        _ => referer(request),
    };
    let path = page.and_then(|page| page.path_and_query().map(ToString::to_string));
    // Two slashes would lead to another host.
    path.filter(|path| !path.starts_with("//"))
        .unwrap_or_else(|| "/".to_owned())
}

fn referer(request: &HttpRequest) -> Option<Uri> {
    let line = request.headers().get(header::REFERER)?;
    line.to_str().ok()?.parse().ok()
}

/// The cart of the visitor's cookie.
pub(super) fn cart_id(request: &HttpRequest) -> Option<CartId> {
    request.cookie(CART_COOKIE)?.value().parse().ok()
}

/// The visitor's choice, else the browser's preference, else the site's language.
pub(super) fn language(request: &HttpRequest, site: Language) -> Language {
    let chosen = request.cookie(LANGUAGE_COOKIE);
    let chosen = chosen.and_then(|cookie| Language::from_tag(cookie.value()));
    let preferred = || {
        let header = request.headers().get(header::ACCEPT_LANGUAGE)?;
        preferred_language(header.to_str().ok()?)
    };
    chosen.or_else(preferred).unwrap_or(site)
}

/// The preferred known language of an `Accept-Language` list.
fn preferred_language(list: &str) -> Option<Language> {
    let weighted = list.split(',').filter_map(|item| {
        let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
        let quality = parameters.trim().strip_prefix("q=").unwrap_or("1");
        let quality: f32 = quality.parse().ok().filter(|quality| *quality > 0.0)?;
        Some((Language::from_tag(tag)?, quality))
    });
    // Of equal ones the first.
    weighted
        .reduce(|best, next| if next.1 > best.1 { next } else { best })
        .map(|(language, _)| language)
}

fn theme(request: &HttpRequest) -> &'static str {
    let chosen = request.cookie(THEME_COOKIE);
    let known = |cookie: &Cookie<'_>| THEMES.into_iter().find(|theme| *theme == cookie.value());
    chosen.as_ref().and_then(known).unwrap_or(THEMES[0])
}

/// The cookie of the visitor's cart; only sent over TLS where the browser speaks it.
pub(super) fn cart_cookie(id: CartId, is_secure: bool) -> Cookie<'static> {
    let mut cookie = cookie(CART_COOKIE, id.to_string(), CART_LIFE);
    cookie.set_secure(is_secure);
    cookie
}

pub(super) fn choice_cookie(name: &'static str, value: &str) -> Cookie<'static> {
    cookie(name, value.to_owned(), CHOICE_LIFE)
}

fn cookie(name: &'static str, value: String, life: Duration) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(life)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preferred_known_language_is_chosen() {
        for (list, language) in [
            ("es-AR,es;q=0.9,en;q=0.8", Some(Language::Es)),
            ("fr, en;q=0.5, es;q=0.7", Some(Language::Es)),
            ("en,es", Some(Language::En)),
            ("es;q=0, en;q=0.1", Some(Language::En)),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(preferred_language(list), language, "{list}");
        }
    }
}
