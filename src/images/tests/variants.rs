//! The smaller versions.

use std::fs;
use std::os::unix::fs::MetadataExt;

use futures_util::future::join_all;
use image::{DynamicImage, GenericImageView, Rgba};

use super::{Home, read, samples};
use crate::images::Width;

async fn draw(home: &Home, width: Width, bytes: &[u8]) -> DynamicImage {
    let name = home.keep("a", bytes).await;
    draw_kept(home, width, &name).await
}

async fn draw_kept(home: &Home, width: Width, name: &str) -> DynamicImage {
    let image = home.images.variant(width, name).await.unwrap().unwrap();
    assert_eq!(image.content_type(), "image/webp");
    image::load_from_memory(&read(image).await).unwrap()
}

fn is_red(pixel: Rgba<u8>) -> bool {
    pixel[0] > 200 && pixel[2] < 80
}

#[tokio::test]
async fn every_kind_is_drawn_in_both_widths() {
    let home = Home::new().await;
    for bytes in [
        samples::png(1000, 500),
        samples::jpeg(1000, 500),
        samples::lossy_webp(1000, 500),
        samples::lossless_webp(1000, 500),
        samples::animated_webp(1000, 500),
        samples::gif(1000, 500, 2),
    ] {
        let name = home.keep("a", &bytes).await;
        for (width, expected) in [(Width::W320, (320, 160)), (Width::W960, (960, 480))] {
            let picture = draw_kept(&home, width, &name).await;
            assert_eq!(picture.dimensions(), expected);
            assert!(is_red(picture.get_pixel(20, 20)));
        }
    }
}

#[tokio::test]
async fn a_small_image_is_not_enlarged() {
    let home = Home::new().await;
    let picture = draw(&home, Width::W960, &samples::png(50, 30)).await;
    assert_eq!(picture.dimensions(), (50, 30));
}

#[tokio::test]
async fn extreme_shapes_are_drawn() {
    let home = Home::new().await;
    let line = draw(&home, Width::W320, &samples::png(20_000, 1)).await;
    assert_eq!(line.dimensions(), (320, 1));
    let mast = draw(&home, Width::W320, &samples::png(3, 40_000)).await;
    assert_eq!(mast.dimensions(), (1, 16_383));
}

#[tokio::test]
async fn a_lying_photograph_is_drawn_upright() {
    let home = Home::new().await;
    // The red corner, by the turn that brings the picture upright.
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
    for (turn, (right, low)) in corners {
        let bytes = samples::talkative_jpeg(640, 400, turn);
        let picture = draw(&home, Width::W320, &bytes).await;
        let (width, height) = picture.dimensions();
        assert_eq!(
            (width, height),
            if turn < 5 { (320, 200) } else { (320, 512) },
            "{turn}"
        );
        for (x, y) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let pixel = picture.get_pixel(20 + x * (width - 40), 20 + y * (height - 40));
            assert_eq!(is_red(pixel), (x, y) == (right, low), "{turn} {x} {y}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_seen_stays_so() {
    let home = Home::new().await;
    let picture = draw(&home, Width::W320, &samples::clear_png(640, 640)).await;
    assert_eq!(picture.get_pixel(10, 10)[3], 0);
    let seen = picture.get_pixel(300, 300);
    assert!(seen[3] == 255 && seen[1] > 150);
}

#[tokio::test]
async fn the_colour_profile_comes_along() {
    let home = Home::new().await;
    let name = home.keep("a", &samples::talkative_jpeg(640, 640, 1)).await;
    let image = home.images.variant(Width::W320, &name).await.unwrap();
    let bytes = read(image.unwrap()).await;
    assert!(super::contains(&bytes, &samples::profile()));
    assert_eq!(
        image::load_from_memory(&bytes).unwrap().dimensions(),
        (320, 320)
    );
}

#[tokio::test]
async fn a_variant_is_drawn_once_for_all_who_wait() {
    let home = Home::new().await;
    let name = home.keep("a", &samples::jpeg(600, 600)).await;
    let asked = (0..30).map(|_| home.images.variant(Width::W320, &name));
    let answers = join_all(asked).await;
    let path = home.path().join(format!(".variants/320/{name}.webp"));
    let inode = fs::metadata(&path).unwrap().ino();
    // A second drawing would have put another file into its place.
    for answer in answers {
        assert_eq!(answer.unwrap().unwrap().inode(), inode);
    }
    home.images.variant(Width::W320, &name).await.unwrap();
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    assert_eq!(home.files().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_drawn_has_no_variant() {
    let home = Home::new().await;
    let truncated = &samples::jpeg(40, 40)[..300];
    for (name, bytes) in [
        (
            "old.svg",
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..],
        ),
        ("empty.png", b""),
        ("cut.jpg", truncated),
        ("bomb.png", &samples::lying_png(12_000, 12_000)),
    ] {
        fs::write(home.path().join(name), bytes).unwrap();
        for _ in 0..2 {
            assert!(
                home.images
                    .variant(Width::W320, name)
                    .await
                    .unwrap()
                    .is_none(),
                "{name}"
            );
        }
        assert!(home.images.exists(name).await.unwrap());
    }
    // Each is remembered, so that it is not tried over and over.
    for name in ["old.svg", "empty.png", "cut.jpg", "bomb.png"] {
        assert!(home.files().contains(&format!(".variants/320/{name}.webp")));
    }
}

#[tokio::test]
async fn originals_of_older_programs_are_served_by_ending() {
    let home = Home::new().await;
    for (name, content_type) in [
        ("old.svg", "image/svg+xml"),
        ("OLD.AVIF", "image/avif"),
        ("page.html", "application/octet-stream"),
        ("not.jpg", "application/octet-stream"),
    ] {
        fs::write(home.path().join(name), b"<script>").unwrap();
        let image = home.images.original(name).await.unwrap().unwrap();
        assert_eq!(image.content_type(), content_type);
        assert_eq!(read(image).await, b"<script>");
    }
}

#[tokio::test]
async fn a_missing_image_has_no_variant() {
    let home = Home::new().await;
    assert!(
        home.images
            .variant(Width::W320, "none.png")
            .await
            .unwrap()
            .is_none()
    );
    assert!(home.files().is_empty());
}

#[tokio::test]
async fn variants_go_with_their_image() {
    let home = Home::new().await;
    let name = home.keep("a", &samples::png(400, 400)).await;
    for width in Width::ALL {
        assert!(home.images.variant(width, &name).await.unwrap().is_some());
    }
    assert_eq!(home.files().len(), 3);
    home.images.remove(&name).await.unwrap();
    assert!(home.files().is_empty());
    assert!(
        home.images
            .variant(Width::W320, &name)
            .await
            .unwrap()
            .is_none()
    );
    home.images.remove(&name).await.unwrap();
}

#[test]
fn a_path_names_a_width() {
    assert_eq!(Width::from_segment("320"), Some(Width::W320));
    assert_eq!(Width::from_segment("960"), Some(Width::W960));
    assert_eq!(Width::from_segment("0320"), None);
    assert_eq!(Width::from_segment("321"), None);
}
