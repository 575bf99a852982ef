//! Ids in paths.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::domain::field_spec::{FieldKind, FieldSpec};
use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::domain::refusal::{Refusal, Resource};
use crate::http::error::ApiError;

/// An id in a path; a malformed one counts as unknown.
pub(crate) struct Id<T>(pub(crate) T);

/// For handlers that report an invalid body first, or with a page.
pub(crate) type IdResult<T> = Result<Id<T>, ApiError>;

/// An id of a resource that has a place in paths.
pub(crate) trait PathId: FromStr {
    /// Its segment in paths, `{name}`.
    const PARAMETER: FieldSpec;
    const RESOURCE: Resource;

    fn parse(text: &str) -> Result<Self, Refusal> {
        let id = text.parse();
        id.map_err(|_| Refusal::NotFound(Self::RESOURCE))
    }
}

impl<T: PathId> FromRequest for Id<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = T::parse(request.match_info().query(T::PARAMETER.name));
        ready(id.map(Self).map_err(ApiError::from))
    }
}

impl PathId for ProductId {
    const PARAMETER: FieldSpec = FieldSpec::required("pid", FieldKind::Id, "The product's id");
    const RESOURCE: Resource = Resource::Product;
}

impl PathId for CartId {
    const PARAMETER: FieldSpec = FieldSpec::required("cid", FieldKind::Id, "The cart's id");
    const RESOURCE: Resource = Resource::Cart;
}

impl PathId for OrderId {
    const PARAMETER: FieldSpec = FieldSpec::required("oid", FieldKind::Id, "The order's id");
    const RESOURCE: Resource = Resource::Order;
}

impl PathId for ChatMessageId {
    const PARAMETER: FieldSpec = FieldSpec::required("mid", FieldKind::Id, "The message's id");
    const RESOURCE: Resource = Resource::Message;
}

/// The segments of all ids.
pub(crate) const ID_PARAMETERS: [FieldSpec; 4] = [
    ProductId::PARAMETER,
    CartId::PARAMETER,
    OrderId::PARAMETER,
    ChatMessageId::PARAMETER,
];
