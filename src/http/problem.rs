//! Problem codes: the stable code of each kind of failure, with its status and meaning.
//!
//! This table is the only place that has them. [`ApiError`](super::error::ApiError) maps to an
//! entry; the OpenAPI document and the reference page are made from it.

use actix_web::http::StatusCode;

/// Declares [`ProblemCode`] from its entries.
macro_rules! problem_codes {
    ($($variant:ident = $status:ident, $code:literal, $meaning:literal;)+) => {
        /// A kind of failure. Its code never changes; its meaning is prose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ProblemCode {
            $(#[doc = $meaning] $variant),+
        }

        impl ProblemCode {
            /// All codes, by status.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),+];

            /// The `code` of a problem document.
            pub(crate) const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// The status of the response.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status),+ }
            }

            /// A description for the API's documents.
            pub(crate) const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),+ }
            }
        }
    };
}

problem_codes! {
    Validation = BAD_REQUEST, "validation",
        "fields are missing or invalid; `errors` lists each";
    UnknownField = BAD_REQUEST, "unknown_field",
        "the body has fields that cannot be set";
    InvalidQuery = BAD_REQUEST, "invalid_query",
        "a query parameter has an invalid value";
    BadJson = BAD_REQUEST, "bad_json",
        "the body is not a JSON object";
    BadBody = BAD_REQUEST, "bad_body",
        "the body does not match its `Content-Type`";
    MissingFile = BAD_REQUEST, "missing_file",
        "no part of the form is an image";
    UnreadableFile = BAD_REQUEST, "unreadable_file",
        "the rows do not match their `Content-Type`";
    EmptyCart = BAD_REQUEST, "empty_cart",
        "the cart has nothing to buy";
    InvalidIdempotencyKey = BAD_REQUEST, "invalid_idempotency_key",
        "`Idempotency-Key` must be one line of 1 to 255 visible characters";
    BadHost = BAD_REQUEST, "bad_host",
        "the request does not have exactly one `Host` header";
    BadHandshake = BAD_REQUEST, "bad_handshake",
        "the WebSocket handshake is malformed";
    Unauthorized = UNAUTHORIZED, "unauthorized",
        "admin token required";
    Forbidden = FORBIDDEN, "forbidden",
        "the request comes from another site, or through a proxy that is not allowed";
    Muted = FORBIDDEN, "muted",
        "the address is muted in the chat";
    NotFound = NOT_FOUND, "not_found",
        "unknown or malformed id";
    MethodNotAllowed = METHOD_NOT_ALLOWED, "method_not_allowed",
        "the path does not support this method; `Allow` lists those that it does";
    Timeout = REQUEST_TIMEOUT, "timeout",
        "timed out reading the body";
    DuplicateCode = CONFLICT, "duplicate_code",
        "another product has this `code`";
    InsufficientStock = CONFLICT, "insufficient_stock",
        "insufficient stock; `available` or `lines` has how much there is";
    NotForSale = CONFLICT, "not_for_sale",
        "the product is not for sale";
    PriceChanged = CONFLICT, "price_changed",
        "the cart's total is no longer `total`";
    ImportRunning = CONFLICT, "import_running",
        "another import is running";
    VersionMismatch = PRECONDITION_FAILED, "version_mismatch",
        "the product's version is not the one in `If-Match`";
    TooLarge = PAYLOAD_TOO_LARGE, "too_large",
        "the body or an image exceeds a limit of bytes or pixels";
    UnsupportedMediaType = UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type",
        "unsupported `Content-Type` or `Content-Encoding`";
    UnsupportedImage = UNSUPPORTED_MEDIA_TYPE, "unsupported_image",
        "a file is not a PNG, JPEG, WebP or GIF image, or it is damaged";
    IdempotencyMismatch = UNPROCESSABLE_ENTITY, "idempotency_mismatch",
        "the `Idempotency-Key` was used for another request";
    UpgradeRequired = UPGRADE_REQUIRED, "upgrade_required",
        "the path is a WebSocket";
    RateLimited = TOO_MANY_REQUESTS, "rate_limited",
        "too many requests; see `Retry-After`";
    Internal = INTERNAL_SERVER_ERROR, "internal",
        "internal error; nothing was changed";
    Unavailable = SERVICE_UNAVAILABLE, "unavailable",
        "temporarily unavailable; see `Retry-After`";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_differ_and_are_listed_by_status() {
        let codes: BTreeSet<_> = ProblemCode::ALL
            .iter()
            .map(|problem| problem.code())
            .collect();
        assert_eq!(codes.len(), ProblemCode::ALL.len());
        assert!(ProblemCode::ALL.is_sorted_by_key(|problem| problem.status()));
    }
}
