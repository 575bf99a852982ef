//! JPEG: tables, frame, scans and colour information stay; every other segment goes, as does
//! all that follows the end of the picture.

use bytes::Bytes;
use image::metadata::Orientation;
use img_parts::ImageICC;
use img_parts::jpeg::Jpeg;

use super::reader::Reader;
use super::{Stripped, exif, orientation};
use crate::images::format::Extent;

const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP2: u8 = 0xe2;
const APP14: u8 = 0xee;

/// What is gathered on the way through the segments.
#[derive(Debug, Default)]
struct Kept<'a> {
    extent: Extent,
    orientation: Option<Orientation>,
    jfif: Option<&'a [u8]>,
    body: Vec<u8>,
}

/// Strips a JPEG; none where its segments do not hold together or its end is missing.
pub(in crate::images) fn strip(bytes: &[u8]) -> Option<Stripped> {
    let mut kept = Kept::default();
    for part in parts(bytes) {
        match part? {
            Part::Segment(marker, contents) => kept.add(marker, contents)?,
            Part::Scan(header, data) => {
                kept.extent.scans += 1;
                kept.write(SOS, header)?;
                kept.body.extend_from_slice(data);
            }
        }
    }
    (kept.extent.scans > 0).then(|| kept.assemble())?
}

/// One piece of a JPEG.
#[derive(Debug, Clone, Copy)]
pub(in crate::images) enum Part<'a> {
    /// A marker and what it announces.
    Segment(u8, &'a [u8]),
    /// A scan: its header, and its compressed data with their restart markers.
    Scan(&'a [u8], &'a [u8]),
}

/// The pieces of a JPEG up to its end; none in place of the first one that is broken.
pub(in crate::images) fn parts(bytes: &[u8]) -> impl Iterator<Item = Option<Part<'_>>> {
    let mut reader = Reader(bytes.get(2..).unwrap_or_default());
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let part = match next_part(&mut reader) {
            Some(Some(part)) => Some(Some(part)),
            Some(None) => None,
            None => Some(None),
        };
        ended = !matches!(part, Some(Some(_)));
        part
    })
}

/// The next piece; the inner none at the end.
fn next_part<'a>(reader: &mut Reader<'a>) -> Option<Option<Part<'a>>> {
    loop {
        return match next_marker(reader)? {
            EOI => Some(None),
            // These stand alone and say nothing outside a scan.
            0x01 | 0xd0..=SOI => continue,
            SOS => Some(Some(Part::Scan(segment(reader)?, scan(reader)?))),
            marker => Some(Some(Part::Segment(marker, segment(reader)?))),
        };
    }
}

impl<'a> Kept<'a> {
    fn add(&mut self, marker: u8, contents: &'a [u8]) -> Option<()> {
        match marker {
            // Without the thumbnail that may follow.
            APP0 if contents.starts_with(b"JFIF\0") => self.jfif = Some(contents.get(..12)?),
            APP1 if contents.starts_with(b"Exif\0\0") && self.orientation.is_none() => {
                self.orientation = Some(orientation(contents));
            }
            APP2 if contents.starts_with(b"ICC_PROFILE\0") => self.write(marker, contents)?,
            // It says whether the colours are turned into brightness and chroma.
            APP14 if contents.starts_with(b"Adobe") => self.write(marker, contents.get(..12)?)?,
            APP0..=0xef | 0xfe => {}
            _ => {
                if is_frame(marker) {
                    self.measure(contents)?;
                }
                self.write(marker, contents)?;
            }
        }
        Some(())
    }

    /// Reads a frame's header: precision, height, width. A second frame is a hierarchical
    /// JPEG, which nobody shows.
    fn measure(&mut self, header: &[u8]) -> Option<()> {
        let mut reader = Reader(header);
        reader.byte()?;
        self.extent.height = reader.u16_be()?.into();
        self.extent.width = reader.u16_be()?.into();
        self.extent.add_frame(self.extent.width, self.extent.height);
        (self.extent.frames == 1).then_some(())
    }

    fn write(&mut self, marker: u8, contents: &[u8]) -> Option<()> {
        write_segment(&mut self.body, marker, contents)
    }

    fn assemble(self) -> Option<Stripped> {
        let turn = self.orientation.unwrap_or(Orientation::NoTransforms);
        let mut bytes = vec![0xff, SOI];
        if let Some(jfif) = self.jfif {
            write_segment(&mut bytes, APP0, &[jfif, &[0, 0]].concat())?;
        }
        if let Some(data) = exif(turn) {
            write_segment(&mut bytes, APP1, &[b"Exif\0\0", &data[..]].concat())?;
        }
        bytes.extend_from_slice(&self.body);
        bytes.extend_from_slice(&[0xff, EOI]);
        let jpeg = Jpeg::from_bytes(Bytes::copy_from_slice(&bytes)).ok()?;
        Some(Stripped {
            bytes,
            extent: self.extent,
            orientation: turn,
            icc: jpeg.icc_profile(),
        })
    }
}

/// The next marker; bytes that belong to no segment are passed over, as every reader does.
fn next_marker(reader: &mut Reader<'_>) -> Option<u8> {
    loop {
        while reader.byte()? != 0xff {}
        let mut marker = 0xff;
        while marker == 0xff {
            marker = reader.byte()?;
        }
        if marker != 0 {
            return Some(marker);
        }
    }
}

/// What a segment holds, behind its length.
fn segment<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = usize::from(reader.u16_be()?);
    reader.take(length.checked_sub(2)?)
}

/// A scan's compressed data: up to the marker that ends it, with its restart markers.
fn scan<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let mut length = 0;
    loop {
        length += reader.0.get(length..)?.iter().position(|b| *b == 0xff)?;
        match reader.0.get(length + 1)? {
            0 | 0xd0..=0xd7 => length += 2,
            // A fill byte.
            0xff => length += 1,
            _ => return reader.take(length),
        }
    }
}

/// Start of a frame, of any process; its neighbours hold tables.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc)
}

fn write_segment(out: &mut Vec<u8>, marker: u8, contents: &[u8]) -> Option<()> {
    let length = u16::try_from(contents.len() + 2).ok()?;
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(contents);
    Some(())
}
