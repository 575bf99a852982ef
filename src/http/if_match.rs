//! The `If-Match` header: the version of a product that a client intends to change.

use actix_web::HttpRequest;
use actix_web::http::header;

use crate::domain::field_spec::{FieldKind, FieldSpec, Literal};
use crate::domain::ids::ProductId;
use crate::domain::refusal::Refusal;
use crate::http::error::ApiError;
use crate::shop::Shop;

/// The header for the documents.
pub(crate) const IF_MATCH: FieldSpec = FieldSpec::optional(
    "If-Match",
    FieldKind::TEXT,
    "The expected version, in quotes, as in `ETag`; several separated by commas, or `*`. Without \
        it the last write wins.",
)
.example(Literal::Text("\"1\""));

/// The versions that a client accepts.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    Any,
    /// Only these; none if no tag is a version.
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Reads a list of tags: versions in quotes, which may be missing.
    pub(crate) fn of(request: &HttpRequest) -> Self {
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

    /// The version that the store must find. Several are narrowed to the product's current one.
    ///
    /// # Errors
    /// The product has none of the versions.
    pub(crate) async fn expected(
        &self,
        shop: &Shop,
        product: ProductId,
    ) -> Result<Option<i64>, ApiError> {
        let versions = match self {
            Self::Any => return Ok(None),
            Self::Versions(versions) => versions,
        };
        if let [version] = versions[..] {
            return Ok(Some(version));
        }
        let current = shop.product(product).await?.version;
        if versions.contains(&current) {
            Ok(Some(current))
        } else {
            Err(Refusal::VersionMismatch { current }.into())
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
