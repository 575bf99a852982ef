//! Names that are paths, and directory entries that are not files.

use std::fs;
use std::os::unix::fs::symlink;

use super::{TestImages, samples};
use crate::images::Width;

const HOSTILE: [&str; 22] = [
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
async fn paths_are_never_opened_rendered_or_removed() {
    let test = TestImages::new().await;
    let outside = tempfile::tempdir_in(test.path()).unwrap();
    let secret = outside.path().join("secret.png");
    fs::write(&secret, samples::png(4, 4)).unwrap();
    fs::write(test.path().join("vase.png"), samples::png(4, 4)).unwrap();
    let inside = format!(
        "{}/secret.png",
        outside.path().file_name().unwrap().display()
    );
    let before = test.files();

    for name in HOSTILE
        .into_iter()
        .chain([inside.as_str(), secret.to_str().unwrap()])
    {
        assert!(!test.images.exists(name).await.unwrap(), "{name:?}");
        assert!(
            test.images.original(name).await.unwrap().is_none(),
            "{name:?}"
        );
        for width in Width::ALL {
            assert!(
                test.images.variant(width, name).await.unwrap().is_none(),
                "{name:?}"
            );
        }
        test.images.remove(name).await.unwrap();
        test.images.journal_mark(&[name.to_owned()]).await.unwrap();
        test.images.resolve(name, false).await.unwrap();
    }
    assert_eq!(test.files(), before);
    assert!(test.images.exists("vase.png").await.unwrap());
}

#[tokio::test]
async fn links_are_not_followed() {
    let test = TestImages::new().await;
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.png");
    fs::write(&secret, samples::png(4, 4)).unwrap();
    symlink(&secret, test.path().join("link.png")).unwrap();
    symlink(outside.path(), test.path().join("folder.png")).unwrap();
    fs::create_dir(test.path().join("real.png")).unwrap();

    for name in ["link.png", "folder.png", "real.png"] {
        assert!(!test.images.exists(name).await.unwrap());
        assert!(test.images.original(name).await.unwrap().is_none());
        assert!(
            test.images
                .variant(Width::W320, name)
                .await
                .unwrap()
                .is_none()
        );
        test.images.remove(name).await.unwrap();
        assert!(test.path().join(name).exists());
    }
    assert!(secret.exists());
}

#[tokio::test]
async fn hostile_names_are_stored_as_safe_ones() {
    let test = TestImages::new().await;
    let long = "x".repeat(10_000);
    for client in
        HOSTILE
            .into_iter()
            .chain([long.as_str(), "花瓶.png", "-rf .png", "a\u{202e}gpj.exe"])
    {
        let name = test.keep(client, &samples::png(4, 4)).await;
        assert!(name.len() <= 80, "{name}");
        let is_safe = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.');
        assert!(name.chars().all(is_safe), "{name}");
        assert!(
            name.starts_with(|c: char| c.is_ascii_alphanumeric()),
            "{name}"
        );
        assert_eq!(name.matches('.').count(), 1, "{name}");
        assert!(test.images.exists(&name).await.unwrap());
    }
}
