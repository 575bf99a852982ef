//! Every word that a problem document can have as its `code`: its status, and what it means.

/// A stable word of the API.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct ProblemCode {
    pub(in crate::web) code: &'static str,
    pub(in crate::web) status: u16,
    pub(in crate::web) meaning: &'static str,
}

const fn problem(status: u16, code: &'static str, meaning: &'static str) -> ProblemCode {
    ProblemCode {
        code,
        status,
        meaning,
    }
}

/// The words, by their status.
pub(in crate::web) const PROBLEMS: [ProblemCode; 31] = [
    problem(
        400,
        "validation",
        "fields are missing or have values that they cannot have; `errors` names each",
    ),
    problem(
        400,
        "unknown_field",
        "the body has fields that cannot be set",
    ),
    problem(
        400,
        "invalid_query",
        "a query parameter has a value that it cannot have",
    ),
    problem(400, "bad_json", "the body is no JSON object"),
    problem(
        400,
        "bad_body",
        "the body is not what its `Content-Type` says",
    ),
    problem(400, "missing_file", "no part of the form holds an image"),
    problem(
        400,
        "empty_cart",
        "the cart holds nothing that could be bought",
    ),
    problem(
        400,
        "invalid_idempotency_key",
        "the `Idempotency-Key` is not one line of 1 to 255 visible characters",
    ),
    problem(
        400,
        "bad_host",
        "the request has no `Host` line, or several",
    ),
    problem(400, "bad_handshake", "the websocket handshake is malformed"),
    problem(401, "unauthorized", "the admin token is needed"),
    problem(
        403,
        "forbidden",
        "the request comes from another site, or through a proxy that is not allowed",
    ),
    problem(
        403,
        "muted",
        "the address may not write in the chat for a time",
    ),
    problem(
        404,
        "not_found",
        "there is no such thing; a malformed id is that of nothing",
    ),
    problem(
        405,
        "method_not_allowed",
        "the address does not take this method; `Allow` names those that it takes",
    ),
    problem(408, "timeout", "the body did not arrive in time"),
    problem(409, "duplicate_code", "another product has this `code`"),
    problem(
        409,
        "insufficient_stock",
        "there are not that many; `available` or `lines` tell how many",
    ),
    problem(409, "not_for_sale", "the product is shown, but not sold"),
    problem(
        409,
        "price_changed",
        "the cart does not cost `total` any more",
    ),
    problem(
        412,
        "version_mismatch",
        "the product has another version than `If-Match` names",
    ),
    problem(
        413,
        "too_large",
        "the body or an image has more bytes or pixels than are taken",
    ),
    problem(
        415,
        "unsupported_media_type",
        "the body is of a kind that is not read here, or compressed",
    ),
    problem(
        415,
        "unsupported_image",
        "a file is no PNG, JPEG, WebP or GIF image, or it is damaged",
    ),
    problem(
        422,
        "idempotency_mismatch",
        "the `Idempotency-Key` was used for another request",
    ),
    problem(426, "upgrade_required", "this address is a websocket"),
    problem(
        429,
        "rate_limited",
        "too many requests; wait as long as `Retry-After` says",
    ),
    problem(
        500,
        "internal",
        "something went wrong in the shop; nothing was changed",
    ),
    problem(
        503,
        "unavailable",
        "the shop cannot do it now; wait as long as `Retry-After` says",
    ),
    problem(
        400,
        "unreadable_file",
        "the rows cannot be read as what their `Content-Type` says",
    ),
    problem(409, "import_running", "another import is under way"),
];

/// What any request can be told.
pub(super) const ALWAYS: [&str; 6] = [
    "bad_host",
    "forbidden",
    "unsupported_media_type",
    "rate_limited",
    "internal",
    "unavailable",
];
/// What a request with a body can be told.
pub(super) const WITH_BODY: [&str; 4] = ["bad_json", "bad_body", "timeout", "too_large"];
/// What a request with a key can be told.
pub(super) const WITH_KEY: [&str; 2] = ["invalid_idempotency_key", "idempotency_mismatch"];
/// What a request of an operation that is the admin's can be told.
pub(super) const WITH_ADMIN: [&str; 1] = ["unauthorized"];
/// What a request with a version can be told.
pub(super) const WITH_VERSION: [&str; 1] = ["version_mismatch"];

/// A word's entry.
pub(super) fn of(code: &str) -> &'static ProblemCode {
    let found = PROBLEMS.iter().find(|problem| problem.code == code);
    found.expect("operations name only words of the table, which a test reads")
}
