//! Names that are paths, and things in the folder that are no files.

use std::fs;
use std::os::unix::fs::symlink;

use super::{Home, samples};
use crate::images::Width;

const EVIL: [&str; 22] = [
    "",
    ".",
    "..",
    "../secret.png",
    "..\\secret.png",
    "../../etc/passwd",
    "/etc/passwd",
    "./vase.png",
    "a/../vase.png",
    ".variants/320/vase.png.webp",
    ".journal",
    ".incoming",
    ".lock",
    "vase.png/",
    "vase.png\0",
    "vase.png\0.jpg",
    "https://shop.example/vase.png",
    "C:\\vase.png",
    "CON",
    "nul.png",
    "..%2fsecret.png",
    "....//secret.png",
];

#[tokio::test]
async fn no_path_is_opened_drawn_or_removed() {
    let home = Home::new().await;
    let outside = tempfile::tempdir_in(home.path()).unwrap();
    let secret = outside.path().join("secret.png");
    fs::write(&secret, samples::png(4, 4)).unwrap();
    fs::write(home.path().join("vase.png"), samples::png(4, 4)).unwrap();
    let inside = format!(
        "{}/secret.png",
        outside.path().file_name().unwrap().display()
    );
    let before = home.files();

    for name in EVIL
        .into_iter()
        .chain([inside.as_str(), secret.to_str().unwrap()])
    {
        assert!(!home.images.exists(name).await.unwrap(), "{name:?}");
        assert!(
            home.images.original(name).await.unwrap().is_none(),
            "{name:?}"
        );
        for width in Width::ALL {
            assert!(
                home.images.variant(width, name).await.unwrap().is_none(),
                "{name:?}"
            );
        }
        home.images.remove(name).await.unwrap();
        home.images.suspect(&[name.to_owned()]).await.unwrap();
        home.images.settle(name, false).await.unwrap();
    }
    assert_eq!(home.files(), before);
    assert!(home.images.exists("vase.png").await.unwrap());
}

#[tokio::test]
async fn links_are_not_followed() {
    let home = Home::new().await;
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.png");
    fs::write(&secret, samples::png(4, 4)).unwrap();
    symlink(&secret, home.path().join("link.png")).unwrap();
    symlink(outside.path(), home.path().join("folder.png")).unwrap();
    fs::create_dir(home.path().join("real.png")).unwrap();

    for name in ["link.png", "folder.png", "real.png"] {
        assert!(!home.images.exists(name).await.unwrap());
        assert!(home.images.original(name).await.unwrap().is_none());
        assert!(
            home.images
                .variant(Width::W320, name)
                .await
                .unwrap()
                .is_none()
        );
        home.images.remove(name).await.unwrap();
        assert!(home.path().join(name).exists());
    }
    assert!(secret.exists());
}

#[tokio::test]
async fn evil_names_are_stored_as_harmless_ones() {
    let home = Home::new().await;
    let long = "x".repeat(10_000);
    for client in
        EVIL.into_iter()
            .chain([long.as_str(), "花瓶.png", "-rf .png", "a\u{202e}gpj.exe"])
    {
        let name = home.keep(client, &samples::png(4, 4)).await;
        assert!(name.len() <= 80, "{name}");
        let harmless = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.');
        assert!(name.chars().all(harmless), "{name}");
        assert!(
            name.starts_with(|c: char| c.is_ascii_alphanumeric()),
            "{name}"
        );
        assert_eq!(name.matches('.').count(), 1, "{name}");
        assert!(home.images.exists(&name).await.unwrap());
    }
}
