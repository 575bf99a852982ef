//! Removes metadata from image files without decoding them. Pictures, colours and timing stay, byte
//! for byte; camera data, places, comments and anything after the end are removed.

mod byte_reader;
mod gif;
mod jpeg;
mod png;
mod stripped;
mod webp;

use super::bounds::MAX_BYTES;
use super::error::ImageFormatError;
use super::kind::Kind;

pub(super) use stripped::StrippedImage;

/// Detects the format, strips the file and checks its dimensions.
pub(super) fn strip(bytes: &[u8]) -> Result<(Kind, StrippedImage), ImageFormatError> {
    if bytes.len() > MAX_BYTES {
        return Err(ImageFormatError::TooLarge("10 MiB"));
    }
    let kind = Kind::of(bytes).ok_or(ImageFormatError::Unsupported)?;
    let stripped = match kind {
        Kind::Png => png::strip(bytes),
        Kind::Jpeg => jpeg::strip(bytes),
        Kind::WebP => webp::strip(bytes),
        Kind::Gif => gif::strip(bytes),
    };
    let stripped = stripped.ok_or(ImageFormatError::Unsupported)?;
    stripped.dimensions.check()?;
    Ok((kind, stripped))
}
