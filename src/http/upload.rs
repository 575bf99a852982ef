//! Uploads: reads the images of a multipart form.

use std::time::Duration;

use actix_multipart::{Field, Multipart, MultipartError};
use futures_util::StreamExt;

use super::error::{ApiError, size};
use crate::domain::error::ValidationError;
use crate::domain::ids::ProductId;
use crate::domain::product::{MAX_THUMBNAILS, Product};
use crate::images::{Images, MAX_BYTES, Staged};
use crate::shop::Shop;

/// Names of parts with images: those of the original application and its siblings.
const IMAGE_PARTS: [&str; 5] = ["img", "image", "thumbnail", "thumbnails", "file"];
/// Most parts of one request, images or not.
const MAX_PARTS: usize = 100;
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);
/// How long the rest of a refused upload is read.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(2);

/// Adds the images of a request to a product: all of them or none.
pub(crate) async fn attach(
    shop: &Shop,
    id: ProductId,
    mut parts: Multipart,
) -> Result<Product, ApiError> {
    // Before the images are sent: an unknown product must not cost a client megabytes.
    shop.product(id).await?;
    let staged = tokio::time::timeout(UPLOAD_TIMEOUT, stage_all(&mut parts, shop.images()))
        .await
        .map_err(|_| ApiError::BodyTimeout)?;
    let staged = match staged {
        Ok(staged) => staged,
        Err(error) => {
            if !is_malformed_form(&error) {
                // The response is the same however much of the rest was read.
                let _ = tokio::time::timeout(DRAIN_TIMEOUT, drain(&mut parts)).await;
            }
            return Err(error);
        }
    };
    Ok(shop.attach_images(id, staged).await?)
}

/// Whether the rest of the form cannot be read either.
fn is_malformed_form(error: &ApiError) -> bool {
    matches!(
        error,
        ApiError::Invalid(ValidationError::BadBody | ValidationError::MissingFile)
    )
}

/// Reads on after a refusal: a client that is still sending would see a reset connection instead of
/// the response.
async fn drain(parts: &mut Multipart) -> Result<(), ApiError> {
    let mut remaining = MAX_BYTES;
    while let Some(Ok(part)) = parts.next().await {
        remaining = skip(part, remaining).await?;
    }
    Ok(())
}

/// Stages every image of the request. On an error those before it are dropped, with their files.
async fn stage_all(parts: &mut Multipart, images: &Images) -> Result<Vec<Staged>, ApiError> {
    let mut staged = Vec::new();
    let mut count = 0;
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| refusal(&error))?;
        count += 1;
        if count > MAX_PARTS {
            return Err(too_large(format!("{MAX_PARTS} parts")));
        }
        if staged.len() >= MAX_THUMBNAILS {
            return Err(too_large(format!("{MAX_THUMBNAILS} images")));
        }
        if part.name().is_some_and(|name| IMAGE_PARTS.contains(&name)) {
            staged.extend(stage(part, images).await?);
        } else {
            skip(part, MAX_BYTES).await?;
        }
    }
    if staged.is_empty() {
        return Err(ValidationError::MissingFile.into());
    }
    Ok(staged)
}

/// Stages one image. A part without name and content is what a browser sends for an empty file
/// field.
async fn stage(mut part: Field, images: &Images) -> Result<Option<Staged>, ApiError> {
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

/// Skips a part of at most `limit` bytes and returns how many of them remain.
async fn skip(mut part: Field, limit: usize) -> Result<usize, ApiError> {
    let mut remaining = limit;
    while let Some(chunk) = part.next().await {
        let chunk = chunk.map_err(|error| refusal(&error))?;
        remaining = remaining
            .checked_sub(chunk.len())
            .ok_or_else(|| too_large(size(MAX_BYTES)))?;
    }
    Ok(remaining)
}

fn too_large(limit: String) -> ApiError {
    ApiError::TooLarge {
        what: "upload",
        limit,
    }
}

fn refusal(error: &MultipartError) -> ApiError {
    match error {
        MultipartError::ContentTypeMissing
        | MultipartError::ContentTypeParse
        | MultipartError::ContentTypeIncompatible => ValidationError::MissingFile.into(),
        _ => ValidationError::BadBody.into(),
    }
}
