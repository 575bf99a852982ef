//! GIF: palettes, pictures, timing and the loop count stay; comments, text, application data and
//! anything after the trailer are removed.

use image::metadata::Orientation;

use super::byte_reader::ByteReader;
use super::stripped::StrippedImage;
use crate::images::bounds::Dimensions;

const EXTENSION: u8 = 0x21;
const PICTURE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const TIMING: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// Application extensions with loop counts and colour profiles.
const KEPT: [&[u8]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

/// `None` if the blocks are malformed or the trailer is missing.
pub(super) fn strip(bytes: &[u8]) -> Option<StrippedImage> {
    let mut reader = ByteReader(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let mut dimensions = screen(&mut reader, &mut out)?;
    loop {
        match reader.byte()? {
            TRAILER => break,
            EXTENSION => extension(&mut reader, &mut out)?,
            PICTURE => picture(&mut reader, &mut out, &mut dimensions)?,
            _ => return None,
        }
    }
    out.push(TRAILER);
    Some(StrippedImage {
        bytes: out,
        dimensions,
        orientation: Orientation::NoTransforms,
        icc: None,
    })
}

/// The signature, the logical screen and its palette.
fn screen(reader: &mut ByteReader<'_>, out: &mut Vec<u8>) -> Option<Dimensions> {
    out.extend_from_slice(reader.take(6)?);
    let descriptor = reader.take(7)?;
    out.extend_from_slice(descriptor);
    out.extend_from_slice(palette(reader, descriptor[4])?);
    let mut sides = ByteReader(descriptor);
    Some(Dimensions {
        width: sides.u16_le()?.into(),
        height: sides.u16_le()?.into(),
        ..Dimensions::default()
    })
}

/// One picture: position, size, palette, compressed data.
fn picture(
    reader: &mut ByteReader<'_>,
    out: &mut Vec<u8>,
    dimensions: &mut Dimensions,
) -> Option<()> {
    let descriptor = reader.take(9)?;
    let mut sides = ByteReader(&descriptor[4..]);
    dimensions.add_frame(sides.u16_le()?.into(), sides.u16_le()?.into());
    out.push(PICTURE);
    out.extend_from_slice(descriptor);
    out.extend_from_slice(palette(reader, descriptor[8])?);
    out.push(reader.byte()?);
    out.extend_from_slice(blocks(reader)?);
    Some(())
}

/// Copies an extension or skips it.
fn extension(reader: &mut ByteReader<'_>, out: &mut Vec<u8>) -> Option<()> {
    let label = reader.byte()?;
    let data = blocks(reader)?;
    let is_kept = match label {
        TIMING => true,
        APPLICATION => KEPT.contains(&data.get(1..12).unwrap_or_default()),
        _ => false,
    };
    if is_kept {
        out.extend_from_slice(&[EXTENSION, label]);
        out.extend_from_slice(data);
    }
    Some(())
}

/// The palette whose presence and size are in the flags.
fn palette<'a>(reader: &mut ByteReader<'a>, flags: u8) -> Option<&'a [u8]> {
    match flags & 0x80 {
        0 => Some(&[]),
        _ => reader.take(3 << ((flags & 7) + 1)),
    }
}

/// A chain of blocks, each with its length in front, up to the empty block.
fn blocks<'a>(reader: &mut ByteReader<'a>) -> Option<&'a [u8]> {
    let mut length = 0;
    loop {
        let block = usize::from(*reader.0.get(length)?);
        length += 1 + block;
        if block == 0 {
            return reader.take(length);
        }
    }
}
