//! A data file of version 0.1 is opened with all its data.

use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, doc};
use rusqlite::Connection;
use vitrina::domain::change::ChangeKind;
use vitrina::domain::command::{Command, Conclusion};
use vitrina::domain::idempotency::IdempotencyKey;
use vitrina::domain::refusal::Refusal;
use vitrina::store::{FeedStart, Saved, SharedStore, StoreError};

use crate::contract::holds::LONG;
use crate::fixtures::*;
use crate::test_store::{TestStore, run};

/// The migrations that version 0.1 shipped, and its rows.
const DATA_FILE: [&str; 6] = [
    include_str!("../../src/store/sqlite/migrations/0001_shop.sql"),
    include_str!("../../src/store/sqlite/migrations/0002_orders.sql"),
    include_str!("../../src/store/sqlite/migrations/0003_answers.sql"),
    include_str!("../../src/store/sqlite/migrations/0004_holds.sql"),
    include_str!("../../src/store/sqlite/migrations/0005_mutes.sql"),
    include_str!("version_0_1.sql"),
];
/// The first saved response, as version 0.1 wrote it to MongoDB.
const RESPONSE: &str = r#"{"status":201,"headers":[["etag","\"1\""]],"body":"{\"status\":201}"}"#;
/// Its request.
const BODY: &str =
    r#"{"title":"Vase","code":"V-1","price":19.99,"stock":10,"description":"x","category":"c"}"#;

/// Runs a test on a store that version 0.1 left.
fn with_former_store(test: impl AsyncFnOnce(&SharedStore)) {
    let test_store = TestStore::sqlite();
    let conn = Connection::open(test_store.file()).expect("a database");
    for sql in DATA_FILE {
        conn.execute_batch(sql).expect("valid SQL");
    }
    conn.close().expect("closed");
    run(async {
        let store = test_store.open_with_holds(LONG).await;
        test(&store).await;
        store.close().await;
    });
}

fn key(content: &str) -> IdempotencyKey {
    let content = [b"".as_slice(), content.as_bytes()];
    IdempotencyKey::parse("k1", "POST", "/api/products", &content).expect("a key")
}

#[test]
fn all_data_of_version_0_1_is_read() {
    with_former_store(async |store| {
        let id = "6b0e4b6de0f6a9bbf9007eb1".parse().expect("an id");
        let product = store.product(id).await.expect("a product");
        assert_eq!((product.code.as_str(), product.version), ("V-1", 2));
        assert_eq!((product.stock, product.held), (8, 3));
        assert_eq!((product.price.minor(), product.status), (1_999, true));
        let used = store.thumbnails_in_use(&product.thumbnails).await;
        assert_eq!(used.expect("names"), ["a.png"]);

        let cart = "628b0ba9d695547535ac6429".parse().expect("an id");
        let cart = store.cart(cart).await.expect("a cart");
        assert_eq!((content(&cart), cart.version), (vec![(id, 3)], 3));
        assert_eq!(cart.lines[0].hold.map(|hold| hold.units), Some(3));

        let order = "a35ce36d7d5d0faf14a1298c".parse().expect("an id");
        let order = store.order(order).await.expect("an order");
        assert_eq!((order.code.as_str(), order.cart), ("96AT-93VR", cart.id));
        assert_eq!((order.lines.len(), order.amount().minor()), (1, 3_998));

        let history = store.history(None, 10).await.expect("messages");
        assert_eq!(history.messages[0].text, "hello");
        let mutes = store.mutes().await.expect("mutes");
        assert_eq!(mutes[0].user.as_str(), "bo@example.com");
    });
}

#[test]
fn the_feed_replays_changes_of_version_0_1() {
    with_former_store(async |store| {
        let feed = store.open_feed(FeedStart::Back(100)).await.expect("a feed");
        assert_eq!(feed.backlog.len(), 7);
        let last_message = match &feed.backlog[4].kind {
            ChangeKind::MessageAppended(message) => message.seq,
            other => panic!("{other:?}"),
        };
        let position = feed.backlog[4].position.to_string();
        assert_eq!(position, "6-d0acb945f4f8c988");
        assert_eq!(send_message(store, "next").await.seq, last_message + 1);
    });
}

#[test]
fn saved_responses_of_version_0_1_are_returned() {
    with_former_store(async |store| assert_response_is_returned(store, 1).await);
}

#[test]
fn saved_responses_of_version_0_1_in_mongodb_are_returned() {
    let Some(test_store) = TestStore::mongo() else {
        return;
    };
    run(async {
        let binary = |bytes: &[u8]| Binary {
            subtype: BinarySubtype::Generic,
            bytes: bytes.to_vec(),
        };
        let record = doc! {
            "_id": binary(&key(BODY).id()),
            "fingerprint": binary(&key(BODY).fingerprint()),
            "at": DateTime::now(),
            "answer": binary(RESPONSE.as_bytes()),
        };
        let database = test_store.database().await;
        let records = database.collection("idempotency_answers");
        records.insert_one(record).await.expect("inserted");
        let store = test_store.open().await;
        assert_response_is_returned(&store, 0).await;
        store.close().await;
    });
}

/// Sends the request of the saved response again, and another one with its key.
async fn assert_response_is_returned(store: &SharedStore, products: usize) {
    let create = || Command::CreateProduct(new_vase("NEW"));
    let executed = store.execute_once(create(), key(BODY)).await;
    let executed = executed.expect("a saved response");
    assert!(executed.replayed);
    let Saved::Response(bytes) = executed.saved else {
        panic!("{executed:?}");
    };
    assert!(bytes.starts_with(br#"{"status":201,"headers":[["etag","\"1\""]"#));

    let refusal = Conclusion::Refused(Refusal::EmptyCart);
    let saved = store.save_conclusion(key(BODY), refusal).await;
    let saved = saved.expect("a saved response").saved;
    assert_eq!(saved, Saved::Response(bytes));
    let other = store.execute_once(create(), key("{}")).await;
    assert_refused!(other, StoreError::IdempotencyMismatch);
    assert_eq!(all_products(store).await.len(), products);
}
