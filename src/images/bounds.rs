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
        let largest = canvas.max(self.largest);
        let side = self.width.max(self.height);
        let total = if self.frames > 1 { self.total } else { 0 };
        let scanned = canvas.saturating_mul(self.scans);
        let limits = [
            (largest > MAX_PIXELS, "40 megapixels"),
            (
                self.is_composed && largest > MAX_CANVAS,
                "20 megapixels of an animated WebP",
            ),
            (side > MAX_SIDE, "65,535 pixels a side"),
            (self.frames > MAX_FRAMES, "500 frames"),
            (total > MAX_ANIMATION, "200 megapixels in all frames"),
            (scanned > MAX_SCANNED, "1,000 megapixels in all scans"),
        ];
        match limits.into_iter().find(|(is_exceeded, _)| *is_exceeded) {
            Some((_, limit)) => Err(ImageFormatError::TooLarge(limit)),
            None => Ok(()),
        }
    }
}
