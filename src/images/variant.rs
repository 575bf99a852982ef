//! Resized variants of images: lossy WebP, upright, rendered once and cached on disk.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use image::{DynamicImage, RgbaImage};
use img_parts::ImageICC;
use img_parts::webp::WebP;

use super::blocking::blocking;
use super::bounds::MAX_BYTES;
use super::folder::Folder;
use super::name::SafeFileName;
use super::served::ServedImage;
use super::shrink::Shrink;
use super::singleflight::Singleflight;
use super::strip::{self, StrippedImage};
use super::width::Width;
use super::{decode, validate};

/// Maximum side of a WebP.
const MAX_SIDE: u32 = 16_383;
/// Quality for libwebp, 0 to 100.
const QUALITY: f32 = 80.0;
/// Larger colour profiles are dropped; those of cameras and phones are smaller.
const MAX_ICC: usize = 16 * 1024;

/// Opens a variant, and renders it first if it is not cached.
pub(super) async fn serve(
    folder: &Arc<Folder>,
    singleflight: &Arc<Singleflight>,
    width: Width,
    name: SafeFileName,
) -> io::Result<Option<ServedImage>> {
    if let CachedVariant::Known(image) = look_up(folder, width, &name).await? {
        return Ok(image);
    }
    let key = (width, name.clone());
    let dir = folder.clone();
    singleflight
        .join(key.clone(), || render_and_store(dir, key))
        .await?;
    match look_up(folder, width, &name).await? {
        CachedVariant::Known(image) => Ok(image),
        // The image was removed in the meantime.
        CachedVariant::Missing => Ok(None),
    }
}

enum CachedVariant {
    /// `None` if the image cannot be rendered.
    Known(Option<ServedImage>),
    /// Never rendered.
    Missing,
}

async fn look_up(
    folder: &Arc<Folder>,
    width: Width,
    name: &SafeFileName,
) -> io::Result<CachedVariant> {
    let (folder, name) = (folder.clone(), name.clone());
    blocking(move || {
        if !folder.exists(&name)? {
            return Ok(CachedVariant::Known(None));
        }
        let Some(file) = folder.variant(width, &name)? else {
            return Ok(CachedVariant::Missing);
        };
        let served = ServedImage::webp(file)?;
        // An empty file marks an image that cannot be rendered.
        Ok(CachedVariant::Known((served.len > 0).then_some(served)))
    })
    .await
}

async fn render_and_store(
    folder: Arc<Folder>,
    (width, name): (Width, SafeFileName),
) -> io::Result<()> {
    let (dir, original) = (folder.clone(), name.clone());
    let rendered = decode::with_permit(move || -> io::Result<Option<Vec<u8>>> {
        let Some(file) = dir.original(&original)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(render(&bytes, width.pixels()))
    });
    let webp = rendered.await?.transpose()?.flatten().unwrap_or_default();
    blocking(move || folder.store_variant(width, &name, &webp)).await
}

/// Renders an image at most `width` wide; `None` if it is damaged or unsupported.
fn render(bytes: &[u8], width: u32) -> Option<Vec<u8>> {
    let (kind, stripped) = strip::strip(bytes).ok()?;
    let (across, down) = target(&stripped, width);
    let mut shrink = Shrink::new(
        (stripped.dimensions.width, stripped.dimensions.height),
        (across, down),
    );
    validate::read_rows(kind, &stripped, &mut shrink)?;
    let small = RgbaImage::from_raw(across, down, shrink.finish()?)?;
    let mut picture = DynamicImage::ImageRgba8(small);
    picture.apply_orientation(stripped.orientation);
    encode(&picture, stripped.icc)
}

/// The target size before the orientation is applied: `width` wide once it is upright, and never
/// enlarged.
fn target(stripped: &StrippedImage, width: u32) -> (u32, u32) {
    use image::metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    let (across, down) = (stripped.dimensions.width, stripped.dimensions.height);
    let is_sideways = matches!(
        stripped.orientation,
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH
    );
    let (wide, high) = if is_sideways {
        (down, across)
    } else {
        (across, down)
    };

    let scale = (f64::from(width) / f64::from(wide))
        .min(f64::from(MAX_SIDE) / f64::from(high))
        .min(1.0);
    let scaled = |side: u32| ((f64::from(side) * scale).round() as u32).clamp(1, side);
    (scaled(across), scaled(down))
}

fn encode(picture: &DynamicImage, icc: Option<Bytes>) -> Option<Vec<u8>> {
    let rgba = picture.as_rgba8()?;
    let encoder = webp::Encoder::from_rgba(rgba, rgba.width(), rgba.height());
    let encoded = encoder.encode_simple(false, QUALITY).ok()?;
    // Without its profile a wide-gamut photograph looks pale.
    let icc = icc.filter(|icc| icc.len() <= MAX_ICC && icc.get(16..20) == Some(b"RGB "));
    let Some(icc) = icc else {
        return Some(encoded.to_vec());
    };
    let mut webp = WebP::from_bytes(Bytes::copy_from_slice(&encoded)).ok()?;
    webp.set_icc_profile(Some(icc));
    Some(webp.encoder().bytes().to_vec())
}
