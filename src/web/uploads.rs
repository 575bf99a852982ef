//! `/uploads/…`: images go out.

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use utoipa::ToSchema;

use super::error::ApiError;
use super::state::AppState;
use crate::images::{ImageError, ServedImage, Width};

/// The bytes of an image.
#[derive(ToSchema)]
#[schema(as = Image, value_type = String, format = Binary)]
#[expect(dead_code, reason = "it only describes what `serve` sends")]
pub(super) struct ImageFile(Vec<u8>);

/// Names are never used twice, so what was fetched once stays right.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// An image is data: whatever is in it, nothing of it may run.
const POLICY: &str = "default-src 'none'; sandbox";

/// An image as it was uploaded, its metadata stripped
///
/// New ones are PNG, JPEG, WebP or GIF; other kinds were put there by an older program or by hand.
#[utoipa::path(
    get, path = "/uploads/{name}", operation_id = "getImage", tag = "Images",
    responses((status = 200, description = "The image", content(
        (ImageFile = "image/png"), (ImageFile = "image/jpeg"), (ImageFile = "image/webp"), (ImageFile = "image/gif"),
        (ImageFile = "image/avif"), (ImageFile = "image/bmp"), (ImageFile = "image/svg+xml"), (ImageFile = "image/x-icon"),
        (ImageFile = "application/octet-stream"),
    ))),
    extensions(("x-problems" = json!(["not_found"]))),
)]
pub(super) async fn original(
    state: Data<AppState>,
    name: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let image = state.shop.images().original(&name).await;
    serve(image.map_err(ImageError::from)?)
}

/// An image made smaller: 320 or 960 pixels wide at most
///
/// What cannot be drawn smaller is served as it is.
#[utoipa::path(
    get, path = "/uploads/{width}/{name}", operation_id = "getSmallImage", tag = "Images",
    responses((status = 200, description = "The image", content(
        (ImageFile = "image/png"), (ImageFile = "image/jpeg"), (ImageFile = "image/webp"), (ImageFile = "image/gif"),
        (ImageFile = "image/avif"), (ImageFile = "image/bmp"), (ImageFile = "image/svg+xml"), (ImageFile = "image/x-icon"),
        (ImageFile = "application/octet-stream"),
    ))),
    extensions(("x-problems" = json!(["not_found"]))),
)]
pub(super) async fn variant(
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (width, name) = path.into_inner();
    let width = Width::from_segment(&width).ok_or(ApiError::NoRoute)?;
    let name = name.strip_suffix(".webp").ok_or(ApiError::NoRoute)?;
    let images = state.shop.images();
    let drawn = images
        .variant(width, name)
        .await
        .map_err(ImageError::from)?;
    match drawn {
        Some(image) => serve(Some(image)),
        // What cannot be drawn smaller is shown as it is.
        None => serve(images.original(name).await.map_err(ImageError::from)?),
    }
}

fn serve(image: Option<ServedImage>) -> Result<HttpResponse, ApiError> {
    let image = image.ok_or(ApiError::NoRoute)?;
    Ok(HttpResponse::Ok()
        .content_type(image.content_type())
        .insert_header((header::CACHE_CONTROL, FOREVER))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(SizedStream::new(image.len(), image.into_stream())))
}
