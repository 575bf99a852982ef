//! GIF: palettes, pictures, timing and the loop count stay; comments, texts, application data
//! and all that follows the trailer go.

use image::metadata::Orientation;

use super::Stripped;
use super::reader::Reader;
use crate::images::format::Extent;

const EXTENSION: u8 = 0x21;
const PICTURE: u8 = 0x2c;
const TRAILER: u8 = 0x3b;
const TIMING: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// Applications whose data say how often an animation runs, or which colours are meant.
const KEPT: [&[u8]; 3] = [b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"];

/// Strips a GIF; none where its blocks do not hold together or its trailer is missing.
pub(in crate::images) fn strip(bytes: &[u8]) -> Option<Stripped> {
    let mut reader = Reader(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let mut extent = screen(&mut reader, &mut out)?;
    loop {
        match reader.byte()? {
            TRAILER => break,
            EXTENSION => extension(&mut reader, &mut out)?,
            PICTURE => picture(&mut reader, &mut out, &mut extent)?,
            _ => return None,
        }
    }
    out.push(TRAILER);
    Some(Stripped {
        bytes: out,
        extent,
        orientation: Orientation::NoTransforms,
        icc: None,
    })
}

/// The signature, the screen and its palette.
fn screen(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Option<Extent> {
    out.extend_from_slice(reader.take(6)?);
    let descriptor = reader.take(7)?;
    out.extend_from_slice(descriptor);
    out.extend_from_slice(palette(reader, descriptor[4])?);
    let mut sides = Reader(descriptor);
    Some(Extent {
        width: sides.u16_le()?.into(),
        height: sides.u16_le()?.into(),
        ..Extent::default()
    })
}

/// One picture: place, size, palette, compressed data.
fn picture(reader: &mut Reader<'_>, out: &mut Vec<u8>, extent: &mut Extent) -> Option<()> {
    let descriptor = reader.take(9)?;
    let mut sides = Reader(&descriptor[4..]);
    extent.add_frame(sides.u16_le()?.into(), sides.u16_le()?.into());
    out.push(PICTURE);
    out.extend_from_slice(descriptor);
    out.extend_from_slice(palette(reader, descriptor[8])?);
    out.push(reader.byte()?);
    out.extend_from_slice(blocks(reader)?);
    Some(())
}

/// An extension, kept or not.
fn extension(reader: &mut Reader<'_>, out: &mut Vec<u8>) -> Option<()> {
    let label = reader.byte()?;
    let data = blocks(reader)?;
    let kept = match label {
        TIMING => true,
        APPLICATION => KEPT.contains(&data.get(1..12).unwrap_or_default()),
        _ => false,
    };
    if kept {
        out.extend_from_slice(&[EXTENSION, label]);
        out.extend_from_slice(data);
    }
    Some(())
}

/// The palette that flags announce.
fn palette<'a>(reader: &mut Reader<'a>, flags: u8) -> Option<&'a [u8]> {
    match flags & 0x80 {
        0 => Some(&[]),
        _ => reader.take(3 << ((flags & 7) + 1)),
    }
}

/// A chain of blocks, each behind its length, up to the empty one.
fn blocks<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let mut length = 0;
    loop {
        let block = usize::from(*reader.0.get(length)?);
        length += 1 + block;
        if block == 0 {
            return reader.take(length);
        }
    }
}
