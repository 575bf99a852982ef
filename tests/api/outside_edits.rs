//! Writes of other programs to MongoDB reach every open page.

use mongodb::Collection;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::test_store::TestStore;

async fn collection(store: &TestStore, name: &str) -> Collection<Document> {
    store.database().await.collection(name)
}

/// A product as mongoose wrote it.
fn document(code: &str) -> Document {
    doc! {
        "title": "Jug", "description": "Blue", "code": code, "price": 12.5, "status": true,
        "stock": 4, "category": "jugs", "thumbnails": [], "__v": 0,
    }
}

fn object_id(value: &Value) -> ObjectId {
    ObjectId::parse_str(id(value)).expect("an object id")
}

pub(crate) async fn a_product_is_followed_from_insert_to_delete(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let products = collection(store, "products").await;
    let mut socket = app.products_socket_after_snapshot().await;

    let inserted = products
        .insert_one(document("J-1"))
        .await
        .expect("an insert");
    let inserted = inserted.inserted_id.as_object_id().expect("an object id");
    let created = socket.expect("update_products").await;
    assert_eq!(
        (&created["action"], &created["id"]),
        (&json!("created"), &json!(inserted.to_hex()))
    );
    assert_eq!(
        (&created["product"]["title"], &created["product"]["price"]),
        (&json!("Jug"), &json!(12.5))
    );
    assert_eq!(app.product(&created["product"]).await, created["product"]);

    let one = doc! { "_id": inserted };
    let change = doc! { "$set": { "stock": Bson::Double(2.0), "price": 9 } };
    products
        .update_one(one.clone(), change)
        .await
        .expect("an update");
    let updated = socket.expect("update_products").await;
    assert_eq!(
        (&updated["action"], &updated["product"]["stock"]),
        (&json!("updated"), &json!(2))
    );
    assert_eq!(updated["product"]["price"], 9);

    let replaced = doc! { "title": "Other", "code": "J-1", "price": 1, "stock": 1 };
    products
        .replace_one(one.clone(), replaced)
        .await
        .expect("a replacement");
    let updated = socket.expect("update_products").await;
    assert_eq!(
        (&updated["action"], &updated["product"]["title"]),
        (&json!("updated"), &json!("Other"))
    );

    products.delete_one(one).await.expect("a deletion");
    let deleted = socket.expect("update_products").await;
    assert_eq!(
        (&deleted["action"], &deleted["id"]),
        (&json!("deleted"), &json!(inserted.to_hex()))
    );
    assert_eq!(deleted["product"], Value::Null);
    assert!(deleted["msg"].as_str().is_some_and(|msg| !msg.is_empty()));
}

pub(crate) async fn an_edit_of_the_shops_own_product_is_sent(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let products = collection(store, "products").await;
    let mut socket = app.products_socket_after_snapshot().await;
    let product = app.vase("V-1").await;
    socket.expect("update_products").await;
    let one = doc! { "_id": object_id(&product) };
    let change = doc! { "$set": { "title": "Edited" } };
    products.update_one(one, change).await.expect("an update");
    let updated = socket.expect("update_products").await;
    assert_eq!(updated["product"]["title"], "Edited");
    assert!(
        updated["msg"]
            .as_str()
            .is_some_and(|msg| msg.contains("Edited")),
        "{updated}"
    );
    let html = app.get("/realtimeproducts").await.expect(200).text();
    assert!(html.contains("Edited"), "{html}");
}

pub(crate) async fn bulk_edits_are_all_sent(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let products = collection(store, "products").await;
    let mut socket = app.products_socket_after_snapshot().await;
    let documents: Vec<_> = (0..150).map(|n| document(&format!("J-{n}"))).collect();
    products.insert_many(documents).await.expect("inserts");
    let mut ids = Vec::new();
    for _ in 0..150 {
        let created = socket.expect("update_products").await;
        assert_eq!(created["action"], "created");
        ids.push(created["id"].as_str().expect("an id").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 150);
    products
        .update_many(doc! {}, doc! { "$inc": { "stock": 1 } })
        .await
        .expect("updates");
    for _ in 0..150 {
        assert_eq!(socket.expect("update_products").await["action"], "updated");
    }
}

pub(crate) async fn invalid_documents_are_sent(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let products = collection(store, "products").await;
    let mut socket = app.products_socket_after_snapshot().await;
    for invalid in [
        doc! {},
        doc! { "title": 7, "code": doc! { "a": 1 }, "price": "cheap", "stock": -5 },
        doc! { "title": "x".repeat(5000), "code": "B", "price": 1.239, "stock": 1.5, "thumbnails": "a" },
    ] {
        products.insert_one(invalid).await.expect("an insert");
        let created = socket.expect("update_products").await;
        assert_eq!(created["action"], "created");
        assert_eq!(app.product(&created["product"]).await, created["product"]);
        let cart = app.cart().await;
        let line = format!("{cart}/product/{}", id(&created["product"]));
        app.post(&line, &json!({}))
            .await
            .problem(409, "not_for_sale");
    }
    assert_eq!(app.all_products().await.len(), 3);
    app.get("/").await.expect(200);
}

pub(crate) async fn other_collections_are_ignored(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut socket = app.products_socket_after_snapshot().await;
    let others = collection(store, "others").await;
    others.insert_one(document("J-1")).await.expect("an insert");
    let product = app.vase("V-1").await;
    assert_eq!(socket.expect("update_products").await["product"], product);
}

pub(crate) async fn a_foreign_message_is_numbered_and_sent(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let messages = collection(store, "messages").await;
    let mut chat = app.chat_as("ana@example.com").await;
    let own = app.message("one").await;
    chat.expect("chat-message").await;

    let foreign = doc! { "user": "bo@example.com", "message": "from outside" };
    let inserted = messages.insert_one(foreign).await.expect("an insert");
    let update = chat.expect("chat-message").await;
    let inserted = inserted.inserted_id.as_object_id().expect("an object id");
    assert_eq!(update["_id"], inserted.to_hex());
    assert_eq!(
        (&update["user"], &update["message"]),
        (&json!("bo@example.com"), &json!("from outside"))
    );
    assert!(update["seq"].as_i64() > own["seq"].as_i64(), "{update}");
    let history = app.get("/api/messages").await.expect(200).payload();
    assert_eq!(history[1]["_id"], update["_id"]);
    assert_eq!(history[1]["seq"], update["seq"]);

    messages
        .delete_one(doc! { "_id": inserted })
        .await
        .expect("a deletion");
    let deleted = chat.expect("chat-deleted").await;
    assert_eq!(
        (&deleted["_id"], &deleted["seq"]),
        (&update["_id"], &update["seq"])
    );
}

pub(crate) async fn a_deletion_of_the_shops_own_message_is_sent(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let messages = collection(store, "messages").await;
    let mut chat = app.chat_as("ana@example.com").await;
    let own = app.message("one").await;
    chat.expect("chat-message").await;
    messages
        .delete_one(doc! { "_id": object_id(&own) })
        .await
        .expect("a deletion");
    let deleted = chat.expect("chat-deleted").await;
    assert_eq!(
        (&deleted["_id"], &deleted["seq"]),
        (&own["_id"], &own["seq"])
    );
    let history = app.get("/api/messages").await.expect(200).payload();
    assert_eq!(history, json!([]));
}

pub(crate) async fn two_nodes_are_one_shop(store: &TestStore) {
    let other_store = TestStore::sqlite();
    let uploads = other_store.uploads().display().to_string();
    let app = TestApp::start(store, &[]);
    let other = TestApp::start_with_uploads(store, &uploads);
    let mut here = app.products_socket_after_snapshot().await;
    let mut there = other.products_socket_after_snapshot().await;
    let mut ana = app.chat_as("ana@example.com").await;
    let mut bo = other.chat_as("bo@example.com").await;
    for number in 0..10 {
        let node = if number % 2 == 0 { &app } else { &other };
        node.vase(&format!("V-{number}")).await;
        let update = here.expect("update_products").await;
        assert_eq!(there.expect("update_products").await, update);
    }
    ana.send_chat("hello", "n-1").await;
    let update = ana.expect("chat-message").await;
    assert_eq!(bo.expect("chat-message").await, update);
    bo.send_chat("hi", "n-1").await;
    let update = bo.expect("chat-message").await;
    assert_eq!(ana.expect("chat-message").await, update);
    // A cursor of one node is known to the other.
    let (_, welcome) = other
        .chat_socket(&crate::resume::since(&update["cursor"]))
        .await;
    assert_eq!(welcome["resumed"], true);
}

pub(crate) async fn a_client_resumes_on_a_node_that_starts_later(store: &TestStore) {
    let other_store = TestStore::sqlite();
    let uploads = other_store.uploads().display().to_string();
    let app = TestApp::start(store, &[]);
    let mut here = app.products_socket_after_snapshot().await;
    app.vase("V-0").await;
    let seen = here.expect("update_products").await;
    let mut missed = Vec::new();
    for number in 1..10 {
        app.vase(&format!("V-{number}")).await;
        missed.push(here.expect("update_products").await);
    }
    let other = TestApp::start_with_uploads(store, &uploads);
    let since = crate::resume::since(&seen["cursor"]);
    let (mut there, welcome) = other.products_socket(&since).await;
    assert_eq!(welcome["resumed"], true);
    for frame in &missed {
        assert_eq!(there.expect("update_products").await, *frame);
    }
    app.vase("V-10").await;
    let update = here.expect("update_products").await;
    assert_eq!(there.expect("update_products").await, update);
}
