//! Images that take much memory to decode.

use std::io::Cursor;

use futures_util::future::join_all;
use image::{DynamicImage, ImageFormat, RgbImage, Rgba, RgbaImage};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::fixtures::*;
use crate::program::{Program, status};
use crate::test_store::TestStore;

/// Megapixels and side length. Images over 10 megapixels are decoded one at a time, others two at a
/// time. `VITRINA_LARGEST_IMAGES` selects the largest ones, which take a minute.
const SIDES: [(&str, u32); 2] = [("4.8", 2_200), ("39.9", 6_320)];
/// Memory that images may take above the idle level, in MB.
const MAX_RISE: i64 = 512;

fn encoded(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let image: DynamicImage = image.into();
    image.write_to(&mut bytes, format).expect("an image");
    bytes.into_inner()
}

/// The most expensive kind to decode: colours and transparency are decoded separately.
fn lossy_with_alpha(side: u32) -> Vec<u8> {
    let image = RgbaImage::from_fn(side, side, |x, y| Rgba([x as u8, 9, 9, (x ^ y) as u8]));
    let encoder = webp::Encoder::from_rgba(&image, side, side);
    encoder.encode(1.0).to_vec()
}

#[test]
fn parallel_large_images_use_bounded_memory() {
    let is_long_run = std::env::var_os("VITRINA_LARGEST_IMAGES").is_some();
    let (pixels, side) = SIDES[usize::from(is_long_run)];
    let store = TestStore::sqlite();
    let program = Program::start(&store, &["--rate-limits", "off", "--workers", "2"]);
    let app = TestApp::at(program.address());
    let lossless = encoded(RgbImage::new(side, side), ImageFormat::WebP);
    let lossy = lossy_with_alpha(side);
    let images = [&lossy, &lossless, &lossy, &lossless];
    runtime().block_on(async {
        let product = app.vase("V-1").await;
        let idle = status(program.pid(), "VmRSS:");
        let uploads = images.iter().map(async |bytes| {
            let file = [("img", "a", &bytes[..])];
            app.upload(id(&product), &file).await.expect(202)
        });
        join_all(uploads).await;
        let rise = (status(program.pid(), "VmHWM:") - idle) >> 10;
        assert!(rise <= MAX_RISE, "{rise} MB");
        let count = images.len();
        figure(
            "X11",
            format_args!(
                "{count} images of {pixels} megapixels uploaded at once: memory at most +{rise} MB"
            ),
        );
    });
}
