//! PNG: chunks on an allow-list stay. `img_parts` verifies the checksum of every chunk.

use bytes::Bytes;
use image::metadata::Orientation;
use img_parts::png::{Png, PngChunk};
use img_parts::{ImageEXIF, ImageICC};

use super::stripped::{StrippedImage, exif, orientation};
use crate::images::bounds::Dimensions;

/// Pictures, colours, sizes and timing.
const KEPT: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT", b"hIST",
];

/// `None` if the chunks are malformed or incomplete.
pub(super) fn strip(bytes: &[u8]) -> Option<StrippedImage> {
    let mut png = Png::from_bytes(Bytes::copy_from_slice(bytes)).ok()?;
    let is_complete = png.chunks().first()?.kind() == *b"IHDR"
        && png.chunks().last()?.kind() == *b"IEND"
        && png.chunk_by_type(*b"IDAT").is_some();
    if !is_complete {
        return None;
    }

    let orientation = png
        .exif()
        .map_or(Orientation::NoTransforms, |data| orientation(&data));
    let icc = png.icc_profile();
    png.chunks_mut().retain(|chunk| {
        let is_readable = chunk.kind() != *b"iCCP" || icc.is_some();
        is_readable && KEPT.iter().any(|kept| **kept == chunk.kind())
    });
    if let Some(data) = exif(orientation) {
        png.set_exif(Some(Bytes::copy_from_slice(&data)));
    }
    let dimensions = dimensions(&png)?;
    Some(StrippedImage {
        bytes: png.encoder().bytes().to_vec(),
        dimensions,
        orientation,
        icc,
    })
}

/// From the header, and from the frames of an animation.
fn dimensions(png: &Png) -> Option<Dimensions> {
    let (width, height) = png.dimensions()?;
    let mut dimensions = Dimensions {
        width,
        height,
        ..Dimensions::default()
    };
    dimensions.add_frame(width, height);
    for frame in png.chunks_by_type(*b"fcTL").map(PngChunk::contents) {
        let side = |at: usize| Some(u32::from_be_bytes(frame.get(at..at + 4)?.try_into().ok()?));
        dimensions.add_frame(side(4)?, side(8)?);
    }
    Some(dimensions)
}
