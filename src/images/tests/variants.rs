//! Resized variants.

use std::fs;
use std::os::unix::fs::MetadataExt;

use futures_util::future::join_all;
use image::{DynamicImage, GenericImageView, Rgba};

use super::{TestImages, read, samples};
use crate::images::Width;

async fn render(test: &TestImages, width: Width, bytes: &[u8]) -> DynamicImage {
    let name = test.keep("a", bytes).await;
    render_stored(test, width, &name).await
}

async fn render_stored(test: &TestImages, width: Width, name: &str) -> DynamicImage {
    let image = test.images.variant(width, name).await.unwrap().unwrap();
    assert_eq!(image.content_type, "image/webp");
    image::load_from_memory(&read(image).await).unwrap()
}

fn is_red(pixel: Rgba<u8>) -> bool {
    pixel[0] > 200 && pixel[2] < 80
}

#[tokio::test]
async fn every_format_is_rendered_in_both_widths() {
    let test = TestImages::new().await;
    for bytes in [
        samples::png(1000, 500),
        samples::jpeg(1000, 500),
        samples::lossy_webp(1000, 500),
        samples::lossless_webp(1000, 500),
        samples::animated_webp(1000, 500),
        samples::gif(1000, 500, 2),
    ] {
        let name = test.keep("a", &bytes).await;
        for (width, expected) in [(Width::W320, (320, 160)), (Width::W960, (960, 480))] {
            let picture = render_stored(&test, width, &name).await;
            assert_eq!(picture.dimensions(), expected);
            assert!(is_red(picture.get_pixel(20, 20)));
        }
    }
}

#[tokio::test]
async fn a_small_image_is_not_enlarged() {
    let test = TestImages::new().await;
    let picture = render(&test, Width::W960, &samples::png(50, 30)).await;
    assert_eq!(picture.dimensions(), (50, 30));
}

#[tokio::test]
async fn extreme_shapes_are_rendered() {
    let test = TestImages::new().await;
    let line = render(&test, Width::W320, &samples::png(20_000, 1)).await;
    assert_eq!(line.dimensions(), (320, 1));
    let mast = render(&test, Width::W320, &samples::png(3, 40_000)).await;
    assert_eq!(mast.dimensions(), (1, 16_383));
}

#[tokio::test]
async fn a_sideways_photograph_is_rendered_upright() {
    let test = TestImages::new().await;
    // The position of the red corner by orientation.
    let corners = [
        (1, (0, 0)),
        (2, (1, 0)),
        (3, (1, 1)),
        (4, (0, 1)),
        (5, (0, 0)),
        (6, (1, 0)),
        (7, (1, 1)),
        (8, (0, 1)),
    ];
    for (orientation, (right, low)) in corners {
        let bytes = samples::tagged_jpeg(640, 400, orientation);
        let picture = render(&test, Width::W320, &bytes).await;
        let (width, height) = picture.dimensions();
        assert_eq!(
            (width, height),
            if orientation < 5 {
                (320, 200)
            } else {
                (320, 512)
            },
            "{orientation}"
        );
        for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let pixel = picture.get_pixel(20 + x * (width - 40), 20 + y * (height - 40));
            assert_eq!(
                is_red(pixel),
                (x, y) == (right, low),
                "{orientation} {x} {y}"
            );
        }
    }
}

#[tokio::test]
async fn transparency_is_preserved() {
    let test = TestImages::new().await;
    let picture = render(&test, Width::W320, &samples::transparent_png(640, 640)).await;
    assert_eq!(picture.get_pixel(10, 10)[3], 0);
    let visible = picture.get_pixel(300, 300);
    assert!(visible[3] == 255 && visible[1] > 150);
}

#[tokio::test]
async fn the_colour_profile_is_copied() {
    let test = TestImages::new().await;
    let name = test.keep("a", &samples::tagged_jpeg(640, 640, 1)).await;
    let image = test.images.variant(Width::W320, &name).await.unwrap();
    let bytes = read(image.unwrap()).await;
    assert!(super::contains(&bytes, &samples::profile()));
    assert_eq!(
        image::load_from_memory(&bytes).unwrap().dimensions(),
        (320, 320)
    );
}

#[tokio::test]
async fn concurrent_requests_render_a_variant_once() {
    let test = TestImages::new().await;
    let name = test.keep("a", &samples::jpeg(600, 600)).await;
    let requests = (0..30).map(|_| test.images.variant(Width::W320, &name));
    let responses = join_all(requests).await;
    let path = test.path().join(format!(".variants/320/{name}.webp"));
    let inode = fs::metadata(&path).unwrap().ino();
    // A second rendering would have replaced the file.
    for response in responses {
        assert_eq!(response.unwrap().unwrap().inode(), inode);
    }
    test.images.variant(Width::W320, &name).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    assert_eq!(test.files().len(), 2);
}

#[tokio::test]
async fn unsupported_images_have_no_variant() {
    let test = TestImages::new().await;
    let truncated = &samples::jpeg(40, 40)[..300];
    for (name, bytes) in [
        (
            "old.svg",
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..],
        ),
        ("empty.png", b""),
        ("cut.jpg", truncated),
        ("bomb.png", &samples::oversized_png(12_000, 12_000)),
    ] {
        fs::write(test.path().join(name), bytes).unwrap();
        for _ in 0..2 {
            assert!(
                test.images
                    .variant(Width::W320, name)
                    .await
                    .unwrap()
                    .is_none(),
                "{name}"
            );
        }
        assert!(test.images.exists(name).await.unwrap());
    }
    // The failure is cached, so that it is not tried again.
    for name in ["old.svg", "empty.png", "cut.jpg", "bomb.png"] {
        assert!(test.files().contains(&format!(".variants/320/{name}.webp")));
    }
}

#[tokio::test]
async fn unknown_formats_are_served_by_extension() {
    let test = TestImages::new().await;
    for (name, content_type) in [
        ("old.svg", "image/svg+xml"),
        ("OLD.AVIF", "image/avif"),
        ("page.html", "application/octet-stream"),
        ("not.jpg", "application/octet-stream"),
    ] {
        fs::write(test.path().join(name), b"<script>").unwrap();
        let image = test.images.original(name).await.unwrap().unwrap();
        assert_eq!(image.content_type, content_type);
        assert_eq!(read(image).await, b"<script>");
    }
}

#[tokio::test]
async fn a_missing_image_has_no_variant() {
    let test = TestImages::new().await;
    assert!(
        test.images
            .variant(Width::W320, "none.png")
            .await
            .unwrap()
            .is_none()
    );
    assert!(test.files().is_empty());
}

#[tokio::test]
async fn variants_are_removed_with_their_image() {
    let test = TestImages::new().await;
    let name = test.keep("a", &samples::png(400, 400)).await;
    for width in Width::ALL {
        assert!(test.images.variant(width, &name).await.unwrap().is_some());
    }
    assert_eq!(test.files().len(), 3);
    test.images.remove(&name).await.unwrap();
    assert!(test.files().is_empty());
    assert!(
        test.images
            .variant(Width::W320, &name)
            .await
            .unwrap()
            .is_none()
    );
    test.images.remove(&name).await.unwrap();
}

#[test]
fn a_path_segment_is_a_width() {
    assert_eq!(Width::from_segment("320"), Some(Width::W320));
    assert_eq!(Width::from_segment("960"), Some(Width::W960));
    assert_eq!(Width::from_segment("0320"), None);
    assert_eq!(Width::from_segment("321"), None);
}
