//! Uploads that are not taken, and that nothing of them is left.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::figure::figure;
use crate::goods::*;
use crate::place::Place;

/// The most bytes of one image.
const MAX_BYTES: usize = 10 << 20;

/// A shop, a vase, and a picture that must outlive every refusal.
struct Refuser<'a> {
    place: &'a Place,
    app: TestApp,
    product: Value,
}

impl<'a> Refuser<'a> {
    async fn new(place: &'a Place) -> Self {
        let app = TestApp::start(place, &[]);
        let (product, _) = app.pictured_vase("V-1").await;
        Self {
            place,
            app,
            product,
        }
    }

    /// Files are refused, and nothing has changed.
    async fn refuse(&self, status: u16, code: &str, files: &[(&str, &str, &[u8])]) {
        let reply = self.app.upload(id(&self.product), files).await;
        reply.problem(status, code);
        self.assert_unchanged().await;
    }

    async fn assert_unchanged(&self) {
        assert_eq!(self.app.product(&self.product).await, self.product);
        assert_eq!(self.place.uploaded_files(), thumbnails(&self.product));
    }
}

pub(crate) async fn an_upload_without_a_file_is_refused(place: &Place) {
    let refuser = Refuser::new(place).await;
    let bytes = png(2, 2);
    for field in ["picture", "IMG", "img[]", "", "files"] {
        refuser
            .refuse(400, "missing_file", &[(field, "a.png", &bytes)])
            .await;
    }
    refuser
        .refuse(400, "missing_file", &[("img", "", b"")])
        .await;

    let upload = format!("{}/upload", path(&refuser.product));
    let empty = "--x--\r\n";
    let form = refuser
        .app
        .post_as("multipart/form-data; boundary=x", &upload, empty)
        .await;
    form.problem(400, "missing_file");
    refuser.assert_unchanged().await;
}

pub(crate) async fn an_upload_that_is_no_multipart_is_refused(place: &Place) {
    let refuser = Refuser::new(place).await;
    let upload = format!("{}/upload", path(&refuser.product));
    for kind in [
        "application/json",
        "image/png",
        "text/plain",
        "multipart/form-data",
        "x",
    ] {
        let reply = refuser
            .app
            .post_as(kind, &upload, png(2, 2))
            .await
            .expect(400);
        let code = serde_json::from_slice::<Value>(&reply.bytes).expect("JSON")["code"].clone();
        let known = ["missing_file", "bad_body"].contains(&code.as_str().expect("a code"));
        assert!(known, "{kind}: {code}");
        refuser.assert_unchanged().await;
    }
    let bare = refuser.app.request("POST", &upload);
    crate::reply::Reply::to(bare)
        .await
        .problem(400, "missing_file");
}

pub(crate) async fn an_upload_cut_short_is_refused(place: &Place) {
    let refuser = Refuser::new(place).await;
    let upload = format!("{}/upload", path(&refuser.product));
    let mut body =
        b"--x\r\nContent-Disposition: form-data; name=\"img\"; filename=\"a.png\"\r\n\r\n".to_vec();
    body.extend(png(20, 20));
    for end in [&b""[..], b"\r\n--x", b"\r\n--y--\r\n"] {
        let cut = [&body[..], end].concat();
        let reply = refuser
            .app
            .post_as("multipart/form-data; boundary=x", &upload, cut)
            .await;
        reply.problem(400, "bad_body");
        refuser.assert_unchanged().await;
    }
}

pub(crate) async fn what_is_no_image_is_refused(place: &Place) {
    let refuser = Refuser::new(place).await;
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
        refuser
            .refuse(415, "unsupported_image", &[("img", "a.png", bytes)])
            .await;
    }
    figure(
        "X11",
        "13 files that are no images, polyglots among them: 415, nothing left",
    );
}

pub(crate) async fn one_bad_image_refuses_the_good_ones(place: &Place) {
    let refuser = Refuser::new(place).await;
    let (good, bad) = (png(20, 20), b"hello");
    for files in [
        [("img", "a.png", &good[..]), ("img", "b.png", &bad[..])],
        [("img", "a.png", &bad[..]), ("img", "b.png", &good[..])],
    ] {
        refuser.refuse(415, "unsupported_image", &files).await;
    }
}

pub(crate) async fn too_many_bytes_are_refused(place: &Place) {
    let refuser = Refuser::new(place).await;
    let mut large = png(20, 20);
    large.resize(MAX_BYTES + 1, 0);
    let good = png(20, 20);
    let files = [("img", "a.png", &good[..]), ("img", "large.png", &large)];
    refuser.refuse(413, "too_large", &files).await;
    // A large part that is no image is not read without end either.
    let files = [("note", "large.txt", &large[..]), ("img", "a.png", &good)];
    refuser.refuse(413, "too_large", &files).await;
    figure("X11", "10 MiB and a byte: 413, nothing left");
}

pub(crate) async fn too_many_pixels_are_refused(place: &Place) {
    let refuser = Refuser::new(place).await;
    for (width, height) in [
        (12_000, 12_000),
        (65_535, 65_535),
        (40_000_001, 1),
        (8_000, 5_001),
    ] {
        let bomb = png_header(width, height);
        refuser
            .refuse(413, "too_large", &[("img", "bomb.png", &bomb)])
            .await;
    }
    figure(
        "X11",
        "headers of 12,000 x 12,000 and 65,535 x 65,535 pixels: 413 before decoding",
    );
}

pub(crate) async fn too_many_images_are_refused(place: &Place) {
    let refuser = Refuser::new(place).await;
    let bytes = png(2, 2);
    let files = vec![("img", "a.png", &bytes[..]); 20];
    let reply = refuser.app.upload(id(&refuser.product), &files).await;
    // The product has one already.
    reply.problem(400, "validation");
    refuser.assert_unchanged().await;
    refuser
        .refuse(413, "too_large", &vec![("img", "a.png", &bytes[..]); 21])
        .await;
    refuser
        .refuse(413, "too_large", &vec![("note", "a.txt", &b"x"[..]); 101])
        .await;
    let reply = refuser.app.upload(id(&refuser.product), &files[..19]).await;
    assert_eq!(thumbnails(&reply.expect(202).payload()).len(), 20);
    figure("X11", "21 images, 101 parts: 413, nothing left");
}

pub(crate) async fn an_unknown_product_takes_no_image(place: &Place) {
    let refuser = Refuser::new(place).await;
    let bytes = png(2, 2);
    let files = [("img", "a.png", &bytes[..])];
    refuser
        .app
        .upload(UNKNOWN, &files)
        .await
        .problem(404, "not_found");
    let gone = refuser.app.vase("V-2").await;
    refuser.app.delete(&path(&gone)).await.done();
    refuser
        .app
        .upload(id(&gone), &files)
        .await
        .problem(404, "not_found");
    refuser.assert_unchanged().await;
}

pub(crate) async fn an_unknown_thumbnail_removes_nothing(place: &Place) {
    let refuser = Refuser::new(place).await;
    let (_, other) = refuser.app.pictured_vase("V-2").await;
    for name in [
        &other[..],
        "missing.png",
        "..%2F..%2Fshop.db",
        ".lock",
        "%00",
        "$ne",
    ] {
        let picture = format!("{}/thumbnails/{name}", path(&refuser.product));
        refuser.app.delete(&picture).await.problem(404, "not_found");
    }
    assert_eq!(refuser.app.product(&refuser.product).await, refuser.product);
    let mut all = thumbnails(&refuser.product);
    all.push(other);
    all.sort();
    assert_eq!(place.uploaded_files(), all);
}

pub(crate) async fn a_client_that_goes_leaves_nothing(place: &Place) {
    use std::io::Write;

    let refuser = Refuser::new(place).await;
    let address = refuser.app.address();
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let head = format!(
        "POST {}/upload HTTP/1.1\r\nHost: {address}\r\nContent-Type: multipart/form-data; \
         boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\nContent-Disposition: form-data; \
         name=\"img\"; filename=\"a.png\"\r\n\r\n",
        path(&refuser.product)
    );
    stream.write_all(head.as_bytes()).expect("a request");
    stream.write_all(&png(200, 200)).expect("some bytes");
    // Once the file is there, the client goes; the stop waits for the request's end.
    let spooled = || {
        place
            .uploaded_files()
            .iter()
            .any(|name| name.ends_with(".part"))
    };
    while !spooled() {
        refuser.app.get("/healthz").await.expect(200);
    }
    drop(stream);
    let Refuser { app, product, .. } = refuser;
    drop(app);
    assert_eq!(place.uploaded_files(), thumbnails(&product));
    let app = TestApp::start(place, &[]);
    assert_eq!(
        app.product(&json!({ "_id": product["_id"] })).await,
        product
    );
}
