//! What is taken out of a file, and what stays.

use image::ImageDecoder;
use image::ImageReader;
use image::metadata::Orientation;
use std::io::Cursor;

use super::samples::{self, SECRET};
use super::{Home, contains};

fn orientation(bytes: &[u8]) -> Orientation {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut decoder = reader.unwrap().into_decoder().unwrap();
    decoder.orientation().unwrap()
}

#[tokio::test]
async fn places_comments_and_hidden_data_go() {
    let home = Home::new().await;
    for bytes in [
        samples::talkative_jpeg(20, 10, 6),
        samples::talkative_png(20, 10),
        samples::talkative_webp(20, 10),
        samples::talkative_gif(20, 10),
    ] {
        assert!(contains(&bytes, SECRET));
        let name = home.keep("a", &bytes).await;
        let stored = home.stored(&name).await;
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
    let home = Home::new().await;
    for turn in 2..=8 {
        let name = home.keep("a", &samples::talkative_jpeg(20, 10, turn)).await;
        let expected = Orientation::from_exif(turn).unwrap();
        assert_eq!(orientation(&home.stored(&name).await), expected);
    }
    for bytes in [
        samples::talkative_png(20, 10),
        samples::talkative_webp(20, 10),
    ] {
        let name = home.keep("a", &bytes).await;
        assert_eq!(
            orientation(&home.stored(&name).await),
            Orientation::Rotate90,
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_upright_photograph_has_no_exif_at_all() {
    let home = Home::new().await;
    let name = home.keep("a", &samples::talkative_jpeg(20, 10, 1)).await;
    assert!(!contains(&home.stored(&name).await, b"Exif"));
}

#[tokio::test]
async fn the_colour_profile_stays() {
    let home = Home::new().await;
    let name = home.keep("a", &samples::talkative_jpeg(20, 10, 1)).await;
    assert!(contains(&home.stored(&name).await, &samples::profile()));
}

#[tokio::test]
async fn a_stripped_image_is_stripped_of_nothing_more() {
    let home = Home::new().await;
    for bytes in [
        samples::talkative_jpeg(20, 10, 6),
        samples::talkative_png(20, 10),
        samples::talkative_webp(20, 10),
        samples::talkative_gif(20, 10),
        samples::animated_webp(20, 10),
    ] {
        let once = home.stored(&home.keep("a", &bytes).await).await;
        let twice = home.stored(&home.keep("a", &once).await).await;
        assert!(once == twice);
    }
}
