//! The result of stripping, and the orientation that survives it.

use bytes::Bytes;
use image::metadata::Orientation;

use crate::images::bounds::Dimensions;

/// An image file without metadata.
#[derive(Debug)]
pub(in crate::images) struct StrippedImage {
    /// The complete new file.
    pub(in crate::images) bytes: Vec<u8>,
    pub(in crate::images) dimensions: Dimensions,
    /// How a viewer must rotate the picture; also in `bytes`.
    pub(in crate::images) orientation: Orientation,
    /// The colour profile; also in `bytes`.
    pub(in crate::images) icc: Option<Bytes>,
}

pub(super) fn orientation(exif: &[u8]) -> Orientation {
    // WebP files often have the prefix that belongs to JPEG.
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// Minimal EXIF data with an orientation: a TIFF header and one entry. `None` for an upright
/// picture.
pub(super) fn exif(orientation: Orientation) -> Option<[u8; 26]> {
    if orientation == Orientation::NoTransforms {
        return None;
    }
    let mut data = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    data[18] = orientation.to_exif();
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_orientation_round_trips_through_exif() {
        for value in 2..=8 {
            let expected = Orientation::from_exif(value).unwrap();
            let data = exif(expected).unwrap();
            assert_eq!(orientation(&data), expected);
            assert_eq!(orientation(&[b"Exif\0\0", &data[..]].concat()), expected);
        }
        assert_eq!(exif(Orientation::NoTransforms), None);
        assert_eq!(orientation(b"garbage"), Orientation::NoTransforms);
    }
}
