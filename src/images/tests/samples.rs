//! Images for the tests.

use std::io::Cursor;

use bytes::Bytes;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use img_parts::ImageEXIF;
use img_parts::png::{Png, PngChunk};
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::WebP;

/// Must not be in a stored file.
pub(super) const SECRET: &[u8] = b"52.5200N 13.4050E, secret place";

/// Noise in ten scans; no encoder here writes progressive files.
pub(super) const PROGRESSIVE: &[u8] = include_bytes!("progressive.jpg");

/// Soft colours with a red square in the top left corner.
pub(super) fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        if x < width / 2 && y < height / 2 {
            Rgb([250, 10, 10])
        } else {
            Rgb([(x * 60 / width) as u8, (y * 60 / height) as u8, 200])
        }
    })
}

pub(super) fn encode(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture: DynamicImage = picture.into();
    picture
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    encode(picture(width, height), ImageFormat::Png)
}

/// The left half is transparent.
pub(super) fn transparent_png(width: u32, height: u32) -> Vec<u8> {
    let picture = RgbaImage::from_fn(width, height, |x, _| {
        Rgba([20, 200, 20, if x < width / 2 { 0 } else { 255 }])
    });
    encode(picture, ImageFormat::Png)
}

pub(super) fn jpeg(width: u32, height: u32) -> Vec<u8> {
    encode(picture(width, height), ImageFormat::Jpeg)
}

pub(super) fn lossless_webp(width: u32, height: u32) -> Vec<u8> {
    encode(picture(width, height), ImageFormat::WebP)
}

pub(super) fn lossy_webp(width: u32, height: u32) -> Vec<u8> {
    let picture = picture(width, height);
    webp::Encoder::from_rgb(&picture, width, height)
        .encode(80.0)
        .to_vec()
}

pub(super) fn gif(width: u16, height: u16, frames: usize) -> Vec<u8> {
    let palette = [250, 10, 10, 10, 10, 250];
    let mut bytes = Vec::new();
    let mut encoder = gif::Encoder::new(&mut bytes, width, height, &palette).unwrap();
    encoder.set_repeat(gif::Repeat::Infinite).unwrap();
    for index in 0..frames {
        let pixels = vec![(index % 2) as u8; usize::from(width) * usize::from(height)];
        let mut frame = gif::Frame::from_indexed_pixels(width, height, pixels, None);
        frame.delay = 10;
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    bytes
}

/// An animation of two lossless pictures, assembled by hand.
pub(super) fn animated_webp(width: u32, height: u32) -> Vec<u8> {
    let still = WebP::from_bytes(lossless_webp(width, height).into()).unwrap();
    let picture = still
        .chunk_by_id(*b"VP8L")
        .unwrap()
        .clone()
        .encoder()
        .bytes();
    let mut header = vec![0x02, 0, 0, 0];
    header.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
    header.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
    let mut frame = vec![0; 6];
    frame.extend_from_slice(&header[4..]);
    frame.extend_from_slice(&[100, 0, 0, 0]);
    frame.extend_from_slice(&picture);
    let chunk = |id: &[u8; 4], data: Vec<u8>| RiffChunk::new(*id, RiffContent::Data(data.into()));
    let chunks = vec![
        chunk(b"VP8X", header),
        chunk(b"ANIM", vec![0; 6]),
        chunk(b"ANMF", frame.clone()),
        chunk(b"ANMF", frame),
    ];
    let riff = RiffContent::List {
        kind: Some(*b"WEBP"),
        subchunks: chunks,
    };
    RiffChunk::new(*b"RIFF", riff).encoder().bytes().to_vec()
}

/// Big-endian EXIF data with an orientation and a GPS directory, followed by the secret.
pub(super) fn exif(orientation: u8) -> Vec<u8> {
    let mut data = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    data.extend_from_slice(&[0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    data.extend_from_slice(&[0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 38]);
    data.extend_from_slice(&[0, 0, 0, 0]);
    data.extend_from_slice(&[0, 1, 0, 1, 0, 2, 0, 0, 0, 2, b'N', 0, 0, 0, 0, 0, 0, 0]);
    data.extend_from_slice(SECRET);
    data
}

/// A JPEG with EXIF, XMP, IPTC, a comment, a colour profile and data after its end.
pub(super) fn tagged_jpeg(width: u32, height: u32, orientation: u8) -> Vec<u8> {
    let plain = jpeg(width, height);
    let segment = |marker: u8, parts: &[&[u8]]| {
        let contents = parts.concat();
        let length = (contents.len() as u16 + 2).to_be_bytes();
        [&[0xff, marker], &length[..], &contents].concat()
    };
    [
        &plain[..2],
        &segment(0xe1, &[b"Exif\0\0", &exif(orientation)]),
        &segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", SECRET]),
        &segment(0xed, &[b"Photoshop 3.0\0", SECRET]),
        &segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", &profile()]),
        &segment(0xfe, &[SECRET]),
        &plain[2..],
        SECRET,
        b"<script>alert(1)</script>",
    ]
    .concat()
}

/// Enough of a colour profile to be preserved.
pub(super) fn profile() -> Vec<u8> {
    let mut profile = vec![0; 128];
    profile[16..20].copy_from_slice(b"RGB ");
    profile
}

/// A PNG with text, EXIF, a private chunk and data after its end.
pub(super) fn tagged_png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Png::from_bytes(png(width, height).into()).unwrap();
    file.set_exif(Some(exif(6).into()));
    for kind in [b"tEXt", b"prVt", b"iTXt"] {
        let text = [b"Comment\0\0\0\0\0", SECRET].concat();
        file.chunks_mut()
            .insert(1, PngChunk::new(*kind, text.into()));
    }
    let mut bytes = file.encoder().bytes().to_vec();
    bytes.extend_from_slice(SECRET);
    bytes
}

/// A WebP with EXIF, XMP, an unknown chunk and data after its end.
pub(super) fn tagged_webp(width: u32, height: u32) -> Vec<u8> {
    let mut file = WebP::from_bytes(lossy_webp(width, height).into()).unwrap();
    for id in [b"XMP ", b"what"] {
        let data = RiffContent::Data(Bytes::from_static(SECRET));
        file.chunks_mut().push(RiffChunk::new(*id, data));
    }
    file.set_exif(Some(exif(6).into()));
    let mut bytes = file.encoder().bytes().to_vec();
    bytes.extend_from_slice(SECRET);
    bytes
}

/// A GIF with a comment, text, application data and a script after its end.
pub(super) fn tagged_gif(width: u16, height: u16) -> Vec<u8> {
    let plain = gif(width, height, 2);
    let secret = [&[SECRET.len() as u8], SECRET, &[0]].concat();
    let xmp = [&[0x21, 0xff, 11][..], b"XMP DataXMP", &secret].concat();
    let after_palette = 6 + 7 + 6;
    [
        &plain[..after_palette],
        &[0x21, 0xfe],
        &secret,
        &[0x21, 0x01],
        &secret,
        &xmp,
        &plain[after_palette..],
        b"*/=1;alert(1)//",
        SECRET,
    ]
    .concat()
}

/// A PNG whose header claims a larger size than its data.
pub(super) fn oversized_png(width: u32, height: u32) -> Vec<u8> {
    let mut file = Png::from_bytes(png(2, 2).into()).unwrap();
    let mut header = file.chunks()[0].contents().to_vec();
    header[..4].copy_from_slice(&width.to_be_bytes());
    header[4..8].copy_from_slice(&height.to_be_bytes());
    file.chunks_mut()[0] = PngChunk::new(*b"IHDR", header.into());
    file.encoder().bytes().to_vec()
}
