//! Messages from mongoose, without sequence numbers.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, doc};
use vitrina::domain::change::ChangeKind;
use vitrina::domain::ids::ChatMessageId;
use vitrina::store::SharedStore;

use super::{assert_has, in_mongo, insert, raw};
use crate::feed_reader::FeedReader;
use crate::fixtures::*;

/// Ids sort by their number.
fn numbered(n: u8) -> ObjectId {
    let mut bytes = [0x60; 12];
    bytes[11] = n;
    ObjectId::from_bytes(bytes)
}

async fn contents(store: &SharedStore) -> Vec<String> {
    let history = store.history(None, 100).await.expect("a history");
    assert!(history.messages.is_sorted_by(|a, b| a.seq < b.seq));
    history
        .messages
        .into_iter()
        .map(|message| message.text)
        .collect()
}

#[test]
fn messages_without_numbers_get_them_in_the_order_of_ids() {
    in_mongo(async |test_store, database| {
        for n in [3, 1, 5, 2, 4] {
            let message = doc! {
                "_id": numbered(n),
                "user": "ana@example.com",
                "message": n.to_string(),
                "__v": 0,
            };
            insert(database, "messages", message).await;
        }
        let store = test_store.open().await;
        assert_eq!(contents(&store).await, ["1", "2", "3", "4", "5"]);
        let earlier = store.history(None, 100).await.expect("a history").messages;
        let next = send_message(&store, "6").await;
        assert!(next.seq > earlier[4].seq);
        store.close().await;

        // The numbers stay.
        let store = test_store.open().await;
        let mut again = store.history(None, 100).await.expect("a history").messages;
        assert_eq!(again.pop().expect("a message"), next);
        assert_eq!(again, earlier);
        store.close().await;
    });
}

#[test]
fn a_foreign_message_gets_a_number_in_the_feed() {
    in_mongo(async |test_store, database| {
        let store = test_store.open().await;
        let first = send_message(&store, "first").await;
        let mut reader = FeedReader::open(&store).await;
        // Its id is older than that of the first.
        let message = doc! { "_id": numbered(1), "user": "ana@example.com", "message": "second" };
        insert(database, "messages", message).await;
        let received = match reader.next().await.kind {
            ChangeKind::MessageAppended(message) => message,
            other => panic!("expected a message, got {other:?}"),
        };
        assert_eq!(received.text, "second");
        assert!(received.seq > first.seq);
        let third = send_message(&store, "third").await;
        assert!(third.seq > received.seq);
        assert_eq!(contents(&store).await, ["first", "second", "third"]);
        store.close().await;
    });
}

#[test]
fn many_foreign_messages_are_in_the_feed_once_each() {
    in_mongo(async |test_store, database| {
        let store = test_store.open().await;
        let mut reader = FeedReader::open(&store).await;
        let outside = async {
            for n in 0..30 {
                let message = doc! { "user": "ana@example.com", "message": format!("outside {n}") };
                insert(database, "messages", message).await;
            }
        };
        let inside = async {
            for n in 0..30 {
                send_message(&store, &format!("inside {n}")).await;
            }
        };
        tokio::join!(outside, inside);
        let mut received = Vec::new();
        while received.len() < 60 {
            match reader.next().await.kind {
                ChangeKind::MessageAppended(message) => {
                    received.push((message.seq, message.text.clone()))
                }
                other => panic!("expected a message, got {other:?}"),
            }
        }
        assert!(received.is_sorted_by(|a, b| a.0 < b.0), "{received:?}");
        let received: Vec<_> = received.into_iter().map(|(_, text)| text).collect();
        assert_eq!(contents(&store).await, received);
        store.close().await;
    });
}

#[test]
fn a_message_deleted_outside_is_in_the_feed() {
    in_mongo(async |test_store, database| {
        let store = test_store.open().await;
        let message = send_message(&store, "hello").await;
        let mut reader = FeedReader::open(&store).await;
        let id = ObjectId::from_bytes(message.id.bytes());
        let messages = database.collection::<mongodb::bson::Document>("messages");
        messages
            .delete_one(doc! { "_id": id })
            .await
            .expect("deleted");
        match reader.next().await.kind {
            ChangeKind::MessageDeleted { id, .. } => assert_eq!(id, message.id),
            other => panic!("expected a deletion, got {other:?}"),
        }
        assert!(send_message(&store, "next").await.seq > message.seq);
        assert_eq!(contents(&store).await, ["next"]);
        store.close().await;
    });
}

#[test]
fn a_message_is_written_as_by_mongoose_and_deleted_with_its_text() {
    in_mongo(async |test_store, database| {
        let store = test_store.open().await;
        let message = send_message(&store, "secret words").await;
        let id = ObjectId::from_bytes(message.id.bytes());
        let found = raw(database, "messages", id).await;
        assert_has(&found, "user", "ana@example.com");
        assert_has(&found, "message", "secret words");

        store.delete_message(message.id).await.expect("deleted");
        let messages = database.collection::<mongodb::bson::Document>("messages");
        let left = messages
            .find_one(doc! { "_id": id })
            .await
            .expect("an answer");
        let left = left.map(|document| document.to_string());
        assert!(left.is_none_or(|left| !left.contains("secret")));
        store.close().await;
    });
}

#[test]
fn invalid_messages_are_not_fatal() {
    in_mongo(async |test_store, database| {
        let invalid = [
            doc! { "_id": numbered(1) },
            doc! { "_id": numbered(2), "user": 5, "message": 5 },
            doc! { "_id": numbered(3), "user": "ana@example.com", "message": "x".repeat(3000) },
            doc! {
                "_id": numbered(4),
                "user": Bson::Null,
                "message": "no author",
                "datetime": "soon",
            },
            doc! {
                "_id": numbered(5),
                "user": "ana@example.com",
                "message": "text",
                "seq": "five",
            },
        ];
        for message in invalid {
            insert(database, "messages", message).await;
        }
        let store = test_store.open().await;
        let message = send_message(&store, "good").await;
        let history = store.history(None, 100).await.expect("a history").messages;
        assert_eq!(history.last(), Some(&message));
        assert!(
            history
                .iter()
                .all(|message| message.text.chars().count() <= 2000)
        );
        for old in [1, 3, 5] {
            let id = ChatMessageId::from_bytes(numbered(old).bytes());
            store.delete_message(id).await.expect("deleted");
        }
        store.close().await;
    });
}
