//! Uploads that are refused and leave nothing behind.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::figure::figure;
use crate::fixtures::*;
use crate::test_store::TestStore;

/// The most bytes of one image.
const MAX_BYTES: usize = 10 << 20;

/// A shop and a vase whose image must survive every refused upload.
struct UploadAttempt<'a> {
    store: &'a TestStore,
    app: TestApp,
    product: Value,
}

impl<'a> UploadAttempt<'a> {
    async fn new(store: &'a TestStore) -> Self {
        let app = TestApp::start(store, &[]);
        let (product, _) = app.vase_with_image("V-1").await;
        Self {
            store,
            app,
            product,
        }
    }

    /// Asserts that files are refused and nothing has changed.
    async fn assert_refused(&self, status: u16, code: &str, files: &[(&str, &str, &[u8])]) {
        let reply = self.app.upload(id(&self.product), files).await;
        reply.problem(status, code);
        self.assert_unchanged().await;
    }

    async fn assert_unchanged(&self) {
        assert_eq!(self.app.product(&self.product).await, self.product);
        assert_eq!(self.store.uploaded_files(), thumbnails(&self.product));
    }
}

pub(crate) async fn an_upload_without_a_file_is_refused(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let bytes = png(2, 2);
    for field in ["picture", "IMG", "img[]", "", "files"] {
        attempt
            .assert_refused(400, "missing_file", &[(field, "a.png", &bytes)])
            .await;
    }
    attempt
        .assert_refused(400, "missing_file", &[("img", "", b"")])
        .await;

    let upload = format!("{}/upload", path(&attempt.product));
    let empty = "--x--\r\n";
    let form = attempt
        .app
        .post_as("multipart/form-data; boundary=x", &upload, empty)
        .await;
    form.problem(400, "missing_file");
    attempt.assert_unchanged().await;
}

pub(crate) async fn an_upload_that_is_not_multipart_is_refused(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let upload = format!("{}/upload", path(&attempt.product));
    for kind in [
        "application/json",
        "image/png",
        "text/plain",
        "multipart/form-data",
        "x",
    ] {
        let reply = attempt
            .app
            .post_as(kind, &upload, png(2, 2))
            .await
            .expect(400);
        let code = serde_json::from_slice::<Value>(&reply.bytes).expect("JSON")["code"].clone();
        let known = ["missing_file", "bad_body"].contains(&code.as_str().expect("a code"));
        assert!(known, "{kind}: {code}");
        attempt.assert_unchanged().await;
    }
    let bare = attempt.app.request("POST", &upload);
    crate::reply::Reply::to(bare)
        .await
        .problem(400, "missing_file");
}

pub(crate) async fn an_upload_cut_short_is_refused(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let upload = format!("{}/upload", path(&attempt.product));
    let mut body =
        b"--x\r\nContent-Disposition: form-data; name=\"img\"; filename=\"a.png\"\r\n\r\n".to_vec();
    body.extend(png(20, 20));
    for end in [&b""[..], b"\r\n--x", b"\r\n--y--\r\n"] {
        let cut = [&body[..], end].concat();
        let reply = attempt
            .app
            .post_as("multipart/form-data; boundary=x", &upload, cut)
            .await;
        reply.problem(400, "bad_body");
        attempt.assert_unchanged().await;
    }
}

pub(crate) async fn files_that_are_not_images_are_refused(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let whole = png(40, 40);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>";
    let html = b"<!doctype html><script>alert(1)</script>";
    for bytes in [
        &b"hello"[..],
        svg,
        html,
        b"",
        b"GIF89a=1;alert(1)//",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18\0",
        b"%PDF-1.4",
        &whole[..whole.len() / 2],
        &flipped,
        &png_header(100, 100),
    ] {
        attempt
            .assert_refused(415, "unsupported_image", &[("img", "a.png", bytes)])
            .await;
    }
    figure(
        "X11",
        "13 files that are not images, polyglots among them: 415, nothing left",
    );
}

pub(crate) async fn one_bad_image_refuses_the_good_ones(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let (good, bad) = (png(20, 20), b"hello");
    for files in [
        [("img", "a.png", &good[..]), ("img", "b.png", &bad[..])],
        [("img", "a.png", &bad[..]), ("img", "b.png", &good[..])],
    ] {
        attempt
            .assert_refused(415, "unsupported_image", &files)
            .await;
    }
}

pub(crate) async fn too_many_bytes_are_refused(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let mut large = png(20, 20);
    large.resize(MAX_BYTES + 1, 0);
    let good = png(20, 20);
    let files = [("img", "a.png", &good[..]), ("img", "large.png", &large)];
    attempt.assert_refused(413, "too_large", &files).await;
    // A large part that is not an image is bounded too.
    let files = [("note", "large.txt", &large[..]), ("img", "a.png", &good)];
    attempt.assert_refused(413, "too_large", &files).await;
    figure("X11", "10 MiB and a byte: 413, nothing left");
}

pub(crate) async fn too_many_pixels_are_refused(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    for (width, height) in [
        (12_000, 12_000),
        (65_535, 65_535),
        (40_000_001, 1),
        (8_000, 5_001),
    ] {
        let huge = png_header(width, height);
        attempt
            .assert_refused(413, "too_large", &[("img", "bomb.png", &huge)])
            .await;
    }
    figure(
        "X11",
        "headers of 12,000 x 12,000 and 65,535 x 65,535 pixels: 413 before decoding",
    );
}

pub(crate) async fn too_many_images_are_refused(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let bytes = png(2, 2);
    let files = vec![("img", "a.png", &bytes[..]); 20];
    let reply = attempt.app.upload(id(&attempt.product), &files).await;
    // The product already has one.
    reply.problem(400, "validation");
    attempt.assert_unchanged().await;
    attempt
        .assert_refused(413, "too_large", &vec![("img", "a.png", &bytes[..]); 21])
        .await;
    attempt
        .assert_refused(413, "too_large", &vec![("note", "a.txt", &b"x"[..]); 101])
        .await;
    let reply = attempt.app.upload(id(&attempt.product), &files[..19]).await;
    assert_eq!(thumbnails(&reply.expect(202).payload()).len(), 20);
    figure("X11", "21 images, 101 parts: 413, nothing left");
}

pub(crate) async fn an_unknown_product_gets_no_image(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let bytes = png(2, 2);
    let files = [("img", "a.png", &bytes[..])];
    attempt
        .app
        .upload(UNKNOWN, &files)
        .await
        .problem(404, "not_found");
    let deleted = attempt.app.vase("V-2").await;
    attempt.app.delete(&path(&deleted)).await.done();
    attempt
        .app
        .upload(id(&deleted), &files)
        .await
        .problem(404, "not_found");
    attempt.assert_unchanged().await;
}

pub(crate) async fn an_unknown_thumbnail_removes_nothing(store: &TestStore) {
    let attempt = UploadAttempt::new(store).await;
    let (_, other) = attempt.app.vase_with_image("V-2").await;
    for name in [
        &other[..],
        "missing.png",
        "..%2F..%2Fshop.db",
        ".lock",
        "%00",
        "$ne",
    ] {
        let picture = format!("{}/thumbnails/{name}", path(&attempt.product));
        attempt.app.delete(&picture).await.problem(404, "not_found");
    }
    assert_eq!(attempt.app.product(&attempt.product).await, attempt.product);
    let mut all = thumbnails(&attempt.product);
    all.push(other);
    all.sort();
    assert_eq!(store.uploaded_files(), all);
}

pub(crate) async fn a_disconnected_client_leaves_nothing(store: &TestStore) {
    use std::io::Write;

    let attempt = UploadAttempt::new(store).await;
    let address = attempt.app.address();
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let head = format!(
        "POST {}/upload HTTP/1.1\r\nHost: {address}\r\nContent-Type: multipart/form-data; \
         boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\nContent-Disposition: form-data; \
         name=\"img\"; filename=\"a.png\"\r\n\r\n",
        path(&attempt.product)
    );
    stream.write_all(head.as_bytes()).expect("a request");
    stream.write_all(&png(200, 200)).expect("some bytes");
    // The client disconnects while the file is spooled; the stop waits for the request.
    let is_spooled = || {
        store
            .uploaded_files()
            .iter()
            .any(|name| name.ends_with(".part"))
    };
    while !is_spooled() {
        attempt.app.get("/healthz").await.expect(200);
    }
    drop(stream);
    let UploadAttempt { app, product, .. } = attempt;
    drop(app);
    assert_eq!(store.uploaded_files(), thumbnails(&product));
    let app = TestApp::start(store, &[]);
    assert_eq!(
        app.product(&json!({ "_id": product["_id"] })).await,
        product
    );
}
