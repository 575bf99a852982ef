//! Takes images apart at their containers: pictures, colours and timing stay, byte for byte;
//! cameras, places, comments and whatever hides behind the end go. Nothing is decoded here.

pub(super) mod gif;
pub(super) mod jpeg;
pub(super) mod png;
mod reader;
pub(super) mod webp;

use bytes::Bytes;
use image::metadata::Orientation;

use super::format::Extent;

/// An image without anything that is not picture.
#[derive(Debug)]
pub(super) struct Stripped {
    /// The whole new file.
    pub(super) bytes: Vec<u8>,
    /// Its bounds.
    pub(super) extent: Extent,
    /// How its picture is to be turned; written into the new file as well.
    pub(super) orientation: Orientation,
    /// Its colour profile; still in the new file as well.
    pub(super) icc: Option<Bytes>,
}

/// The orientation that EXIF data ask for.
fn orientation(exif: &[u8]) -> Orientation {
    // WebP files often carry the prefix that belongs to JPEG.
    let tiff = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    Orientation::from_exif_chunk(tiff).unwrap_or(Orientation::NoTransforms)
}

/// The smallest EXIF data that hold an orientation: a TIFF header and one entry. None where
/// nothing is to be turned.
fn exif(orientation: Orientation) -> Option<[u8; 26]> {
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
    fn an_orientation_survives_its_exif() {
        for value in 2..=8 {
            let turn = Orientation::from_exif(value).unwrap();
            let data = exif(turn).unwrap();
            assert_eq!(orientation(&data), turn);
            assert_eq!(orientation(&[b"Exif\0\0", &data[..]].concat()), turn);
        }
        assert_eq!(exif(Orientation::NoTransforms), None);
        assert_eq!(orientation(b"garbage"), Orientation::NoTransforms);
    }
}
