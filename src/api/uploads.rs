//! `/uploads/…`: the images of products.

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::web::{Data, Path};

use super::operation::{Content, IMAGES, Operation, Success};
use crate::domain::field_spec::{FieldKind, FieldSpec};
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::images::{ImageError, ServedImage, Width};

const MEDIA_TYPES: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/gif",
    "image/avif",
    "image/bmp",
    "image/svg+xml",
    "image/x-icon",
    "application/octet-stream",
];
/// In paths.
pub(super) const NAME: FieldSpec = FieldSpec::required(
    "name",
    FieldKind::TEXT,
    "The name of the image, as in `thumbnails`",
);
const VARIANT_NAME: FieldSpec = FieldSpec::required(
    "name",
    FieldKind::pattern("\\.webp$"),
    "The name of the image, as in `thumbnails`, with `.webp` appended",
);
const WIDTH: FieldSpec = FieldSpec::required(
    "width",
    FieldKind::pattern("^(320|960)$"),
    "The width in pixels",
);

/// Names are never reused: an image never changes.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Nothing in an image may run.
const POLICY: &str = "default-src 'none'; sandbox";

pub(super) const ORIGINAL: Operation = Operation {
    description: "New images are PNG, JPEG, WebP or GIF; other types are from an older program or \
        were copied by hand.",
    path: &[NAME],
    responses: &[Success::new(200, "The image", Content::File(MEDIA_TYPES))],
    ..Operation::new(
        "getImage",
        IMAGES,
        "Read an image as it was uploaded, without metadata",
    )
};

pub(crate) async fn original(
    state: Data<AppState>,
    name: Path<String>,
) -> Result<HttpResponse, ApiError> {
    let image = state.shop.images().original(&name).await;
    serve(image.map_err(ImageError::from)?)
}

pub(super) const VARIANT: Operation = Operation {
    description: "Images that cannot be made smaller are served unchanged.",
    path: &[WIDTH, VARIANT_NAME],
    responses: &[Success::new(200, "The image", Content::File(MEDIA_TYPES))],
    ..Operation::new(
        "getSmallImage",
        IMAGES,
        "Read a smaller image, at most 320 or 960 pixels wide",
    )
};

pub(crate) async fn variant(
    state: Data<AppState>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, ApiError> {
    let (width, name) = path.into_inner();
    let width = Width::from_segment(&width).ok_or(ApiError::NoRoute)?;
    let name = name.strip_suffix(".webp").ok_or(ApiError::NoRoute)?;
    let images = state.shop.images();
    let variant = images
        .variant(width, name)
        .await
        .map_err(ImageError::from)?;
    match variant {
        Some(image) => serve(Some(image)),
        // It cannot be made smaller.
        None => serve(images.original(name).await.map_err(ImageError::from)?),
    }
}

fn serve(image: Option<ServedImage>) -> Result<HttpResponse, ApiError> {
    let image = image.ok_or(ApiError::NoRoute)?;
    Ok(HttpResponse::Ok()
        .content_type(image.content_type)
        .insert_header((header::CACHE_CONTROL, FOREVER))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .body(SizedStream::new(image.len, image.into_stream())))
}
