//! `POST /api/products/:pid/upload`.

use actix_multipart::Multipart;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use super::operation::{Operation, PRODUCTS, RequestBody, Success, payload_of};
use crate::domain::field_spec::{BodySpec, FieldKind, FieldSpec};
use crate::domain::ids::ProductId;
use crate::domain::product::MAX_THUMBNAILS;
use crate::http::envelope::payload;
use crate::http::error::ApiError;
use crate::http::guard::admin::Admin;
use crate::http::path::Id;
use crate::http::state::AppState;
use crate::http::upload;
use crate::protocol::product_view::ProductView;

const IMAGES: BodySpec = BodySpec::new(
    "Images",
    "Images for a product, one per part. Parts may also be named `image`, `thumbnail`, \
        `thumbnails` or `file`.",
    &[FieldSpec::required(
        "img",
        FieldKind::Files {
            max: MAX_THUMBNAILS,
        },
        "PNG, JPEG, WebP or GIF, detected by content; up to 10 MiB and 40 megapixels each.",
    )],
);

pub(super) const ATTACH: Operation = Operation {
    body: Some(RequestBody::Images(&IMAGES)),
    responses: &[Success::json(
        202,
        "The product with its new images",
        payload_of::<ProductView<'_>>,
    )],
    is_admin: true,
    ..Operation::new("uploadImages", PRODUCTS, "Upload images of a product")
};

pub(crate) async fn attach(
    _: Admin,
    state: Data<AppState>,
    Id(id): Id<ProductId>,
    parts: Multipart,
) -> Result<HttpResponse, ApiError> {
    let product = upload::attach(&state.shop, id, parts).await?;
    Ok(payload(StatusCode::ACCEPTED, ProductView::from(&product)))
}
