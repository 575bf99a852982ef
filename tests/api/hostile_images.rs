//! Images made to cost much: what they may cost the shop in memory.

use std::io::Cursor;

use futures_util::future::join_all;
use image::{DynamicImage, ImageFormat, RgbImage, Rgba, RgbaImage};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::goods::*;
use crate::place::Place;
use crate::program::{Program, status};

/// Pictures of more than 10 megapixels are decoded one at a time, all others two at a time.
/// `VITRINA_LARGEST_IMAGES` asks for the largest of the former, which take a minute.
const SIDES: [(&str, u32); 2] = [("4.8", 2_200), ("39.9", 6_320)];
/// What images may cost beyond what an idle shop holds, in MB.
const MOST: i64 = 512;

fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture: DynamicImage = picture.into();
    picture.write_to(&mut bytes, format).expect("an image");
    bytes.into_inner()
}

/// The kind that takes a decoder the most: colours and transparency are decoded apart.
fn lossy_with_alpha(side: u32) -> Vec<u8> {
    let picture = RgbaImage::from_fn(side, side, |x, y| Rgba([x as u8, 9, 9, (x ^ y) as u8]));
    let encoder = webp::Encoder::from_rgba(&picture, side, side);
    encoder.encode(1.0).to_vec()
}

#[test]
fn the_largest_images_at_once_cost_a_bounded_amount() {
    let is_long = std::env::var_os("VITRINA_LARGEST_IMAGES").is_some();
    let (pixels, side) = SIDES[usize::from(is_long)];
    let place = Place::sqlite();
    let program = Program::start(&place, &["--rate-limits", "off", "--workers", "2"]);
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
        assert!(rise <= MOST, "{rise} MB");
        let count = images.len();
        figure(
            "X11",
            format_args!(
                "{count} images of {pixels} megapixels uploaded at once: memory at most +{rise} MB"
            ),
        );
    });
}
