//! Messages as mongoose wrote them, without numbers.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, doc};
use vitrina::domain::change::Fact;
use vitrina::domain::ids::ChatMessageId;
use vitrina::store::SharedStore;

use super::{assert_has, in_mongo, insert, raw};
use crate::fixtures::*;
use crate::reader::Reader;

/// An id that sorts by its number.
fn numbered(n: u8) -> ObjectId {
    let mut bytes = [0x60; 12];
    bytes[11] = n;
    ObjectId::from_bytes(bytes)
}

async fn texts(store: &SharedStore) -> Vec<String> {
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
    in_mongo(async |place, database| {
        for n in [3, 1, 5, 2, 4] {
            let message = doc! { "_id": numbered(n), "user": "ana@example.com", "message": n.to_string(), "__v": 0 };
            insert(database, "messages", message).await;
        }
        let store = place.open().await;
        assert_eq!(texts(&store).await, ["1", "2", "3", "4", "5"]);
        let earlier = store.history(None, 100).await.expect("a history").messages;
        let next = said(&store, "6").await;
        assert!(next.seq > earlier[4].seq);
        store.close().await;

        // The numbers stay.
        let store = place.open().await;
        let mut again = store.history(None, 100).await.expect("a history").messages;
        assert_eq!(again.pop().expect("a message"), next);
        assert_eq!(again, earlier);
        store.close().await;
    });
}

#[test]
fn a_message_of_another_program_is_told_with_a_number() {
    in_mongo(async |place, database| {
        let store = place.open().await;
        let first = said(&store, "first").await;
        let mut reader = Reader::open(&store).await;
        // Its id is older than that of the first.
        let message = doc! { "_id": numbered(1), "user": "ana@example.com", "message": "second" };
        insert(database, "messages", message).await;
        let told = match reader.next().await.fact {
            Fact::MessageAppended(message) => message,
            other => panic!("expected a message, got {other:?}"),
        };
        assert_eq!(told.text, "second");
        assert!(told.seq > first.seq);
        let third = said(&store, "third").await;
        assert!(third.seq > told.seq);
        assert_eq!(texts(&store).await, ["first", "second", "third"]);
        store.close().await;
    });
}

#[test]
fn many_messages_of_another_program_are_told_once_each() {
    in_mongo(async |place, database| {
        let store = place.open().await;
        let mut reader = Reader::open(&store).await;
        let outside = async {
            for n in 0..30 {
                let message = doc! { "user": "ana@example.com", "message": format!("outside {n}") };
                insert(database, "messages", message).await;
            }
        };
        let inside = async {
            for n in 0..30 {
                said(&store, &format!("inside {n}")).await;
            }
        };
        tokio::join!(outside, inside);
        let mut told = Vec::new();
        while told.len() < 60 {
            match reader.next().await.fact {
                Fact::MessageAppended(message) => told.push((message.seq, message.text.clone())),
                other => panic!("expected a message, got {other:?}"),
            }
        }
        assert!(told.is_sorted_by(|a, b| a.0 < b.0), "{told:?}");
        let told: Vec<_> = told.into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts(&store).await, told);
        store.close().await;
    });
}

#[test]
fn a_message_deleted_from_outside_is_told() {
    in_mongo(async |place, database| {
        let store = place.open().await;
        let message = said(&store, "hello").await;
        let mut reader = Reader::open(&store).await;
        let id = ObjectId::from_bytes(message.id.bytes());
        let messages = database.collection::<mongodb::bson::Document>("messages");
        messages
            .delete_one(doc! { "_id": id })
            .await
            .expect("deleted");
        match reader.next().await.fact {
            Fact::MessageDeleted { id, .. } => assert_eq!(id, message.id),
            other => panic!("expected a deletion, got {other:?}"),
        }
        assert!(said(&store, "next").await.seq > message.seq);
        assert_eq!(texts(&store).await, ["next"]);
        store.close().await;
    });
}

#[test]
fn a_message_is_written_as_mongoose_would_and_its_text_goes_with_it() {
    in_mongo(async |place, database| {
        let store = place.open().await;
        let message = said(&store, "secret words").await;
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
fn broken_messages_are_not_fatal() {
    in_mongo(async |place, database| {
        let broken = [
            doc! { "_id": numbered(1) },
            doc! { "_id": numbered(2), "user": 5, "message": 5 },
            doc! { "_id": numbered(3), "user": "ana@example.com", "message": "x".repeat(3000) },
            doc! { "_id": numbered(4), "user": Bson::Null, "message": "no author", "datetime": "soon" },
            doc! { "_id": numbered(5), "user": "ana@example.com", "message": "text", "seq": "five" },
        ];
        for message in broken {
            insert(database, "messages", message).await;
        }
        let store = place.open().await;
        let message = said(&store, "good").await;
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
