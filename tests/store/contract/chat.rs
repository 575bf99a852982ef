//! The chat: one order, each message once, and history in pages.

use std::collections::HashSet;

use vitrina::domain::chat_message::{ChatMessage, MAX_MESSAGE, MAX_NONCE};
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{SharedStore, StoreError};

use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

const ANA: &str = "ana@example.com";
const LUIS: &str = "luis@example.com";

/// The newest messages and whether there are older ones.
async fn newest(store: &SharedStore, before: Option<i64>, limit: u32) -> (Vec<ChatMessage>, bool) {
    let history = store.history(before, limit).await.expect("a history");
    (history.messages, history.has_more)
}

async fn all(store: &SharedStore) -> Vec<ChatMessage> {
    newest(store, None, 1000).await.0
}

fn contents(messages: &[ChatMessage]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.text.as_str())
        .collect()
}

async fn send_messages(store: &SharedStore, list: &[&str]) -> Vec<ChatMessage> {
    let mut messages = Vec::new();
    for content in list {
        messages.push(send_message(store, content).await);
    }
    messages
}

pub(crate) async fn a_message_is_read_back_unchanged(store: &SharedStore) {
    let before = Timestamp::now();
    let appended = store
        .append_message(message_with_nonce(ANA, "hello", "n-1"))
        .await
        .expect("appended");
    assert!(!appended.repeated);
    let message = appended.message;
    assert!((before..=Timestamp::now()).contains(&message.datetime));
    assert_eq!(
        (message.user.as_str(), message.text.as_str()),
        (ANA, "hello")
    );
    assert_eq!(message.nonce.as_deref(), Some("n-1"));
    assert_eq!(newest(store, None, 50).await, (vec![message], false));
}

pub(crate) async fn any_message_is_stored_unchanged(store: &SharedStore) {
    let longest = "🙂".repeat(MAX_MESSAGE);
    let list = [
        "two\nlines\r\n\tand a tab",
        " spaces around ",
        "emoji 👩‍👩‍👧 漢字 e\u{301}",
        "it's \"$set\" {\"$gt\": 1} a.b %_*",
        "<script>alert(1)</script>",
        "nul \0 inside",
        longest.as_str(),
    ];
    let stored = send_messages(store, &list).await;
    assert_eq!(all(store).await, stored);
    assert_eq!(contents(&stored), list);
}

pub(crate) async fn any_author_and_nonce_are_stored_unchanged(store: &SharedStore) {
    let user = "o'neil+$x.%_{y}`|~@sub-1.example.com";
    let nonce = "🔑".repeat(MAX_NONCE);
    let first = store
        .append_message(message_with_nonce(user, "one", &nonce))
        .await
        .expect("appended");
    let again = store
        .append_message(message_with_nonce(user, "two", &nonce))
        .await
        .expect("a repeat");
    assert_eq!(
        (again.message, again.repeated),
        (first.message.clone(), true)
    );
    assert_eq!(
        (first.message.user.as_str(), first.message.nonce),
        (user, Some(nonce))
    );
}

pub(crate) async fn sequence_numbers_grow_with_every_message(store: &SharedStore) {
    let stored = send_messages(store, &["1", "2", "3", "4", "5"]).await;
    assert!(stored.is_sorted_by(|a, b| a.seq < b.seq));
    assert!(stored[0].seq >= 1);
}

pub(crate) async fn parallel_messages_have_one_order(store: &SharedStore) {
    let earlier = send_message(store, "earlier").await;
    let stored = in_parallel(50, |n| {
        let store = store.clone();
        async move { send_message(&store, &n.to_string()).await }
    })
    .await;
    let later = send_message(store, "later").await;
    let order = all(store).await;
    assert_eq!(order.len(), 52);
    assert!(order.is_sorted_by(|a, b| a.seq < b.seq));
    assert_eq!((&order[0], &order[51]), (&earlier, &later));
    for message in stored {
        assert!(order.contains(&message), "{} is missing", message.text);
    }
}

pub(crate) async fn a_repeated_nonce_is_stored_once(store: &SharedStore) {
    let first = store
        .append_message(message_with_nonce(ANA, "one", "n"))
        .await
        .expect("appended");
    let between = send_message(store, "between").await;
    for content in ["one", "another text"] {
        let again = store
            .append_message(message_with_nonce(ANA, content, "n"))
            .await
            .expect("a repeat");
        assert!(again.repeated);
        assert_eq!(again.message, first.message);
    }
    assert_eq!(all(store).await, [first.message, between]);
}

pub(crate) async fn parallel_repeats_are_stored_once(store: &SharedStore) {
    let results = in_parallel(20, |_| {
        let store = store.clone();
        async move {
            store
                .append_message(message_with_nonce(ANA, "one", "n"))
                .await
                .expect("an answer")
        }
    })
    .await;
    let stored = all(store).await;
    assert_eq!(stored.len(), 1);
    assert_eq!(
        results.iter().filter(|appended| !appended.repeated).count(),
        1
    );
    for appended in results {
        assert_eq!(appended.message, stored[0]);
    }
}

pub(crate) async fn repeats_do_not_affect_parallel_messages(store: &SharedStore) {
    store
        .append_message(message_with_nonce(ANA, "known", "0"))
        .await
        .expect("appended");
    let results = in_parallel(40, |n| {
        let store = store.clone();
        // Ten nonces, four times each; one of them is already stored.
        let message = message_with_nonce(ANA, &n.to_string(), &(n % 10).to_string());
        async move { store.append_message(message).await.expect("an answer") }
    })
    .await;
    assert_eq!(
        results.iter().filter(|appended| !appended.repeated).count(),
        9
    );
    let stored = all(store).await;
    assert_eq!(stored.len(), 10);
    for appended in results {
        assert!(stored.contains(&appended.message));
    }
}

pub(crate) async fn a_nonce_belongs_to_its_author(store: &SharedStore) {
    for user in [ANA, LUIS] {
        let appended = store
            .append_message(message_with_nonce(user, "hello", "n"))
            .await
            .expect("appended");
        assert!(!appended.repeated);
    }
    assert_eq!(all(store).await.len(), 2);
}

pub(crate) async fn nonces_differ_by_every_character(store: &SharedStore) {
    let nonces = ["a", "A", "a ", "á", "a\u{301}", "aa"];
    for nonce in nonces {
        let appended = store
            .append_message(message_with_nonce(ANA, "hello", nonce))
            .await
            .expect("appended");
        assert!(!appended.repeated, "{nonce:?}");
    }
    // The pairs of author and nonce differ, although their concatenations are equal.
    for (user, nonce) in [("a@x.b", "c"), ("a@x", "bc"), ("a@x", ".bc")] {
        let appended = store
            .append_message(message_with_nonce(user, "hello", nonce))
            .await
            .expect("appended");
        assert!(!appended.repeated, "{user} {nonce}");
    }
}

pub(crate) async fn without_a_nonce_every_message_is_stored(store: &SharedStore) {
    let first = send_message(store, "hello").await;
    let second = send_message(store, "hello").await;
    assert!(first.id != second.id && first.nonce.is_none());
    assert_eq!(all(store).await, [first, second]);
}

pub(crate) async fn an_empty_chat_has_no_history(store: &SharedStore) {
    assert_eq!(newest(store, None, 50).await, (vec![], false));
    assert_eq!(newest(store, Some(5), 50).await, (vec![], false));
}

pub(crate) async fn history_comes_in_parts_from_the_newest(store: &SharedStore) {
    let stored = send_messages(store, &["1", "2", "3", "4", "5"]).await;
    let (part, more) = newest(store, None, 2).await;
    assert_eq!((contents(&part), more), (vec!["4", "5"], true));
    let (part, more) = newest(store, Some(part[0].seq), 2).await;
    assert_eq!((contents(&part), more), (vec!["2", "3"], true));
    let (part, more) = newest(store, Some(part[0].seq), 2).await;
    assert_eq!((contents(&part), more), (vec!["1"], false));
    assert_eq!(newest(store, Some(part[0].seq), 2).await, (vec![], false));
    // A limit of exactly all messages, and numbers without a message.
    assert_eq!(newest(store, None, 5).await, (stored.clone(), false));
    assert_eq!(newest(store, Some(i64::MAX), 5).await, (stored, false));
    for before in [0, -1, i64::MIN] {
        assert_eq!(newest(store, Some(before), 5).await, (vec![], false));
    }
}

pub(crate) async fn a_deleted_message_is_hidden(store: &SharedStore) {
    let stored = send_messages(store, &["1", "2", "3", "4"]).await;
    store.delete_message(stored[2].id).await.expect("deleted");
    let (part, more) = newest(store, None, 2).await;
    assert_eq!(
        (contents(&part), more),
        (vec!["2", "4"], true),
        "a page is still full"
    );
    store.delete_message(stored[0].id).await.expect("deleted");
    let (part, more) = newest(store, None, 2).await;
    assert_eq!(
        (contents(&part), more),
        (vec!["2", "4"], false),
        "a deleted one is not more"
    );
    assert_eq!(newest(store, Some(stored[2].seq), 9).await.0, stored[1..2]);
}

pub(crate) async fn the_number_of_a_deleted_message_stays_unused(store: &SharedStore) {
    let stored = send_messages(store, &["1", "2"]).await;
    for message in &stored {
        store.delete_message(message.id).await.expect("deleted");
    }
    let next = send_message(store, "3").await;
    assert!(next.seq > stored[1].seq);
    let known: HashSet<_> = stored.iter().map(|message| message.id).collect();
    assert!(!known.contains(&next.id));
}

pub(crate) async fn an_unknown_message_cannot_be_deleted(store: &SharedStore) {
    let message = send_message(store, "1").await;
    let unknown = store.delete_message(unknown_message()).await;
    assert_refused!(
        unknown,
        StoreError::Refused(Refusal::NotFound(Resource::Message))
    );
    assert_eq!(all(store).await.len(), 1);
    store.delete_message(message.id).await.expect("deleted");
    let again = store.delete_message(message.id).await;
    assert_refused!(
        again,
        StoreError::Refused(Refusal::NotFound(Resource::Message))
    );
}

pub(crate) async fn one_of_parallel_deletions_of_a_message_succeeds(store: &SharedStore) {
    let id = send_message(store, "1").await.id;
    let results = in_parallel(10, |_| {
        let store = store.clone();
        async move { store.delete_message(id).await }
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for result in results.into_iter().filter(Result::is_err) {
        assert_refused!(
            result,
            StoreError::Refused(Refusal::NotFound(Resource::Message))
        );
    }
}
