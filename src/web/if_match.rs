//! The `If-Match` header: which version of a product a client means to change.

use actix_web::HttpRequest;
use actix_web::http::header;
use utoipa::IntoParams;

use crate::domain::product::Product;
use crate::store::StoreError;

/// How the header is described.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it only describes what is read below")]
pub(super) struct IfMatchHeader {
    /// The version that is meant, in quotes, as `ETag` gave it; several with commas between them, or `*`.
    /// Without it the last word wins.
    #[param(rename = "If-Match", example = "\"1\"")]
    if_match: Option<String>,
}

/// The versions that a client will change.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum IfMatch {
    /// It does not care.
    Any,
    /// Only these; none where nothing could be read.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Reads the header: a list of tags, each a version in quotes (or, kindly, without).
    pub(super) fn of(request: &HttpRequest) -> Self {
        let mut lines = request.headers().get_all(header::IF_MATCH).peekable();
        if lines.peek().is_none() {
            return Self::Any;
        }
        let mut versions = Vec::new();
        for line in lines {
            for tag in line.to_str().unwrap_or_default().split(',').map(str::trim) {
                if tag == "*" {
                    return Self::Any;
                }
                versions.extend(tag.trim_matches('"').parse::<i64>());
            }
        }
        Self::Versions(versions)
    }

    /// The one version that the store must find; a list is narrowed to what the product has.
    ///
    /// # Errors
    /// The product has none of the versions, or it could not be read.
    pub(super) async fn expected<F, E>(&self, current: F) -> Result<Option<i64>, E>
    where
        F: Future<Output = Result<Product, E>>,
        E: From<StoreError>,
    {
        match self {
            Self::Any => Ok(None),
            Self::Versions(versions) => match versions.as_slice() {
                [version] => Ok(Some(*version)),
                several => {
                    let current = current.await?.version;
                    if several.contains(&current) {
                        Ok(Some(current))
                    } else {
                        Err(StoreError::VersionMismatch { current }.into())
                    }
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(value: &str) -> IfMatch {
        let request = TestRequest::default().insert_header((header::IF_MATCH, value));
        IfMatch::of(&request.to_http_request())
    }

    #[test]
    fn tags_are_versions() {
        assert_eq!(read("\"3\""), IfMatch::Versions(vec![3]));
        assert_eq!(read("3"), IfMatch::Versions(vec![3]));
        assert_eq!(read("\"3\", \"4\""), IfMatch::Versions(vec![3, 4]));
        assert_eq!(read("*"), IfMatch::Any);
        assert_eq!(read("\"x\""), IfMatch::Versions(vec![]));
        assert_eq!(
            IfMatch::of(&TestRequest::default().to_http_request()),
            IfMatch::Any
        );
    }
}
