//! Accepted images and their names.

use image::ImageFormat;

use super::samples::{self, encode};
use super::{TestImages, contains, read};
use crate::images::MAX_BYTES;

#[tokio::test]
async fn formats_are_detected_by_content_not_by_name() {
    let test = TestImages::new().await;
    let cases = [
        (samples::png(8, 8), ".png", "image/png"),
        (samples::transparent_png(8, 8), ".png", "image/png"),
        (samples::jpeg(8, 8), ".jpg", "image/jpeg"),
        (samples::PROGRESSIVE.to_vec(), ".jpg", "image/jpeg"),
        (samples::lossy_webp(8, 8), ".webp", "image/webp"),
        (samples::lossless_webp(8, 8), ".webp", "image/webp"),
        (samples::animated_webp(8, 8), ".webp", "image/webp"),
        (samples::gif(8, 8, 1), ".gif", "image/gif"),
        (samples::gif(8, 8, 20), ".gif", "image/gif"),
    ];
    for (bytes, extension, content_type) in cases {
        let name = test.keep("vase.html", &bytes).await;
        assert!(
            name.starts_with("vase-") && name.ends_with(extension),
            "{name}"
        );
        let image = test.images.original(&name).await.unwrap().unwrap();
        assert_eq!(image.content_type, content_type);
        assert!(test.images.exists(&name).await.unwrap());
    }
}

#[tokio::test]
async fn png_is_accepted_in_every_depth_and_colour() {
    use image::DynamicImage;

    let test = TestImages::new().await;
    let picture = DynamicImage::from(samples::picture(9, 9));
    for image in [
        DynamicImage::from(picture.to_luma8()),
        picture.to_luma16().into(),
        picture.to_luma_alpha8().into(),
        picture.to_rgb16().into(),
        picture.to_rgba16().into(),
    ] {
        let color = image.color();
        let name = test.keep("a", &encode(image, ImageFormat::Png)).await;
        let stored = test.stored(&name).await;
        assert_eq!(image::load_from_memory(&stored).unwrap().color(), color);
    }
}

#[tokio::test]
async fn pictures_are_stored_unchanged() {
    let test = TestImages::new().await;
    for bytes in [
        samples::png(30, 20),
        samples::tagged_png(30, 20),
        samples::tagged_jpeg(30, 20, 6),
        samples::tagged_webp(30, 20),
        samples::lossless_webp(30, 20),
        samples::animated_webp(30, 20),
        samples::tagged_gif(30, 20),
    ] {
        let name = test.keep("a", &bytes).await;
        let before = image::load_from_memory(&bytes).unwrap();
        let after = image::load_from_memory(&test.stored(&name).await).unwrap();
        assert!(before == after, "{name}");
    }
}

#[tokio::test]
async fn an_animation_keeps_its_pictures_and_its_loop() {
    let test = TestImages::new().await;
    let name = test.keep("a", &samples::tagged_gif(6, 6)).await;
    let stored = test.stored(&name).await;
    assert!(contains(&stored, b"NETSCAPE2.0"));
    let mut decoder = gif::DecodeOptions::new().read_info(&stored[..]).unwrap();
    let mut delays = Vec::new();
    while let Some(frame) = decoder.read_next_frame().unwrap() {
        delays.push(frame.delay);
    }
    assert_eq!(delays, [10, 10]);
}

#[tokio::test]
async fn several_images_appear_together() {
    let test = TestImages::new().await;
    let staged = vec![
        test.stage("one.png", &samples::png(4, 4)).await.unwrap(),
        test.stage("two.png", &samples::jpeg(4, 4)).await.unwrap(),
    ];
    let expected: Vec<_> = staged.iter().map(|s| s.name().to_owned()).collect();
    for name in &expected {
        assert!(!test.images.exists(name).await.unwrap());
    }
    let published = test.images.publish(staged).await.unwrap();
    assert_eq!(published.names(), expected);
    published.keep().await.unwrap();
    let mut files = expected.clone();
    files.sort();
    assert_eq!(test.files(), files);
}

#[tokio::test]
async fn the_same_file_twice_is_two_images() {
    let test = TestImages::new().await;
    let one = test.keep("a.png", &samples::png(4, 4)).await;
    let two = test.keep("a.png", &samples::png(4, 4)).await;
    assert_ne!(one, two);
}

#[tokio::test]
async fn a_file_of_ten_mebibytes_is_accepted_and_streamed() {
    let test = TestImages::new().await;
    // Noise hardly compresses: 1,850 x 1,850 is a little under the limit.
    let mut state = 1_u32;
    let noise = image::RgbImage::from_fn(1_850, 1_850, |_, _| {
        let mut channel = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        image::Rgb([channel(), channel(), channel()])
    });
    let bytes = encode(noise, ImageFormat::Png);
    assert!(
        (MAX_BYTES - 400_000..=MAX_BYTES).contains(&bytes.len()),
        "{}",
        bytes.len()
    );
    let name = test.keep("noise.png", &bytes).await;
    let image = test.images.original(&name).await.unwrap().unwrap();
    assert_eq!(read(image).await, bytes);
}
