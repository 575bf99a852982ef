//! Every stored change of a product reaches the sockets.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::test_store::TestStore;

/// Asserts that an update frame has this action and the product.
fn assert_update(update: &Value, action: &str, product: &Value) {
    assert_eq!(update["action"], action, "{update}");
    assert_eq!(update["id"], product["_id"], "{update}");
    assert_eq!(update["version"], product["version"], "{update}");
    assert_eq!(update["product"], *product, "{update}");
    assert!(update["cursor"].is_string(), "{update}");
    let message = update["msg"].as_str().expect("a message");
    let title = product["title"].as_str().expect("a title");
    assert!(message.contains(title), "{update}");
    assert_eq!(update.as_object().expect("an object").len(), 6, "{update}");
}

pub(crate) async fn changes_are_sent_in_order(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut socket = app.products_socket_after_snapshot().await;

    let product = app.vase("V-1").await;
    let created = socket.expect("update_products").await;
    assert_update(&created, "created", &product);

    let change = json!({ "price": 5 });
    let product = app
        .put(&path(&product), &change)
        .await
        .expect(202)
        .payload();
    assert_update(&socket.expect("update_products").await, "updated", &product);

    let reply = app
        .upload(id(&product), &[("img", "a.png", &png(2, 2))])
        .await;
    let product = reply.expect(202).payload();
    assert_update(&socket.expect("update_products").await, "updated", &product);

    let picture = format!("{}/thumbnails/{}", path(&product), thumbnails(&product)[0]);
    let product = app.delete(&picture).await.expect(200).payload();
    assert_update(&socket.expect("update_products").await, "updated", &product);

    app.delete(&path(&product)).await.done();
    let deleted = socket.expect("update_products").await;
    assert_eq!(
        (&deleted["action"], &deleted["id"]),
        (&json!("deleted"), &product["_id"])
    );
    assert_eq!(deleted["product"], Value::Null);
    assert!(deleted["msg"].as_str().expect("a message").contains("Vase"));
    assert!(deleted["cursor"].is_string() && deleted["version"].is_i64());
}

pub(crate) async fn messages_are_in_the_sites_language(store: &TestStore) {
    let app = TestApp::start(store, &["--lang", "es"]);
    let mut socket = app.products_socket_after_snapshot().await;
    let title = json!({ "title": "Jarrón <b>ñ</b>" });
    let product = app.create_product(&vase_with("V-1", title)).await;
    for (action, message) in [
        ("created", "Jarrón <b>ñ</b>: nuevo en la tienda."),
        ("updated", "Jarrón <b>ñ</b>: hubo un cambio."),
        ("deleted", "Jarrón <b>ñ</b>: se quitó de la tienda."),
    ] {
        match action {
            "updated" => drop(app.put(&path(&product), &json!({})).await.expect(202)),
            "deleted" => app.delete(&path(&product)).await.done(),
            _ => {}
        }
        let update = socket.expect("update_products").await;
        assert_eq!(
            (&update["action"], &update["msg"]),
            (&json!(action), &json!(message))
        );
    }
}

pub(crate) async fn refused_changes_are_not_sent(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let mut socket = app.live_products_socket().await;
    app.post("/api/products", &vase("V-1")).await.expect(409);
    app.post("/api/products", &json!({})).await.expect(400);
    app.put(&path(&product), &json!({ "price": -1 }))
        .await
        .expect(400);
    let stale = app.request("PUT", &path(&product)).json(&json!({}));
    crate::reply::Reply::to(stale.header("If-Match", "\"9\""))
        .await
        .expect(412);
    app.upload(id(&product), &[("img", "a.png", b"no")])
        .await
        .expect(415);
    app.delete(&format!("{}/thumbnails/a.png", path(&product)))
        .await
        .expect(404);
    app.delete(&format!("/api/products/{UNKNOWN}"))
        .await
        .expect(404);
    // The next frame is the next change.
    let next = app.vase("V-2").await;
    assert_update(&socket.expect("update_products").await, "created", &next);
}

pub(crate) async fn sent_changes_are_stored(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut socket = app.products_socket_after_snapshot().await;
    let writes = async {
        for number in 0..30 {
            app.vase(&format!("V-{number}")).await;
        }
    };
    let reads = async {
        for _ in 0..30 {
            let update = socket.expect("update_products").await;
            let stored = app.product(&update["product"]).await;
            assert_eq!(stored, update["product"]);
        }
    };
    tokio::join!(writes, reads);
}

pub(crate) async fn parallel_changes_of_one_product_are_sent_in_version_order(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let product = app.vase("V-1").await;
    let mut socket = app.live_products_socket().await;
    let location = path(&product);
    let changes: Vec<_> = (0..20).map(|stock| json!({ "stock": stock })).collect();
    let sent = changes.iter().map(|change| app.put(&location, change));
    for reply in futures_util::future::join_all(sent).await {
        reply.expect(202);
    }
    for version in 2..22 {
        let update = socket.expect("update_products").await;
        assert_eq!(update["version"], version);
        // The product in the frame may be newer, never older.
        assert!(update["product"]["version"].as_i64() >= update["version"].as_i64());
    }
}

pub(crate) async fn a_filtered_socket_gets_only_its_products(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let three = app.vase("V-3").await;
    let query = format!("?ids={},{}", id(&one), id(&three).to_uppercase());
    let (mut socket, _) = app.products_socket(&query).await;
    let (products, remaining) = socket.snapshot().await;
    assert_eq!(
        (products, remaining),
        (vec![one.clone(), three.clone()], vec![0])
    );
    for product in [&one, &two, &three, &two, &one] {
        app.put(&path(product), &json!({})).await.expect(202);
    }
    app.vase("V-4").await;
    app.delete(&path(&three)).await.done();
    let mut received = Vec::new();
    for _ in 0..4 {
        // The stream may have been behind the store when the socket opened.
        let is_new = |update: &Value| update["action"] != "created";
        let update = socket.expect_where("update_products", is_new).await;
        received.push((update["id"].clone(), update["action"].clone()));
    }
    let [one, three] = [one["_id"].clone(), three["_id"].clone()];
    let expected = [
        (one.clone(), json!("updated")),
        (three.clone(), json!("updated")),
        (one, json!("updated")),
        (three, json!("deleted")),
    ];
    assert_eq!(received, expected);
}

pub(crate) async fn a_product_socket_refuses_client_frames(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut socket = app.products_socket_after_snapshot().await;
    for text in [
        "hello",
        "{}",
        r#"{"event":"join","data":{"user":"ana@example.com"}}"#,
    ] {
        socket.send_text(text).await;
        let error = socket.expect("error").await;
        assert_eq!(error["code"], "bad_frame");
        assert!(error["message"].is_string());
    }
    app.vase("V-1").await;
    socket.expect("update_products").await;
}
