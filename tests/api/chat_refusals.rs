//! Chat frames that are refused, and the error frames.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::figure::figure;
use crate::socket::Socket;

/// Expects an error frame, and returns its code and nonce.
async fn next_error(socket: &mut Socket) -> (String, Option<Value>) {
    let error = socket.expect("error").await;
    assert!(
        error["message"]
            .as_str()
            .is_some_and(|text| !text.is_empty()),
        "{error}"
    );
    let code = error["code"].as_str().expect("a code").to_owned();
    (code, error.get("nonce").cloned())
}

pub(crate) async fn malformed_frames_are_rejected(app: &TestApp) {
    let (mut socket, _) = app.chat_socket("").await;
    for text in [
        "",
        "hello",
        "{",
        "[]",
        "1",
        "null",
        "{}",
        r#"{"event":1}"#,
        r#"{"event":"nope","data":{}}"#,
        r#"{"event":"Join","data":{"user":"ana@example.com"}}"#,
        r#"{"event":"join","data":[]}"#,
        r#"{"event":"join","data":"ana@example.com"}"#,
        r#"{"data":{"user":"ana@example.com"}}"#,
        "{\"event\":\"\\ud800\"}",
        "{\"event\":\"leave\"}\u{0}",
    ] {
        socket.send_text(text).await;
        assert_eq!(
            next_error(&mut socket).await,
            ("bad_frame".into(), None),
            "{text}"
        );
    }
    let deep = "[".repeat(10_000);
    socket.send_text(&deep).await;
    assert_eq!(next_error(&mut socket).await.0, "bad_frame");
    // The socket still works.
    socket.join("ana@example.com").await;
    socket.expect("users").await;
    figure(
        "X6",
        "16 malformed frames: bad_frame, and the socket stays open",
    );
}

pub(crate) async fn an_invalid_email_cannot_join(app: &TestApp) {
    let (mut socket, _) = app.chat_socket("").await;
    let long = format!("{}@example.com", "a".repeat(243));
    for data in [
        json!({}),
        json!({ "user": null }),
        json!({ "user": 1 }),
        json!({ "user": { "$ne": null } }),
        json!({ "user": "" }),
        json!({ "user": "ana" }),
        json!({ "user": "ana@" }),
        json!({ "user": "@example.com" }),
        json!({ "user": "ana@exa mple.com" }),
        json!({ "user": "ana@example..com" }),
        json!({ "user": "ana@example.com\u{0}" }),
        json!({ "user": "<script>@example.com" }),
        json!({ "user": long }),
    ] {
        socket.send("join", data.clone()).await;
        assert_eq!(
            next_error(&mut socket).await,
            ("bad_email".into(), None),
            "{data}"
        );
    }
    socket.send_chat("hello", "n-1").await;
    assert_eq!(next_error(&mut socket).await.0, "not_joined");
    figure("X6", "13 invalid e-mail addresses: bad_email");
}

pub(crate) async fn frames_before_the_join_are_refused(app: &TestApp) {
    let (mut socket, _) = app.chat_socket("").await;
    socket.send_chat("hello", "n-1").await;
    assert_eq!(
        next_error(&mut socket).await,
        ("not_joined".into(), Some(json!("n-1")))
    );
    socket.send("history", json!({})).await;
    assert_eq!(next_error(&mut socket).await, ("not_joined".into(), None));
    let stored = app.get("/api/messages").await.expect(200).payload();
    assert_eq!(stored, json!([]));
}

pub(crate) async fn bad_messages_are_refused_with_their_nonce(app: &TestApp) {
    let mut other = app.chat_as("bo@example.com").await;
    let mut socket = app.chat_as("ana@example.com").await;
    let long = "ñ".repeat(2001);
    for (message, code) in [
        (json!(""), "empty_message"),
        (json!(" \n\t\u{a0}\u{2003}"), "empty_message"),
        (json!(long), "too_long"),
        (json!(1), "bad_frame"),
        (json!(null), "bad_frame"),
        (json!({ "$ne": "" }), "bad_frame"),
        (json!(["hello"]), "bad_frame"),
    ] {
        let data = json!({ "message": message, "nonce": "n-1" });
        socket.send("chat-message", data).await;
        let expected = (code.to_owned(), Some(json!("n-1")));
        assert_eq!(next_error(&mut socket).await, expected, "{message}");
    }
    // They reach nobody: the next message that arrives is valid.
    socket.send_chat(&"ñ".repeat(2000), "n-1").await;
    assert_eq!(other.expect("chat-message").await["nonce"], "n-1");
    figure(
        "X6",
        "7 invalid messages: refused with code and nonce, sent to nobody",
    );
}

pub(crate) async fn bad_nonces_are_refused(app: &TestApp) {
    let mut socket = app.chat_as("ana@example.com").await;
    for nonce in [
        json!(""),
        json!(1),
        json!("n".repeat(65)),
        json!({}),
        json!("a\u{7}"),
    ] {
        let data = json!({ "message": "hello", "nonce": nonce });
        socket.send("chat-message", data).await;
        assert_eq!(next_error(&mut socket).await.0, "bad_frame", "{nonce}");
    }
    let longest = "ñ".repeat(64);
    socket.send_chat("hello", &longest).await;
    assert_eq!(socket.expect("chat-message").await["nonce"], longest);
}

pub(crate) async fn bad_history_parameters_are_refused(app: &TestApp) {
    let mut socket = app.chat_as("ana@example.com").await;
    for data in [
        json!({ "limit": 0 }),
        json!({ "limit": 101 }),
        json!({ "limit": -1 }),
        json!({ "limit": "10" }),
        json!({ "limit": 1.5 }),
        json!({ "before": "x" }),
        json!({ "before": 1.5 }),
        json!({ "before": { "$gt": 0 } }),
        json!({ "before": u64::MAX }),
    ] {
        socket.send("history", data.clone()).await;
        assert_eq!(
            next_error(&mut socket).await,
            ("bad_frame".into(), None),
            "{data}"
        );
    }
    socket
        .send("history", json!({ "before": i64::MAX, "limit": 100 }))
        .await;
    assert_eq!(socket.expect("chat-messages").await["messages"], json!([]));
}
