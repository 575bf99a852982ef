//! Images are served in full and small sizes, only as images, and only from the upload folder.

use crate::app::TestApp;
use crate::figure::figure;
use crate::fixtures::*;
use crate::test_store::TestStore;

/// Content of a file beside the uploads, which must not be served.
const SECRET: &str = "the secret beside the uploads";

pub(crate) async fn variants_are_small_webp_images(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let file = ("img", "wide.png", &png(2000, 1000)[..]);
    let reply = app.upload(id(&product), &[file]).await.expect(202);
    let name = thumbnails(&reply.payload()).pop().expect("a name");
    for width in [320, 960] {
        for _ in 0..2 {
            let path = format!("/uploads/{width}/{name}.webp");
            let served = app.get(&path).await.expect(200);
            assert_eq!(served.header("content-type"), "image/webp");
            let shown = image::load_from_memory(&served.bytes).expect("an image");
            assert_eq!((shown.width(), shown.height()), (width, width / 2));
        }
    }
    // They are cached, so that each is made once.
    assert_eq!(store.uploaded_files().len(), 3);
    for path in [
        format!("/uploads/640/{name}.webp"),
        format!("/uploads/320/{name}"),
        format!("/uploads/320/{name}.png"),
        format!("/uploads/0320/{name}.webp"),
        "/uploads/320/missing.png.webp".to_owned(),
    ] {
        app.get(&path).await.problem(404, "not_found");
    }
    assert_eq!(store.uploaded_files().len(), 3);
}

pub(crate) async fn parallel_requests_for_a_variant_get_the_same_bytes(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (_, name) = app.vase_with_image("V-1").await;
    let path = format!("/uploads/320/{name}.webp");
    let replies = futures_util::future::join_all((0..8).map(|_| app.get(&path))).await;
    let first = replies[0].bytes.clone();
    for reply in replies {
        assert_eq!(reply.expect(200).bytes, first);
    }
}

pub(crate) async fn images_are_served_as_cacheable_data(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (_, name) = app.vase_with_image("V-1").await;
    for path in [
        format!("/uploads/{name}"),
        format!("/uploads/320/{name}.webp"),
    ] {
        let served = app.get(&path).await.expect(200);
        assert_eq!(served.header("x-content-type-options"), "nosniff");
        let policy = served.header("content-security-policy");
        assert_eq!(policy, "default-src 'none'; sandbox");
        let cache = served.header("cache-control");
        assert_eq!(cache, "public, max-age=31536000, immutable");
        let length = served.bytes.len().to_string();
        assert_eq!(served.header("content-length"), length);
    }
    figure("X11", "served with nosniff and default-src 'none'; sandbox");
}

pub(crate) async fn no_path_escapes_the_folders(store: &TestStore) {
    let folder = store.folder();
    std::fs::write(folder.join("secret.png"), SECRET).expect("a file");
    std::fs::create_dir_all(store.uploads()).expect("a folder");
    std::fs::write(store.uploads().join(".hidden.png"), SECRET).expect("a file");
    let link = store.uploads().join("link.png");
    std::os::unix::fs::symlink(folder.join("secret.png"), link).expect("a link");

    let app = TestApp::start(store, &[]);
    let absolute = folder.join("secret.png").display().to_string();
    for target in [
        "/uploads/../secret.png",
        "/uploads/./../secret.png",
        "/uploads/%2e%2e/secret.png",
        "/uploads/..%2fsecret.png",
        "/uploads/..%2Fsecret.png",
        "/uploads/%2e%2e%2fsecret.png",
        "/uploads/..%252fsecret.png",
        "/uploads/..\\secret.png",
        "/uploads/..%5csecret.png",
        "/uploads/320/../../secret.png",
        "/uploads/320/..%2f..%2f..%2fsecret.png.webp",
        "/uploads/..%2f..%2fsecret.png/x.webp",
        "/uploads/secret.png%00.png",
        "/uploads/%00",
        "/uploads/.hidden.png",
        "/uploads/link.png",
        "/uploads/320/link.png.webp",
        "/uploads//secret.png",
        "/uploads/%c0%ae%c0%ae/secret.png",
        "/uploads/",
        "/uploads",
        "/uploads/.",
        "/uploads/.lock",
        "/uploads/.journal",
        "/public/../secret.png",
        "/public/..%2f..%2fCargo.toml",
        "/public/%2e%2e/Cargo.toml",
        "/public/",
        "/public/..",
        "/public/shop.js/..",
        "/../../../etc/passwd",
        &format!("/uploads/{absolute}"),
        &format!("/uploads/{}", absolute.replace('/', "%2f")),
        &format!("/public/{}", absolute.replace('/', "%2f")),
        &format!("/uploads/file:%2f%2f{absolute}"),
    ] {
        let answer = app.raw_get(target);
        let status = answer.split(' ').nth(1);
        assert!(matches!(status, Some("404" | "400")), "{target}: {answer}");
        for content in [SECRET, "[package]", "root:"] {
            assert!(!answer.contains(content), "{target}: {answer}");
        }
    }
    figure(
        "X10",
        "34 paths out of /uploads and /public: 404 or 400, nothing of the secret",
    );
}

pub(crate) async fn an_upload_is_never_a_page(store: &TestStore) {
    std::fs::create_dir_all(store.uploads()).expect("a folder");
    let page = "<script>alert(1)</script>";
    for name in ["page.html", "page.svg", "page.js", "page"] {
        std::fs::write(store.uploads().join(name), page).expect("a file");
    }
    let app = TestApp::start(store, &[]);
    for name in ["page.html", "page.svg", "page.js", "page"] {
        let served = app.get(&format!("/uploads/{name}")).await;
        let kind = served.header("content-type");
        let runs = ["html", "javascript"]
            .iter()
            .any(|word| kind.contains(word));
        assert!(!runs, "{name}: {kind}");
        if served.status == 200 {
            assert_eq!(
                served.header("content-security-policy"),
                "default-src 'none'; sandbox"
            );
            assert_eq!(served.header("x-content-type-options"), "nosniff");
        }
    }
}
