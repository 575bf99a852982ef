//! Refused images; no file of them remains.

use bytes::Bytes;

use super::{TestImages, samples};
use crate::domain::error::ValidationError;
use crate::images::{ImageError, MAX_BYTES};

/// Expects each to be refused as unsupported, without a remaining file.
async fn all_unsupported(cases: Vec<(&str, Vec<u8>)>) {
    let test = TestImages::new().await;
    for (case, bytes) in cases {
        let expected = ValidationError::UnsupportedImage {
            name: "x.jpg".into(),
        };
        let result = test.stage("x.jpg", &bytes).await;
        assert!(
            matches!(&result, Err(ImageError::Invalid(error)) if *error == expected),
            "{case}: {result:?}"
        );
        assert!(test.files().is_empty(), "{case}: {:?}", test.files());
    }
}

async fn all_too_large(cases: Vec<(&'static str, Vec<u8>)>) {
    let test = TestImages::new().await;
    for (limit, bytes) in cases {
        let expected = ValidationError::ImageTooLarge {
            name: "x.png".into(),
            limit: limit.into(),
        };
        assert_eq!(test.refusal("x.png", &bytes).await, expected);
        assert!(test.files().is_empty(), "{limit}: {:?}", test.files());
    }
}

#[tokio::test]
async fn other_files_are_unsupported() {
    all_unsupported(vec![
        ("nothing", Vec::new()),
        ("a byte", vec![0xff]),
        ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec()),
        (
            "SVG",
            b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(),
        ),
        ("a bitmap", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0".to_vec()),
        ("a PDF", b"%PDF-1.7".to_vec()),
        ("only signatures", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("only signatures", b"\xff\xd8\xff\xd9".to_vec()),
        ("only signatures", b"RIFF\x04\0\0\0WEBP".to_vec()),
        ("only signatures", b"GIF89a".to_vec()),
        ("a GIF without pictures", samples::gif(4, 4, 0)),
        (
            "a script that begins as a GIF",
            b"GIF89a=1;alert(1)//;".to_vec(),
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_truncated_image_is_unsupported() {
    let mut cases = Vec::new();
    for (format, whole) in [
        ("png", samples::png(40, 40)),
        ("jpeg", samples::jpeg(40, 40)),
        ("lossy webp", samples::lossy_webp(40, 40)),
        ("lossless webp", samples::lossless_webp(40, 40)),
        ("animated webp", samples::animated_webp(40, 40)),
        ("gif", samples::gif(40, 40, 3)),
    ] {
        for kept in [whole.len() - 1, whole.len() * 3 / 4, whole.len() / 2, 20] {
            cases.push((format, whole[..kept].to_vec()));
        }
    }
    all_unsupported(cases).await;
}

#[tokio::test]
async fn a_truncated_picture_in_a_whole_container_is_unsupported() {
    let webp = samples::lossless_webp(64, 64);
    let mut cut_webp = webp[..(webp.len() / 2) & !1].to_vec();
    let inside = cut_webp.len() as u32;
    cut_webp[4..8].copy_from_slice(&(inside - 8).to_le_bytes());
    cut_webp[16..20].copy_from_slice(&(inside - 20).to_le_bytes());

    // The first data block of the last picture is the only one, and too short.
    let gif = samples::gif(64, 64, 1);
    let data = gif.len() - gif.iter().rev().position(|b| *b == 0x2c).unwrap() + 10;
    let cut_gif = [&gif[..data], &[1, 0x80, 0, 0x3b]].concat();

    let mut png = img_parts::png::Png::from_bytes(samples::png(64, 64).into()).unwrap();
    let at = png
        .chunks()
        .iter()
        .position(|c| c.kind() == *b"IDAT")
        .unwrap();
    let data = png.chunks()[at].contents().slice(..20);
    png.chunks_mut()[at] = img_parts::png::PngChunk::new(*b"IDAT", data);

    all_unsupported(vec![
        ("webp", cut_webp),
        ("gif", cut_gif),
        ("png", png.encoder().bytes().to_vec()),
    ])
    .await;
}

#[tokio::test]
async fn a_wrong_checksum_is_unsupported() {
    let mut cases = Vec::new();
    let whole = samples::png(40, 40);
    for at in [17, 30, 50, whole.len() - 10] {
        let mut broken = whole.clone();
        broken[at] ^= 1;
        cases.push(("one bit", broken));
    }
    all_unsupported(cases).await;
}

#[tokio::test]
async fn malformed_files_are_unsupported() {
    let mut no_size = samples::jpeg(8, 8);
    let frame = no_size.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    no_size[frame + 5..frame + 9].fill(0);
    let mut short_segment = samples::jpeg(8, 8);
    short_segment[4..6].copy_from_slice(&[0, 1]);
    all_unsupported(vec![
        ("a JPEG without a size", no_size),
        ("a segment that is too short", short_segment),
        (
            "a PNG with too little data",
            samples::oversized_png(2000, 2000),
        ),
        ("a PNG without its palette", png_without_palette()),
        ("a PNG without a size", samples::oversized_png(0, 2)),
        ("two pictures without an animation", two_stills()),
    ])
    .await;
}

fn png_without_palette() -> Vec<u8> {
    let mut file = img_parts::png::Png::from_bytes(samples::png(8, 8).into()).unwrap();
    let mut header = file.chunks()[0].contents().to_vec();
    header[9] = 3;
    let header = img_parts::png::PngChunk::new(*b"IHDR", header.into());
    file.chunks_mut()[0] = header;
    file.encoder().bytes().to_vec()
}

fn two_stills() -> Vec<u8> {
    let one = samples::lossy_webp(8, 8);
    let inside = [&one[8..], &one[12..]].concat();
    [b"RIFF", &(inside.len() as u32).to_le_bytes()[..], &inside].concat()
}

#[tokio::test]
async fn too_many_pixels_are_refused_before_decoding() {
    // None of these has enough data for its size, so that a decoder would report damage.
    let mut jpeg = samples::jpeg(8, 8);
    let frame = jpeg.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].fill(0xff);
    let mut gif_screen = samples::gif(8, 8, 1);
    gif_screen[6..10].fill(0xff);
    let mut gif_frame = samples::gif(8, 8, 1);
    let picture = gif_frame.iter().rposition(|b| *b == 0x2c).unwrap();
    gif_frame[picture + 5..picture + 9].fill(0xff);
    let mut webp = samples::lossless_webp(8, 8);
    webp[21..25].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
    let mut webp_canvas = samples::animated_webp(8, 8);
    webp_canvas[24..30].fill(0xff);
    // A canvas of 5,000 by 5,000 pixels with much smaller pictures.
    let mut moving_webp = samples::animated_webp(8, 8);
    moving_webp[24..30].copy_from_slice(&[0x87, 0x13, 0, 0x87, 0x13, 0]);

    let limit = "40 megapixels";
    all_too_large(vec![
        (limit, samples::oversized_png(12_000, 12_000)),
        (limit, samples::oversized_png(40_000_001, 1)),
        (limit, samples::oversized_png(u32::MAX, u32::MAX)),
        (limit, jpeg),
        (limit, gif_screen),
        (limit, gif_frame),
        (limit, webp),
        (limit, webp_canvas),
        ("20 megapixels of an animated WebP", moving_webp),
        ("65,535 pixels a side", samples::oversized_png(65_536, 1)),
    ])
    .await;
}

#[tokio::test]
async fn too_long_animations_are_refused() {
    all_too_large(vec![
        ("500 frames", samples::gif(4, 4, 1000)),
        ("200 megapixels in all frames", oversized_gif(3000, 23)),
    ])
    .await;
}

/// Frames whose header claims a larger size than their data, on a screen of that size.
fn oversized_gif(side: u16, frames: usize) -> Vec<u8> {
    let mut bytes = samples::gif(1, 1, frames);
    let sides = [side.to_le_bytes(), side.to_le_bytes()].concat();
    bytes[6..10].copy_from_slice(&sides);
    let descriptor = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0];
    for at in 0..bytes.len() - 9 {
        if bytes[at..at + 9] == descriptor {
            bytes[at + 5..at + 9].copy_from_slice(&sides);
        }
    }
    bytes
}

#[tokio::test]
async fn too_many_scans_are_refused() {
    let plain = samples::jpeg(1000, 1000);
    let scan = plain.windows(2).position(|w| w == [0xff, 0xda]).unwrap();
    let (head, scan) = plain[..plain.len() - 2].split_at(scan);
    let scans = [&scan[..16], &[0x55]].concat().repeat(1_001);
    let bytes = [head, &scans, &[0xff, 0xd9]].concat();
    all_too_large(vec![("1,000 megapixels in all scans", bytes)]).await;
}

#[tokio::test]
async fn one_byte_too_many_is_refused_at_once() {
    let test = TestImages::new().await;
    let mut spool = test.images.spool("x.png").await.unwrap();
    let chunk = Bytes::from(vec![0; MAX_BYTES]);
    spool.write(chunk).await.unwrap();
    let result = spool.write(Bytes::from_static(&[0])).await;
    let expected = ValidationError::ImageTooLarge {
        name: "x.png".into(),
        limit: "10 MiB".into(),
    };
    assert!(matches!(result, Err(ImageError::Invalid(error)) if error == expected));
    drop(spool);
    assert!(test.files().is_empty());
}

#[tokio::test]
async fn an_error_shows_one_line_of_the_name() {
    let test = TestImages::new().await;
    let name = format!("a\r\n\0\u{1b}[31m{}", "é".repeat(10_000));
    let ValidationError::UnsupportedImage { name } = test.refusal(&name, b"x").await else {
        panic!("another error");
    };
    assert!(name.starts_with("a[31mé"));
    assert_eq!(name.chars().count(), 100);
}
