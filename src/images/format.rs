//! What counts as an image: kinds, known by content, and the bounds of each.

use super::strip::{self, Stripped};
use super::{MAX_BYTES, proof};

/// The most pixels of one picture.
pub(super) const MAX_PIXELS: u64 = 40_000_000;
/// The longest side; what JPEG and GIF can say at all.
const MAX_SIDE: u32 = 65_535;
/// The most pixels of a canvas on which pictures are put together: a decoder holds several of its size.
const MAX_CANVAS: u64 = 20_000_000;
/// The most pictures of an animation.
const MAX_FRAMES: u64 = 500;
/// The most pixels of all pictures of an animation.
const MAX_ANIMATION: u64 = 200_000_000;
/// The most pixels that the scans of a JPEG may walk over; real ones have about ten.
const MAX_SCANNED: u64 = 1_000_000_000;

/// The kinds of images that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Portable Network Graphics, also animated.
    Png,
    /// JPEG in its usual dress.
    Jpeg,
    /// WebP, lossy, lossless or animated.
    WebP,
    /// GIF, still or animated.
    Gif,
}

impl Kind {
    /// Knows an image by its first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => None,
        }
    }

    /// The ending of its files.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }

    /// Its media type.
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
        }
    }
}

/// Why bytes are not taken as an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// They are none, or a damaged one.
    Unsupported,
    /// They break the bound that is named.
    TooLarge(&'static str),
}

/// An image's bounds, told by its headers alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// Width in pixels, before it is turned upright.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
    /// How many pictures it holds.
    pub(super) frames: u64,
    /// The most pixels of one picture; a picture may be larger than the canvas it is drawn on.
    pub(super) largest: u64,
    /// The pixels of all pictures.
    pub(super) total: u64,
    /// How often a decoder walks over the picture.
    pub(super) scans: u64,
    /// Whether a decoder puts the pictures together on a canvas.
    pub(super) is_composed: bool,
}

impl Extent {
    /// Counts one picture.
    pub(super) fn add_frame(&mut self, width: u32, height: u32) {
        let pixels = u64::from(width) * u64::from(height);
        self.frames += 1;
        self.largest = self.largest.max(pixels);
        self.total = self.total.saturating_add(pixels);
    }

    /// Refuses what would cost too much to decode.
    fn check(&self) -> Result<(), Refusal> {
        if self.width == 0 || self.height == 0 || self.frames == 0 {
            return Err(Refusal::Unsupported);
        }
        let canvas = u64::from(self.width) * u64::from(self.height);
        if canvas.max(self.largest) > MAX_PIXELS {
            return Err(Refusal::TooLarge("40 megapixels"));
        }
        if self.is_composed && canvas.max(self.largest) > MAX_CANVAS {
            return Err(Refusal::TooLarge("20 megapixels of an animated WebP"));
        }
        if self.width.max(self.height) > MAX_SIDE {
            return Err(Refusal::TooLarge("65,535 pixels a side"));
        }
        if self.frames > MAX_FRAMES {
            return Err(Refusal::TooLarge("500 frames"));
        }
        if self.frames > 1 && self.total > MAX_ANIMATION {
            return Err(Refusal::TooLarge("200 megapixels in all frames"));
        }
        if canvas.saturating_mul(self.scans) > MAX_SCANNED {
            return Err(Refusal::TooLarge("1,000 megapixels in all scans"));
        }
        Ok(())
    }
}

/// Takes an image apart without decoding it: its kind, and its bytes without anything that is
/// not picture. Its bounds hold.
pub(super) fn strip(bytes: &[u8]) -> Result<(Kind, Stripped), Refusal> {
    if bytes.len() > MAX_BYTES {
        return Err(Refusal::TooLarge("10 MiB"));
    }
    let kind = Kind::of(bytes).ok_or(Refusal::Unsupported)?;
    let stripped = match kind {
        Kind::Png => strip::png::strip(bytes),
        Kind::Jpeg => strip::jpeg::strip(bytes),
        Kind::WebP => strip::webp::strip(bytes),
        Kind::Gif => strip::gif::strip(bytes),
    }
    .ok_or(Refusal::Unsupported)?;
    stripped.extent.check()?;
    Ok((kind, stripped))
}

/// Strips an upload and decodes it whole, so that what is stored is known to be sound.
pub(super) fn accept(bytes: &[u8]) -> Result<(Kind, Vec<u8>), Refusal> {
    let (kind, stripped) = strip(bytes)?;
    proof::is_whole(kind, &stripped)
        .then_some((kind, stripped.bytes))
        .ok_or(Refusal::Unsupported)
}
