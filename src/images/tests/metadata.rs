//! Removed and preserved metadata.

use image::ImageDecoder;
use image::ImageReader;
use image::metadata::Orientation;
use std::io::Cursor;

use super::samples::{self, SECRET};
use super::{TestImages, contains};

fn orientation(bytes: &[u8]) -> Orientation {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut decoder = reader.unwrap().into_decoder().unwrap();
    decoder.orientation().unwrap()
}

#[tokio::test]
async fn places_comments_and_hidden_data_are_removed() {
    let test = TestImages::new().await;
    for bytes in [
        samples::tagged_jpeg(20, 10, 6),
        samples::tagged_png(20, 10),
        samples::tagged_webp(20, 10),
        samples::tagged_gif(20, 10),
    ] {
        assert!(contains(&bytes, SECRET));
        let name = test.keep("a", &bytes).await;
        let stored = test.stored(&name).await;
        for hidden in [
            SECRET,
            b"alert(1)",
            b"xap",
            b"Photoshop",
            b"XMP",
            b"Comment",
        ] {
            assert!(!contains(&stored, hidden), "{name}");
        }
    }
}

#[tokio::test]
async fn the_orientation_stays() {
    let test = TestImages::new().await;
    for value in 2..=8 {
        let name = test.keep("a", &samples::tagged_jpeg(20, 10, value)).await;
        let expected = Orientation::from_exif(value).unwrap();
        assert_eq!(orientation(&test.stored(&name).await), expected);
    }
    for bytes in [samples::tagged_png(20, 10), samples::tagged_webp(20, 10)] {
        let name = test.keep("a", &bytes).await;
        assert_eq!(
            orientation(&test.stored(&name).await),
            Orientation::Rotate90,
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_upright_photograph_has_no_exif() {
    let test = TestImages::new().await;
    let name = test.keep("a", &samples::tagged_jpeg(20, 10, 1)).await;
    assert!(!contains(&test.stored(&name).await, b"Exif"));
}

#[tokio::test]
async fn the_colour_profile_stays() {
    let test = TestImages::new().await;
    let name = test.keep("a", &samples::tagged_jpeg(20, 10, 1)).await;
    assert!(contains(&test.stored(&name).await, &samples::profile()));
}

#[tokio::test]
async fn stripping_twice_changes_nothing() {
    let test = TestImages::new().await;
    for bytes in [
        samples::tagged_jpeg(20, 10, 6),
        samples::tagged_png(20, 10),
        samples::tagged_webp(20, 10),
        samples::tagged_gif(20, 10),
        samples::animated_webp(20, 10),
    ] {
        let once = test.stored(&test.keep("a", &bytes).await).await;
        let twice = test.stored(&test.keep("a", &once).await).await;
        assert!(once == twice);
    }
}
