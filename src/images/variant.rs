//! Smaller versions of images: lossy WebP, upright, drawn once and kept.

use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use image::{DynamicImage, RgbaImage};
use img_parts::ImageICC;
use img_parts::webp::WebP;

use super::flight::Flights;
use super::folder::Folder;
use super::name::PlainName;
use super::served::ServedImage;
use super::shrink::Shrink;
use super::strip::Stripped;
use super::{MAX_BYTES, blocking, decode, format, proof};

/// The largest side of a WebP.
const MAX_SIDE: u32 = 16_383;
/// What libwebp calls quality, of 100.
const QUALITY: f32 = 80.0;
/// Larger colour profiles than cameras and phones write are not worth their bytes here.
const MAX_ICC: usize = 16 * 1024;

/// The widths in which images are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Width {
    /// For lists.
    W320,
    /// For a product's page.
    W960,
}

impl Width {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::W320, Self::W960];

    /// The width that a segment of a path names.
    pub fn from_segment(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|width| width.segment() == text)
    }

    /// How a path names it.
    pub fn segment(self) -> &'static str {
        match self {
            Self::W320 => "320",
            Self::W960 => "960",
        }
    }

    fn pixels(self) -> u32 {
        match self {
            Self::W320 => 320,
            Self::W960 => 960,
        }
    }
}

/// Opens a variant; draws it first where that has not been done.
pub(super) async fn serve(
    folder: &Arc<Folder>,
    flights: &Arc<Flights>,
    width: Width,
    name: PlainName,
) -> io::Result<Option<ServedImage>> {
    if let Kept::Yes(outcome) = look_up(folder, width, &name).await? {
        return Ok(outcome);
    }
    let key = (width, name.clone());
    let home = folder.clone();
    flights
        .join(key.clone(), || draw_and_keep(home, key))
        .await?;
    match look_up(folder, width, &name).await? {
        Kept::Yes(outcome) => Ok(outcome),
        // Its image was removed in the meantime.
        Kept::No => Ok(None),
    }
}

/// What the home has of a variant.
enum Kept {
    /// It is known what to answer.
    Yes(Option<ServedImage>),
    /// It was never tried.
    No,
}

async fn look_up(folder: &Arc<Folder>, width: Width, name: &PlainName) -> io::Result<Kept> {
    let (folder, name) = (folder.clone(), name.clone());
    blocking(move || {
        if !folder.exists(&name)? {
            return Ok(Kept::Yes(None));
        }
        let Some(file) = folder.variant(width, &name)? else {
            return Ok(Kept::No);
        };
        let served = ServedImage::webp(file)?;
        // An empty file remembers an image that cannot be drawn.
        Ok(Kept::Yes((!served.is_empty()).then_some(served)))
    })
    .await
}

async fn draw_and_keep(folder: Arc<Folder>, (width, name): (Width, PlainName)) -> io::Result<()> {
    let (home, original) = (folder.clone(), name.clone());
    let drawn = decode::in_turn(move || -> io::Result<Option<Vec<u8>>> {
        let Some(file) = home.original(&original)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        Ok(draw(&bytes, width.pixels()))
    });
    let webp = drawn.await?.transpose()?.flatten().unwrap_or_default();
    blocking(move || folder.keep_variant(width, &name, &webp)).await
}

/// Draws an image at most `width` wide. None for what is no sound image.
fn draw(bytes: &[u8], width: u32) -> Option<Vec<u8>> {
    let (kind, stripped) = format::strip(bytes).ok()?;
    let (across, down) = target(&stripped, width);
    let mut shrink = Shrink::new(
        (stripped.extent.width, stripped.extent.height),
        (across, down),
    );
    proof::read_rows(kind, &stripped, &mut shrink)?;
    let small = RgbaImage::from_raw(across, down, shrink.finish()?)?;
    let mut picture = DynamicImage::ImageRgba8(small);
    picture.apply_orientation(stripped.orientation);
    encode(&picture, stripped.icc)
}

/// The size before the picture is turned: as wide as wanted once it is upright, never larger
/// than it was.
fn target(stripped: &Stripped, width: u32) -> (u32, u32) {
    use image::metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    let (across, down) = (stripped.extent.width, stripped.extent.height);
    let lying = matches!(
        stripped.orientation,
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH
    );
    let (wide, high) = if lying {
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
    // Without its profile a wide-gamut photograph would look pale.
    let icc = icc.filter(|icc| icc.len() <= MAX_ICC && icc.get(16..20) == Some(b"RGB "));
    let Some(icc) = icc else {
        return Some(encoded.to_vec());
    };
    let mut webp = WebP::from_bytes(Bytes::copy_from_slice(&encoded)).ok()?;
    webp.set_icc_profile(Some(icc));
    Some(webp.encoder().bytes().to_vec())
}
