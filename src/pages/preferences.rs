//! `POST /preferences`: a visitor's language and theme.

use actix_web::HttpResponse;
use actix_web::http::header;

use super::visitor::{LANGUAGE_COOKIE, THEME_COOKIE, THEMES, choice_cookie};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field::Field;
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::i18n::Language;

/// Sets the choices of the form and redirects to its page.
pub(super) async fn set(Body(members): Body) -> Result<HttpResponse, ApiError> {
    let mut members = members.only(&["lang", "theme", "next"])?;
    let language = choice(members.string("lang"), "lang", |text| {
        Language::from_tag(text).map(Language::code)
    })?;
    let theme = choice(members.string("theme"), "theme", |text| {
        THEMES.into_iter().find(|theme| *theme == text)
    })?;
    let next = match members.string("next") {
        Field::Present(next) if is_local(&next) => next,
        _ => "/".to_owned(),
    };
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, next));
    if let Some(language) = language {
        response.cookie(choice_cookie(LANGUAGE_COOKIE, language));
    }
    if let Some(theme) = theme {
        response.cookie(choice_cookie(THEME_COOKIE, theme));
    }
    Ok(response.finish())
}

fn choice(
    field: Field<String>,
    name: &str,
    known: impl Fn(&str) -> Option<&'static str>,
) -> Result<Option<&'static str>, ValidationError> {
    match field {
        Field::Missing => Ok(None),
        Field::Present(text) => match known(&text) {
            Some(choice) => Ok(Some(choice)),
            None => Err(unknown(name)),
        },
        Field::Invalid(_) => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> ValidationError {
    ValidationError::Fields(vec![FieldError::new(name, "is not one of the choices")])
}

/// Whether a browser would stay on this site at an address.
fn is_local(next: &str) -> bool {
    let printable = next.bytes().all(|byte| byte.is_ascii_graphic());
    printable && next.starts_with('/') && !next.starts_with("//") && !next.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_on_this_site() {
        assert!(is_local("/carts/1?x=y"));
        for next in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "",
        ] {
            assert!(!is_local(next), "{next:?}");
        }
    }
}
