//! The chat over REST.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::{MALFORMED, UNKNOWN, id};

impl TestApp {
    /// Posts a message over REST.
    pub(crate) async fn message(&self, text: &str) -> Value {
        let body = json!({ "user": "ana@example.com", "message": text });
        let reply = self.post("/api/messages", &body).await;
        reply.expect(201).payload()
    }
}

/// The message texts of one page of the history.
fn texts(history: &Value) -> Vec<&str> {
    let messages = history["payload"].as_array().expect("a list").iter();
    messages
        .map(|message| message["message"].as_str().expect("a text"))
        .collect()
}

async fn history(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/api/messages{query}"))
        .await
        .expect(200)
        .json()
}

pub(crate) async fn a_new_message_has_every_member(app: &TestApp) {
    let message = app.message("hello\nall").await;
    assert_eq!(message["user"], "ana@example.com");
    assert_eq!(message["message"], "hello\nall");
    assert_eq!(id(&message).len(), 24);
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let datetime = message["datetime"].as_str().expect("a moment");
    time::OffsetDateTime::parse(datetime, rfc3339).expect("RFC 3339");
    assert!(message["seq"].is_i64());
    assert_eq!(message.as_object().expect("an object").len(), 5);
    assert_eq!(history(app, "").await["payload"], json!([message]));
}

pub(crate) async fn text_is_an_alias_of_message(app: &TestApp) {
    let body = json!({ "user": "ana@example.com", "text": "hello" });
    let message = app.post("/api/messages", &body).await.expect(201).payload();
    assert_eq!(message["message"], "hello");
    let fields = [("user", "bo@example.com"), ("message", "hi & bye")];
    let message = app.post_form("/api/messages", &fields).await.expect(201);
    assert_eq!(message.payload()["message"], "hi & bye");
}

pub(crate) async fn an_empty_chat_has_an_empty_history(app: &TestApp) {
    let empty = json!({ "status": 200, "payload": [], "hasMore": false });
    assert_eq!(history(app, "").await, empty);
}

pub(crate) async fn the_history_is_paged_backwards(app: &TestApp) {
    let mut seqs = Vec::new();
    for number in 0..7 {
        let message = app.message(&format!("m{number}")).await;
        seqs.push(message["seq"].as_i64().expect("a number"));
    }
    assert!(seqs.is_sorted_by(|one, two| one < two), "{seqs:?}");

    let last = history(app, "?limit=3").await;
    assert_eq!(texts(&last), ["m4", "m5", "m6"]);
    assert_eq!(last["hasMore"], true);
    let before = history(app, &format!("?limit=3&before={}", seqs[4])).await;
    assert_eq!(texts(&before), ["m1", "m2", "m3"]);
    assert_eq!(before["hasMore"], true);
    let first = history(app, &format!("?limit=3&before={}", seqs[1])).await;
    assert_eq!(texts(&first), ["m0"]);
    assert_eq!(first["hasMore"], false);
    let none = history(app, &format!("?before={}", seqs[0])).await;
    assert_eq!((texts(&none).len(), &none["hasMore"]), (0, &json!(false)));
    let exactly = history(app, "?limit=7").await;
    assert_eq!(
        (texts(&exactly).len(), &exactly["hasMore"]),
        (7, &json!(false))
    );
}

pub(crate) async fn fifty_messages_are_shown_by_default(app: &TestApp) {
    let texts: Vec<_> = (0..101).map(|number| format!("m{number}")).collect();
    for some in texts.chunks(20) {
        futures_util::future::join_all(some.iter().map(|text| app.message(text))).await;
    }
    for (query, count) in [("", 50), ("?limit=100", 100)] {
        let history = history(app, query).await;
        let seqs: Vec<_> = history["payload"]
            .as_array()
            .expect("a list")
            .iter()
            .collect();
        assert_eq!(seqs.len(), count);
        assert!(seqs.is_sorted_by_key(|message| message["seq"].as_i64()));
        assert_eq!(history["hasMore"], true);
    }
}

pub(crate) async fn bad_parameters_are_named(app: &TestApp) {
    for (query, fields) in [
        ("limit=0", vec!["limit"]),
        ("limit=101", vec!["limit"]),
        ("limit=x", vec!["limit"]),
        ("before=x", vec!["before"]),
        ("before=", vec!["before"]),
        ("before=1.5", vec!["before"]),
        ("before=99999999999999999999", vec!["before"]),
        ("limit=-1&before=$gt", vec!["limit", "before"]),
    ] {
        let reply = app.get(&format!("/api/messages?{query}")).await;
        reply.problem_of(400, "invalid_query", &fields);
    }
}

pub(crate) async fn bad_members_are_named(app: &TestApp) {
    let long = format!("{}@example.com", "a".repeat(243));
    for (body, fields) in [
        (json!({}), vec!["user", "message"]),
        (json!({ "user": "ana@example.com" }), vec!["message"]),
        (
            json!({ "user": "ana@example.com", "message": "" }),
            vec!["message"],
        ),
        (
            json!({ "user": "ana@example.com", "message": " \n\t\u{a0}" }),
            vec!["message"],
        ),
        (
            json!({ "user": "ana@example.com", "message": "ñ".repeat(2001) }),
            vec!["message"],
        ),
        (
            json!({ "user": "ana@example.com", "message": 1 }),
            vec!["message"],
        ),
        (
            json!({ "user": "ana@example.com", "message": null }),
            vec!["message"],
        ),
        (json!({ "user": "ana", "message": "hi" }), vec!["user"]),
        (json!({ "user": "ana@", "message": "hi" }), vec!["user"]),
        (
            json!({ "user": "@example.com", "message": "hi" }),
            vec!["user"],
        ),
        (
            json!({ "user": "ana bo@example.com", "message": "hi" }),
            vec!["user"],
        ),
        (
            json!({ "user": "ana@-example.com", "message": "hi" }),
            vec!["user"],
        ),
        (json!({ "user": long, "message": "hi" }), vec!["user"]),
        (
            json!({ "user": { "$ne": "" }, "message": ["hi"] }),
            vec!["user", "message"],
        ),
    ] {
        let reply = app.post("/api/messages", &body).await;
        reply.problem_of(400, "validation", &fields);
    }
    let body = json!({ "user": "ana@example.com", "message": "hi", "seq": 1, "to": "bo" });
    let reply = app.post("/api/messages", &body).await;
    reply.problem_of(400, "unknown_field", &["seq", "to"]);
    let reply = app.post_as("application/json", "/api/messages", "[]").await;
    reply.problem(400, "bad_json");
    assert_eq!(history(app, "").await["payload"], json!([]));
}

pub(crate) async fn the_longest_message_is_accepted(app: &TestApp) {
    for text in [
        "ñ".repeat(2000),
        "🏺".repeat(2000),
        " <b>$ne</b> ".to_owned(),
    ] {
        assert_eq!(app.message(&text).await["message"], text);
    }
    let body = json!({ "user": format!("{}@example.com", "a".repeat(242)), "message": "hi" });
    app.post("/api/messages", &body).await.expect(201);
}

pub(crate) async fn a_deleted_message_leaves_its_number_unused(app: &TestApp) {
    let (one, two) = (app.message("one").await, app.message("two").await);
    app.delete(&format!("/api/messages/{}", id(&two)))
        .await
        .done();
    assert_eq!(history(app, "").await["payload"], json!([one]));
    let three = app.message("three").await;
    assert!(three["seq"].as_i64() > two["seq"].as_i64());
    let again = app.delete(&format!("/api/messages/{}", id(&two))).await;
    again.problem(404, "not_found");
}

pub(crate) async fn an_unknown_message_is_not_found(app: &TestApp) {
    let message = app.message("hi").await;
    for unknown in MALFORMED.iter().chain([&UNKNOWN]) {
        let reply = app.delete(&format!("/api/messages/{unknown}")).await;
        reply.problem(404, "not_found");
    }
    assert_eq!(history(app, "").await["payload"], json!([message]));
}
