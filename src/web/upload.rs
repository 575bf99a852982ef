//! `POST /api/products/:pid/upload`: images come in.

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use futures_util::StreamExt;
use utoipa::ToSchema;

use super::envelope::{Payload, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::products::product_id;
use super::state::AppState;
use crate::domain::error::ValidationError;
use crate::domain::product::{MAX_THUMBNAILS, Product};
use crate::images::{Images, Staged};
use crate::protocol::product_view::ProductView;

/// Names of parts that hold images: the original application's and those of its siblings.
const IMAGE_PARTS: [&str; 5] = ["img", "image", "thumbnail", "thumbnails", "file"];
/// Most parts of one request, images or not.
const MAX_PARTS: usize = 100;
/// How long the rest of an upload that is refused may take.
const REST_TIME: Duration = Duration::from_secs(2);
/// How long an upload may take.
const MAX_TIME: Duration = Duration::from_secs(120);

/// Images for a product, each a part of its own. `image`, `thumbnail`, `thumbnails` and `file` name such
/// parts too.
#[derive(ToSchema)]
#[schema(as = Images)]
#[expect(dead_code, reason = "it only describes what `take_images` reads")]
pub(super) struct ImagesBody {
    /// PNG, JPEG, WebP or GIF, known by content; up to 10 MiB and 40 megapixels each.
    #[schema(min_items = 1, max_items = 20, value_type = Vec<String>, format = Binary)]
    img: Vec<String>,
}

/// Attach images to a product
#[utoipa::path(
    post, path = "/api/products/{pid}/upload", operation_id = "uploadImages", tag = "Products", security(("admin" = [])),
    request_body(content = ImagesBody, content_type = "multipart/form-data"),
    responses((status = 202, description = "The product with its new images", body = Payload<ProductView<'_>>)),
    extensions(("x-problems" = json!(["validation", "missing_file", "not_found", "unsupported_image"]))),
)]
pub(super) async fn attach(
    _: Admin,
    state: Data<AppState>,
    pid: Path<String>,
    parts: Multipart,
) -> Result<HttpResponse, ApiError> {
    let product = take(&state, &pid, parts).await?;
    Ok(payload(StatusCode::ACCEPTED, ProductView::from(&product)))
}

/// Gives a product the images of a request: all of them or none.
pub(super) async fn take(
    state: &AppState,
    pid: &str,
    mut parts: Multipart,
) -> Result<Product, ApiError> {
    let id = product_id(pid)?;
    // Nobody should send 10 MiB to learn that there is no such product.
    state.shop.product(id).await?;
    let taken = tokio::time::timeout(MAX_TIME, take_images(&mut parts, state.shop.images()))
        .await
        .map_err(|_| ApiError::BodyTimeout)?;
    let staged = match taken {
        Ok(staged) => staged,
        Err(error) => {
            if !is_of_the_form(&error) {
                // How far it comes makes no difference to the answer.
                let _ = tokio::time::timeout(REST_TIME, pass_over(&mut parts)).await;
            }
            return Err(error);
        }
    };
    Ok(state.shop.attach_pictures(id, staged).await?)
}

/// Whether the form itself cannot be read on.
fn is_of_the_form(error: &ApiError) -> bool {
    matches!(
        error,
        ApiError::BadBody | ApiError::Invalid(ValidationError::MissingFile)
    )
}

/// Reads on behind a refusal, for a while: a client that is still sending would meet a closed connection
/// in place of the answer.
async fn pass_over(parts: &mut Multipart) -> Result<(), ApiError> {
    let mut left = crate::images::MAX_BYTES;
    while let Some(Ok(part)) = parts.next().await {
        left = skip(part, left).await?;
    }
    Ok(())
}

/// Takes every image of the request. On an error those taken before are dropped, and their files
/// with them.
async fn take_images(parts: &mut Multipart, images: &Images) -> Result<Vec<Staged>, ApiError> {
    let mut staged = Vec::new();
    let mut count = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| refusal(&error))?;
        count += 1;
        if count > MAX_PARTS || staged.len() >= MAX_THUMBNAILS {
            return Err(ApiError::UploadTooLarge);
        }
        if part.name().is_some_and(|name| IMAGE_PARTS.contains(&name)) {
            staged.extend(take_image(part, images).await?);
        } else {
            skip(part, crate::images::MAX_BYTES).await?;
        }
    }
    if staged.is_empty() {
        return Err(ValidationError::MissingFile.into());
    }
    Ok(staged)
}

/// A part without content is what a browser sends for an empty file field: no image.
async fn take_image(mut part: Field, images: &Images) -> Result<Option<Staged>, ApiError> {
    let name = part
        .content_disposition()
        .and_then(|disposition| disposition.get_filename())
        .unwrap_or_default()
        .to_owned();
    let mut spool = images.spool(&name).await?;
    let mut is_empty = true;
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|error| refusal(&error))?;
        is_empty &= chunk.is_empty();
        spool.write(chunk).await?;
    }
    if is_empty && name.is_empty() {
        return Ok(None);
    }
    Ok(Some(spool.finish().await?))
}

/// Reads past a part, up to so many bytes; gives how many of them are left.
async fn skip(mut part: Field, mut left: usize) -> Result<usize, ApiError> {
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|error| refusal(&error))?;
        left = left
            .checked_sub(chunk.len())
            .ok_or(ApiError::UploadTooLarge)?;
    }
    Ok(left)
}

fn refusal(error: &MultipartError) -> ApiError {
    match error {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible => ValidationError::MissingFile.into(),
        _ => ApiError::BadBody,
    }
}
