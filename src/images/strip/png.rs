//! PNG: chunks from an allow-list stay; the check sum of every chunk is verified on the way.

use bytes::Bytes;
use image::metadata::Orientation;
use img_parts::png::{Png, PngChunk};
use img_parts::{ImageEXIF, ImageICC};

use super::{Stripped, exif, orientation};
use crate::images::format::Extent;

/// Pictures, colours, sizes and timing.
const KEPT: [&[u8; 4]; 19] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"acTL", b"fcTL", b"fdAT", b"hIST",
];

/// Strips a PNG; none where its chunks do not hold together.
pub(in crate::images) fn strip(bytes: &[u8]) -> Option<Stripped> {
    let mut png = Png::from_bytes(Bytes::copy_from_slice(bytes)).ok()?;
    let whole = png.chunks().first()?.kind() == *b"IHDR"
        && png.chunks().last()?.kind() == *b"IEND"
        && png.chunk_by_type(*b"IDAT").is_some();
    if !whole {
        return None;
    }

    let turn = png
        .exif()
        .map_or(Orientation::NoTransforms, |data| orientation(&data));
    let icc = png.icc_profile();
    png.chunks_mut().retain(|chunk| {
        let readable = chunk.kind() != *b"iCCP" || icc.is_some();
        readable && KEPT.iter().any(|kept| **kept == chunk.kind())
    });
    if let Some(data) = exif(turn) {
        png.set_exif(Some(Bytes::copy_from_slice(&data)));
    }
    let extent = extent(&png)?;
    Some(Stripped {
        bytes: png.encoder().bytes().to_vec(),
        extent,
        orientation: turn,
        icc,
    })
}

/// The bounds, by the header and by the frames of an animation.
fn extent(png: &Png) -> Option<Extent> {
    let (width, height) = png.dimensions()?;
    let mut extent = Extent {
        width,
        height,
        ..Extent::default()
    };
    extent.add_frame(width, height);
    for frame in png.chunks_by_type(*b"fcTL").map(PngChunk::contents) {
        let side = |at: usize| Some(u32::from_be_bytes(frame.get(at..at + 4)?.try_into().ok()?));
        extent.add_frame(side(4)?, side(8)?);
    }
    Some(extent)
}
