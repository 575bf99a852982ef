//! WebP: pictures, alpha, animation and colour profile stay; EXIF, XMP, unknown chunks and all
//! that follows the container go.

use bytes::Bytes;
use image::metadata::Orientation;

use super::reader::Reader;
use super::{Stripped, exif, orientation};
use crate::images::format::Extent;

/// Flags of the extended header.
const HAS_ICC: u8 = 0x20;
const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;
const ANIMATED: u8 = 0x02;

/// Strips a WebP; none where its chunks do not hold together.
pub(in crate::images) fn strip(bytes: &[u8]) -> Option<Stripped> {
    let mut reader = Reader(bytes);
    reader.take(4)?;
    let size = usize::try_from(reader.u32_le()?).ok()?;
    let mut inside = Reader(reader.take(size)?);
    inside.take(4)?;

    let mut parts = Parts::default();
    while let Some((id, data)) = chunk(&mut inside)? {
        parts.add(id, data)?;
    }
    parts.assemble()
}

/// What is gathered on the way through the chunks.
#[derive(Debug, Default)]
struct Parts<'a> {
    header: Option<&'a [u8]>,
    icc: Option<&'a [u8]>,
    orientation: Option<Orientation>,
    extent: Extent,
    body: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn add(&mut self, id: &[u8], data: &'a [u8]) -> Option<()> {
        match id {
            b"VP8X" if self.header.is_none() => {
                self.header = Some(data.get(..10)?);
                let mut sides = Reader(&data[4..]);
                self.extent.width = sides.u24_le()? + 1;
                self.extent.height = sides.u24_le()? + 1;
            }
            b"ICCP" if self.icc.is_none() => self.icc = Some(data),
            b"EXIF" if self.orientation.is_none() => self.orientation = Some(orientation(data)),
            b"VP8 " | b"VP8L" => {
                let (width, height) = picture_size(id, data)?;
                if self.header.is_none() {
                    (self.extent.width, self.extent.height) = (width, height);
                }
                self.extent.add_frame(width, height);
                write_chunk(&mut self.body, id, data)?;
            }
            b"ANMF" => self.add_frame(data)?,
            b"ANIM" | b"ALPH" => write_chunk(&mut self.body, id, data)?,
            _ => {}
        }
        Some(())
    }

    /// A picture of an animation: its place and timing, then chunks of its own.
    fn add_frame(&mut self, data: &[u8]) -> Option<()> {
        let mut reader = Reader(data);
        let mut frame = reader.take(16)?.to_vec();
        self.extent.is_composed = true;
        while let Some((id, part)) = chunk(&mut reader)? {
            if matches!(id, b"VP8 " | b"VP8L") {
                let (width, height) = picture_size(id, part)?;
                // Every picture is drawn onto the whole canvas.
                self.extent.largest = self
                    .extent
                    .largest
                    .max(u64::from(width) * u64::from(height));
                self.extent.add_frame(self.extent.width, self.extent.height);
            }
            if matches!(id, b"VP8 " | b"VP8L" | b"ALPH") {
                write_chunk(&mut frame, id, part)?;
            }
        }
        write_chunk(&mut self.body, b"ANMF", &frame)
    }

    fn assemble(self) -> Option<Stripped> {
        let turn = self.orientation.unwrap_or(Orientation::NoTransforms);
        let animated = self.header.is_some_and(|header| header[0] & ANIMATED != 0);
        if !animated && self.extent.frames != 1 {
            return None;
        }
        let mut inside = b"WEBP".to_vec();
        // Only a file with the extended header may hold a profile or EXIF.
        let exif = self.header.and(exif(turn));
        let icc = self.header.and(self.icc);
        if let Some(header) = self.header {
            let mut header = header.to_vec();
            header[0] &= !(HAS_ICC | HAS_EXIF | HAS_XMP);
            header[0] |= icc.map_or(0, |_| HAS_ICC) | exif.map_or(0, |_| HAS_EXIF);
            write_chunk(&mut inside, b"VP8X", &header)?;
        }
        if let Some(profile) = icc {
            write_chunk(&mut inside, b"ICCP", profile)?;
        }
        inside.extend_from_slice(&self.body);
        if let Some(data) = exif {
            write_chunk(&mut inside, b"EXIF", &data)?;
        }
        let mut bytes = Vec::with_capacity(inside.len() + 8);
        write_chunk(&mut bytes, b"RIFF", &inside)?;
        Some(Stripped {
            bytes,
            extent: self.extent,
            orientation: turn,
            icc: icc.map(Bytes::copy_from_slice),
        })
    }
}

/// The next chunk: its name and its data; the inner none at the end. Chunks start at even
/// places, and the last filling byte is often forgotten.
fn chunk<'a>(reader: &mut Reader<'a>) -> Option<Option<(&'a [u8], &'a [u8])>> {
    if reader.0.is_empty() {
        return Some(None);
    }
    let id = reader.take(4)?;
    let size = usize::try_from(reader.u32_le()?).ok()?;
    let data = reader.take(size)?;
    if size % 2 == 1 {
        reader.byte();
    }
    Some(Some((id, data)))
}

/// The size that a picture's own header tells.
fn picture_size(id: &[u8], data: &[u8]) -> Option<(u32, u32)> {
    let mut reader = Reader(data);
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
