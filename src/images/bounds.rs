//! Limits of images, and the dimensions that are checked against them before decoding.

use super::error::ImageFormatError;

/// Maximum size of one uploaded image, in bytes.
pub const MAX_BYTES: usize = 10 * 1024 * 1024;
/// Maximum pixels of one picture.
pub(super) const MAX_PIXELS: u64 = 40_000_000;
/// Maximum width and height; JPEG and GIF cannot express more.
const MAX_SIDE: u32 = 65_535;
/// Maximum pixels of the canvas of an animated WebP: a decoder holds several buffers of its size.
const MAX_CANVAS: u64 = 20_000_000;
/// Maximum frames of an animation.
const MAX_FRAMES: u64 = 500;
/// Maximum pixels of all frames of an animation.
const MAX_ANIMATION: u64 = 200_000_000;
/// Maximum pixels times scans of a JPEG; real files have about ten scans.
const MAX_SCANNED: u64 = 1_000_000_000;

/// The dimensions of an image, read from its headers only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Dimensions {
    /// In pixels, before the orientation is applied.
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) frames: u64,
    /// Pixels of the largest frame, which may exceed the canvas.
    pub(super) largest: u64,
    /// Pixels of all frames.
    pub(super) total: u64,
    /// How often a decoder goes over the pixels.
    pub(super) scans: u64,
    /// Whether a decoder composes the frames on a canvas.
    pub(super) is_composed: bool,
}

impl Dimensions {
    pub(super) fn add_frame(&mut self, width: u32, height: u32) {
        let pixels = u64::from(width) * u64::from(height);
        self.frames += 1;
        self.largest = self.largest.max(pixels);
        self.total = self.total.saturating_add(pixels);
    }

    /// Refuses images that would cost too much to decode.
    pub(super) fn check(&self) -> Result<(), ImageFormatError> {
        if self.width == 0 || self.height == 0 || self.frames == 0 {
            return Err(ImageFormatError::Unsupported);
        }
        let canvas = u64::from(self.width) * u64::from(self.height);
        if canvas.max(self.largest) > MAX_PIXELS {
            return Err(ImageFormatError::TooLarge("40 megapixels"));
        }
        if self.is_composed && canvas.max(self.largest) > MAX_CANVAS {
            return Err(ImageFormatError::TooLarge(
                "20 megapixels of an animated WebP",
            ));
        }
        if self.width.max(self.height) > MAX_SIDE {
            return Err(ImageFormatError::TooLarge("65,535 pixels a side"));
        }
        if self.frames > MAX_FRAMES {
            return Err(ImageFormatError::TooLarge("500 frames"));
        }
        if self.frames > 1 && self.total > MAX_ANIMATION {
            return Err(ImageFormatError::TooLarge("200 megapixels in all frames"));
        }
        if canvas.saturating_mul(self.scans) > MAX_SCANNED {
            return Err(ImageFormatError::TooLarge("1,000 megapixels in all scans"));
        }
        Ok(())
    }
}
