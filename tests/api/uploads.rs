//! Image files are stored and deleted with their products.

use image::ImageFormat;
use serde_json::json;

use crate::app::TestApp;
use crate::fixtures::*;
use crate::test_store::TestStore;

pub(crate) async fn every_kind_of_image_is_accepted(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let kinds = [
        (ImageFormat::Png, "png", "image/png"),
        (ImageFormat::Jpeg, "jpg", "image/jpeg"),
        (ImageFormat::WebP, "webp", "image/webp"),
        (ImageFormat::Gif, "gif", "image/gif"),
    ];
    for (version, (format, extension, content_type)) in (2..).zip(kinds) {
        let bytes = image_of(30, 20, format);
        // The kind is detected from the bytes, not from the name or the declared type.
        let reply = app
            .upload(id(&product), &[("img", "vase.txt", &bytes)])
            .await;
        let changed = reply.expect(202).payload();
        assert_eq!(changed["version"], version);
        let name = thumbnails(&changed).pop().expect("a name");
        assert!(name.ends_with(&format!(".{extension}")), "{name}");
        let served = app.get(&format!("/uploads/{name}")).await.expect(200);
        assert_eq!(served.header("content-type"), content_type);
        let shown = image::load_from_memory(&served.bytes).expect("an image");
        assert_eq!((shown.width(), shown.height()), (30, 20));
    }
    assert_eq!(store.uploaded_files().len(), 4);
}

pub(crate) async fn alternative_field_names_are_accepted(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let names = ["img", "image", "thumbnail", "thumbnails", "file"];
    for name in names {
        let reply = app
            .upload(id(&product), &[(name, "a.png", &png(2, 2))])
            .await;
        reply.expect(202);
    }
    assert_eq!(thumbnails(&app.product(&product).await).len(), 5);
}

pub(crate) async fn several_images_come_in_one_request(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let [one, two, three] = [png(2, 2), png(3, 3), png(4, 4)];
    let files = [
        ("img", "same.png", &one[..]),
        ("note", "note.txt", b"no image"),
        ("img", "same.png", &two),
        ("thumbnails", "same.png", &three),
    ];
    let reply = app.upload(id(&product), &files).await.expect(202);
    let changed = reply.payload();
    assert_eq!(changed["version"], 2);
    let names = thumbnails(&changed);
    let mut distinct = names.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 3, "{names:?}");
    assert_eq!(store.uploaded_files(), distinct);
    for (name, width) in names.iter().zip([2, 3, 4]) {
        let served = app.get(&format!("/uploads/{name}")).await.expect(200);
        let shown = image::load_from_memory(&served.bytes).expect("an image");
        assert_eq!(shown.width(), width, "{name}");
    }
    // New images are appended.
    let reply = app
        .upload(id(&product), &[("img", "a.png", &png(5, 5))])
        .await;
    assert_eq!(thumbnails(&reply.expect(202).payload())[..3], names);
}

pub(crate) async fn names_are_made_harmless(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let long = "n".repeat(10_000);
    let bytes = png(2, 2);
    for name in [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "a/b/c.png",
        "C:\\a.png",
        "nul",
        ".htaccess",
        "a b\"c'<d>.png",
        "vase.php",
        "Ünï 花瓶.png",
        "%2e%2e%2fa.png",
        &long,
    ] {
        let reply = app.upload(id(&product), &[("img", name, &bytes)]).await;
        let stored = thumbnails(&reply.expect(202).payload()).pop();
        let stored = stored.expect("a name");
        let harmless = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        assert!(stored.chars().all(harmless), "{name}: {stored}");
        assert!(stored.len() < 200 && stored.ends_with(".png"), "{stored}");
        app.get(&format!("/uploads/{stored}")).await.expect(200);
    }
    let files = store.uploaded_files();
    assert_eq!(files.len(), 11);
    assert!(files.iter().all(|name| !name.contains('/')), "{files:?}");
}

pub(crate) async fn removing_a_thumbnail_deletes_its_files(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (product, name) = app.vase_with_image("V-1").await;
    for width in [320, 960] {
        app.get(&format!("/uploads/{width}/{name}.webp"))
            .await
            .expect(200);
    }
    assert_eq!(store.uploaded_files().len(), 3);
    let image_of = format!("{}/thumbnails/{name}", path(&product));
    let changed = app.delete(&image_of).await.expect(200).payload();
    assert_eq!(
        (&changed["thumbnails"], &changed["version"]),
        (&json!([]), &json!(3))
    );
    assert_eq!(store.uploaded_files(), [""; 0]);
    app.get(&format!("/uploads/{name}"))
        .await
        .problem(404, "not_found");
    app.get(&format!("/uploads/320/{name}.webp"))
        .await
        .problem(404, "not_found");
    app.delete(&image_of).await.problem(404, "not_found");
}

pub(crate) async fn deleting_a_product_deletes_its_files(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (product, name) = app.vase_with_image("V-1").await;
    let (_, other) = app.vase_with_image("V-2").await;
    app.upload(id(&product), &[("img", "b.png", &png(2, 2))])
        .await
        .expect(202);
    app.get(&format!("/uploads/320/{name}.webp"))
        .await
        .expect(200);
    app.delete(&path(&product)).await.done();
    assert_eq!(store.uploaded_files(), [other]);
}

pub(crate) async fn dropping_a_name_deletes_its_file(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (product, name) = app.vase_with_image("V-1").await;
    let reply = app
        .upload(id(&product), &[("img", "b.png", &png(2, 2))])
        .await;
    let names = thumbnails(&reply.expect(202).payload());
    let change = json!({ "thumbnails": [names[1]] });
    app.put(&path(&product), &change).await.expect(202);
    assert_eq!(store.uploaded_files(), names[1..]);
    app.get(&format!("/uploads/{name}"))
        .await
        .problem(404, "not_found");
}

pub(crate) async fn a_shared_file_is_deleted_with_its_last_product(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (one, name) = app.vase_with_image("V-1").await;
    let two = app
        .create_product(&vase_with("V-2", json!({ "thumbnails": [name] })))
        .await;
    let three = app
        .create_product(&vase_with("V-3", json!({ "thumbnails": [name] })))
        .await;
    app.delete(&path(&one)).await.done();
    let image_of = format!("{}/thumbnails/{name}", path(&two));
    app.delete(&image_of).await.expect(200);
    assert_eq!(store.uploaded_files(), std::slice::from_ref(&name));
    app.get(&format!("/uploads/{name}")).await.expect(200);
    let change = json!({ "thumbnails": [] });
    app.put(&path(&three), &change).await.expect(202);
    assert_eq!(store.uploaded_files(), [""; 0]);
}

pub(crate) async fn manually_placed_images_are_served(store: &TestStore) {
    std::fs::create_dir_all(store.uploads()).expect("a folder");
    let own = store.uploads().join("Own Picture.png");
    std::fs::write(own, png(2, 2)).expect("a file");
    let app = TestApp::start(store, &[]);
    let own = json!({ "thumbnails": ["Own Picture.png"] });
    app.create_product(&vase_with("V-1", own)).await;
    let served = app.get("/uploads/Own%20Picture.png").await.expect(200);
    assert_eq!(served.bytes, png(2, 2));
}

pub(crate) async fn images_survive_a_restart(store: &TestStore) {
    let name = {
        let app = TestApp::start(store, &[]);
        app.vase_with_image("V-1").await.1
    };
    let app = TestApp::start(store, &[]);
    app.get(&format!("/uploads/{name}")).await.expect(200);
    assert_eq!(store.uploaded_files(), [name]);
}
