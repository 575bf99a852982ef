//! WebP: pictures, alpha, animation and colour profile stay; EXIF, XMP, unknown chunks and anything
//! after the container are removed.
//!
//! `img_parts` refuses files without the last padding byte, which many programs omit, and does not
//! read the chunks inside the frames of an animation.

use bytes::Bytes;
use image::metadata::Orientation;

use super::byte_reader::ByteReader;
use super::stripped::{StrippedImage, exif, orientation};
use crate::images::bounds::Dimensions;

/// Flags of the extended header.
const HAS_ICC: u8 = 0x20;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const ANIMATED: u8 = 0x02;

/// `None` if the chunks are malformed.
pub(super) fn strip(bytes: &[u8]) -> Option<StrippedImage> {
    let mut reader = ByteReader(bytes);
    reader.take(4)?;
    let size = usize::try_from(reader.u32_le()?).ok()?;
    let mut inner = ByteReader(reader.take(size)?);
    inner.take(4)?;

    let mut kept = KeptChunks::default();
    while !inner.is_empty() {
        let (id, data) = chunk(&mut inner)?;
        kept.add(id, data)?;
    }
    kept.assemble()
}

/// The parts of the new file.
#[derive(Debug, Default)]
struct KeptChunks<'a> {
    header: Option<&'a [u8]>,
    icc: Option<&'a [u8]>,
    orientation: Option<Orientation>,
    dimensions: Dimensions,
    body: Vec<u8>,
}

impl<'a> KeptChunks<'a> {
    fn add(&mut self, id: &[u8], data: &'a [u8]) -> Option<()> {
        match id {
            b"VP8X" if self.header.is_none() => {
                self.header = Some(data.get(..10)?);
                let mut sides = ByteReader(&data[4..]);
                self.dimensions.width = sides.u24_le()? + 1;
                self.dimensions.height = sides.u24_le()? + 1;
            }
            b"ICCP" if self.icc.is_none() => self.icc = Some(data),
            b"EXIF" if self.orientation.is_none() => self.orientation = Some(orientation(data)),
            b"VP8 " | b"VP8L" => {
                let (width, height) = picture_size(id, data)?;
                if self.header.is_none() {
                    (self.dimensions.width, self.dimensions.height) = (width, height);
                }
                self.dimensions.add_frame(width, height);
                write_chunk(&mut self.body, id, data)?;
            }
            b"ANMF" => self.add_frame(data)?,
            b"ANIM" | b"ALPH" => write_chunk(&mut self.body, id, data)?,
            _ => {}
        }
        Some(())
    }

    /// A frame of an animation: position and timing, then chunks of its own.
    fn add_frame(&mut self, data: &[u8]) -> Option<()> {
        let mut reader = ByteReader(data);
        let mut frame = reader.take(16)?.to_vec();
        let dimensions = &mut self.dimensions;
        dimensions.is_composed = true;
        while !reader.is_empty() {
            let (id, part) = chunk(&mut reader)?;
            if matches!(id, b"VP8 " | b"VP8L") {
                let (width, height) = picture_size(id, part)?;
                let pixels = u64::from(width) * u64::from(height);
                dimensions.largest = dimensions.largest.max(pixels);
                // Decoders compose every frame on the whole canvas.
                dimensions.add_frame(dimensions.width, dimensions.height);
            }
            if matches!(id, b"VP8 " | b"VP8L" | b"ALPH") {
                write_chunk(&mut frame, id, part)?;
            }
        }
        write_chunk(&mut self.body, b"ANMF", &frame)
    }

    fn assemble(self) -> Option<StrippedImage> {
        let orientation = self.orientation.unwrap_or(Orientation::NoTransforms);
        let is_animated = self.header.is_some_and(|header| header[0] & ANIMATED != 0);
        if !is_animated && self.dimensions.frames != 1 {
            return None;
        }
        let mut inner = b"WEBP".to_vec();
        // Only a file with the extended header may have a profile or EXIF.
        let exif = self.header.and(exif(orientation));
        let icc = self.header.and(self.icc);
        if let Some(header) = self.header {
            let mut header = header.to_vec();
            header[0] &= !(HAS_ICC | HAS_EXIF | HAS_XMP);
            header[0] |= icc.map_or(0, |_| HAS_ICC) | exif.map_or(0, |_| HAS_EXIF);
            write_chunk(&mut inner, b"VP8X", &header)?;
        }
        if let Some(profile) = icc {
            write_chunk(&mut inner, b"ICCP", profile)?;
        }
        inner.extend_from_slice(&self.body);
        if let Some(data) = exif {
            write_chunk(&mut inner, b"EXIF", &data)?;
        }
        let mut bytes = Vec::with_capacity(inner.len() + 8);
        write_chunk(&mut bytes, b"RIFF", &inner)?;
        Some(StrippedImage {
            bytes,
            dimensions: self.dimensions,
            orientation,
            icc: icc.map(Bytes::copy_from_slice),
        })
    }
}

/// The id and the data of the next chunk. Chunks are padded to an even length; the last padding
/// byte may be missing.
fn chunk<'a>(reader: &mut ByteReader<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let id = reader.take(4)?;
    let size = usize::try_from(reader.u32_le()?).ok()?;
    let data = reader.take(size)?;
    if size % 2 == 1 {
        reader.byte();
    }
    Some((id, data))
}

/// The size in a picture's own header.
fn picture_size(id: &[u8], data: &[u8]) -> Option<(u32, u32)> {
    let mut reader = ByteReader(data);
    if id == b"VP8L" {
        reader.take(1)?;
        let packed = reader.u32_le()?;
        return Some(((packed & 0x3fff) + 1, (packed >> 14 & 0x3fff) + 1));
    }
    reader.take(6)?;
    let width = u32::from(reader.u16_le()? & 0x3fff);
    let height = u32::from(reader.u16_le()? & 0x3fff);
    Some((width, height))
}

fn write_chunk(out: &mut Vec<u8>, id: &[u8], data: &[u8]) -> Option<()> {
    out.extend_from_slice(id);
    out.extend_from_slice(&u32::try_from(data.len()).ok()?.to_le_bytes());
    out.extend_from_slice(data);
    if data.len() % 2 == 1 {
        out.push(0);
    }
    Some(())
}
