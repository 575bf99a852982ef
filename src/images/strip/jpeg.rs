//! JPEG: tables, frame, scans and colour information stay; all other segments and anything after
//! the end of the image are removed.
//!
//! `img_parts` reads segments only up to the first scan and keeps the rest of the file as it is, so
//! that metadata between scans and after the end would stay, and scans could not be counted.

use bytes::Bytes;
use image::metadata::Orientation;
use img_parts::ImageICC;
use img_parts::jpeg::Jpeg;
use img_parts::jpeg::markers::{
    APP0, APP1, APP2, APP14, APP15, COM, DAC, DHT, EOI, JPG, RST0, RST7, SOF0, SOF15, SOI, SOS,
};

use super::byte_reader::ByteReader;
use super::stripped::{StrippedImage, exif, orientation};
use crate::images::bounds::Dimensions;

/// `None` if the segments are malformed or the end is missing.
pub(super) fn strip(bytes: &[u8]) -> Option<StrippedImage> {
    let mut reader = ByteReader(bytes);
    reader.take(2)?;
    let mut kept = KeptSegments::default();
    loop {
        match next_part(&mut reader)? {
            Part::Segment(marker, contents) => kept.add(marker, contents)?,
            Part::Scan { header, data } => {
                kept.dimensions.scans += 1;
                kept.write(SOS, header)?;
                kept.body.extend_from_slice(data);
            }
            Part::End => break,
        }
    }
    if kept.dimensions.scans == 0 {
        return None;
    }
    kept.assemble()
}

enum Part<'a> {
    Segment(u8, &'a [u8]),
    /// The data is compressed and contains restart markers.
    Scan {
        header: &'a [u8],
        data: &'a [u8],
    },
    End,
}

fn next_part<'a>(reader: &mut ByteReader<'a>) -> Option<Part<'a>> {
    loop {
        return Some(match next_marker(reader)? {
            EOI => Part::End,
            // Markers without contents, which have no meaning outside a scan.
            0x01 | RST0..=SOI => continue,
            SOS => Part::Scan {
                header: segment(reader)?,
                data: scan(reader)?,
            },
            marker => Part::Segment(marker, segment(reader)?),
        });
    }
}

/// The parts of the new file.
#[derive(Debug, Default)]
struct KeptSegments<'a> {
    dimensions: Dimensions,
    orientation: Option<Orientation>,
    jfif: Option<&'a [u8]>,
    body: Vec<u8>,
}

impl<'a> KeptSegments<'a> {
    fn add(&mut self, marker: u8, contents: &'a [u8]) -> Option<()> {
        match marker {
            // Without the thumbnail that may follow.
            APP0 if contents.starts_with(b"JFIF\0") => self.jfif = Some(contents.get(..12)?),
            APP1 if contents.starts_with(b"Exif\0\0") && self.orientation.is_none() => {
                self.orientation = Some(orientation(contents));
            }
            APP2 if contents.starts_with(b"ICC_PROFILE\0") => self.write(marker, contents)?,
            // The colour transform.
            APP14 if contents.starts_with(b"Adobe") => self.write(marker, contents.get(..12)?)?,
            APP0..=APP15 | COM => {}
            _ => {
                if is_frame(marker) {
                    self.measure(contents)?;
                }
                self.write(marker, contents)?;
            }
        }
        Some(())
    }

    /// Reads a frame header: precision, height, width. A second frame would be a hierarchical JPEG,
    /// which no viewer supports.
    fn measure(&mut self, header: &[u8]) -> Option<()> {
        let mut reader = ByteReader(header);
        reader.byte()?;
        let dimensions = &mut self.dimensions;
        dimensions.height = reader.u16_be()?.into();
        dimensions.width = reader.u16_be()?.into();
        dimensions.add_frame(dimensions.width, dimensions.height);
        (dimensions.frames == 1).then_some(())
    }

    fn write(&mut self, marker: u8, contents: &[u8]) -> Option<()> {
        write_segment(&mut self.body, marker, contents)
    }

    fn assemble(self) -> Option<StrippedImage> {
        let orientation = self.orientation.unwrap_or(Orientation::NoTransforms);
        let mut bytes = vec![0xff, SOI];
        if let Some(jfif) = self.jfif {
            write_segment(&mut bytes, APP0, &[jfif, &[0, 0]].concat())?;
        }
        if let Some(data) = exif(orientation) {
            write_segment(&mut bytes, APP1, &[b"Exif\0\0", &data[..]].concat())?;
        }
        bytes.extend_from_slice(&self.body);
        bytes.extend_from_slice(&[0xff, EOI]);
        let jpeg = Jpeg::from_bytes(Bytes::copy_from_slice(&bytes)).ok()?;
        Some(StrippedImage {
            bytes,
            dimensions: self.dimensions,
            orientation,
            icc: jpeg.icc_profile(),
        })
    }
}

/// Skips bytes that belong to no segment, as all decoders do.
fn next_marker(reader: &mut ByteReader<'_>) -> Option<u8> {
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

/// The contents of a segment after its length.
fn segment<'a>(reader: &mut ByteReader<'a>) -> Option<&'a [u8]> {
    let length = usize::from(reader.u16_be()?);
    reader.take(length.checked_sub(2)?)
}

/// The compressed data of a scan with its restart markers, up to the next other marker.
fn scan<'a>(reader: &mut ByteReader<'a>) -> Option<&'a [u8]> {
    let mut length = 0;
    loop {
        length += reader.0.get(length..)?.iter().position(|b| *b == 0xff)?;
        match reader.0.get(length + 1)? {
            0 | RST0..=RST7 => length += 2,
            // A fill byte.
            0xff => length += 1,
            _ => return reader.take(length),
        }
    }
}

/// Start of a frame of any kind; the excluded markers between them are tables.
fn is_frame(marker: u8) -> bool {
    matches!(marker, SOF0..=SOF15) && !matches!(marker, DHT | JPG | DAC)
}

fn write_segment(out: &mut Vec<u8>, marker: u8, contents: &[u8]) -> Option<()> {
    let length = u16::try_from(contents.len() + 2).ok()?;
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(contents);
    Some(())
}
