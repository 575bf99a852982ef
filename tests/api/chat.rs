//! The chat over sockets.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::id;

pub(crate) async fn a_join_returns_people_and_history(app: &TestApp) {
    let (mut socket, welcome) = app.chat_socket("").await;
    assert_eq!(welcome["resumed"], false);
    socket.join("ana@example.com").await;
    let users = socket.expect("users").await;
    assert_eq!(users, json!({ "users": ["ana@example.com"], "online": 1 }));
    let mut history = socket.expect("chat-messages").await;
    assert!(history["cursor"].take().is_string());
    assert_eq!(
        history,
        json!({ "cursor": null, "messages": [], "hasMore": false })
    );

    let posted = [app.message("one").await, app.message("two").await];
    let (_, received) = app.chat_as_after("bo@example.com", 2).await;
    assert_eq!(received, posted);
}

pub(crate) async fn nothing_is_sent_before_the_join(app: &TestApp) {
    let (mut not_joined, _) = app.chat_socket("").await;
    let mut joined = app.chat_as("ana@example.com").await;
    app.message("one").await;
    joined.expect("chat-message").await;
    not_joined.join("bo@example.com").await;
    // The first frame is the reply to the join; the message is only in the history.
    let users = not_joined.expect("users").await;
    assert_eq!(
        users,
        json!({ "users": ["ana@example.com", "bo@example.com"], "online": 2 })
    );
    let history = not_joined.expect("chat-messages").await;
    assert_eq!(history["messages"].as_array().expect("a list").len(), 1);
    app.message("two").await;
    assert_eq!(not_joined.expect("chat-message").await["message"], "two");
}

pub(crate) async fn a_message_reaches_all_and_its_sender(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    let mut others = Vec::new();
    for number in 0..4 {
        others.push(app.chat_as(&format!("u{number}@example.com")).await);
    }
    ana.send_chat("hello <b>all</b>", "n-1").await;
    let message = ana.expect("chat-message").await;
    assert_eq!(message["message"], "hello <b>all</b>");
    assert_eq!(message["user"], "ana@example.com");
    assert_eq!(message["nonce"], "n-1");
    assert_eq!(id(&message).len(), 24);
    assert!(message["seq"].is_i64() && message["cursor"].is_string());
    assert_eq!(message.as_object().expect("an object").len(), 7);
    for other in &mut others {
        assert_eq!(other.expect("chat-message").await, message);
    }
    // The message is stored.
    let stored = app.get("/api/messages").await.expect(200).payload();
    assert_eq!(stored[0]["_id"], message["_id"]);
    assert_eq!(stored[0]["datetime"], message["datetime"]);
}

pub(crate) async fn a_message_without_a_nonce_has_none(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    for data in [
        json!({ "message": "hello" }),
        json!({ "text": "hello" }),
        json!({ "message": "hello", "nonce": null, "colour": "red" }),
    ] {
        ana.send("chat-message", data).await;
        let message = ana.expect("chat-message").await;
        assert_eq!(message["message"], "hello");
        assert_eq!(message.get("nonce"), None);
    }
}

pub(crate) async fn messages_of_one_sender_stay_in_order(app: &TestApp) {
    let mut bo = app.chat_as("bo@example.com").await;
    let mut ana = app.chat_as("ana@example.com").await;
    for number in 0..15 {
        ana.send_chat(&number.to_string(), &format!("n-{number}"))
            .await;
    }
    let mut last = 0;
    for number in 0..15 {
        let message = bo.expect("chat-message").await;
        assert_eq!(message["message"], number.to_string());
        let seq = message["seq"].as_i64().expect("a number");
        assert!(seq > last, "{seq} after {last}");
        last = seq;
    }
}

pub(crate) async fn a_repeated_message_is_stored_once_and_returned_to_its_sender(app: &TestApp) {
    let mut bo = app.chat_as("bo@example.com").await;
    let mut ana = app.chat_as("ana@example.com").await;
    ana.send_chat("hello", "n-1").await;
    let message = ana.expect("chat-message").await;
    assert_eq!(bo.expect("chat-message").await, message);

    // After a lost reply a client sends again, maybe on another connection.
    let (mut second, _) = app.chat_as_after("ana@example.com", 1).await;
    second.send_chat("hello", "n-1").await;
    let mut repeat = second.expect("chat-message").await;
    repeat["cursor"] = message["cursor"].clone();
    assert_eq!(repeat, message);
    // The same nonce from someone else is another message.
    bo.send_chat("hi", "n-1").await;
    let other = bo.expect("chat-message").await;
    assert_eq!(other["message"], "hi");
    assert_eq!(ana.expect("chat-message").await, other);
    let history = app.get("/api/messages").await.expect(200).payload();
    assert_eq!(history.as_array().expect("a list").len(), 2);
}

pub(crate) async fn the_history_is_sent_in_parts(app: &TestApp) {
    let mut socket = app.chat_as("ana@example.com").await;
    let texts: Vec<_> = (0..120).map(|number| format!("m{number}")).collect();
    for chunk in texts.chunks(20) {
        futures_util::future::join_all(chunk.iter().map(|text| app.message(text))).await;
    }
    let seqs = |part: &Value| -> Vec<i64> {
        let messages = part["messages"].as_array().expect("a list").iter();
        messages
            .map(|message| message["seq"].as_i64().expect("a number"))
            .collect()
    };
    // Wait for all messages, so that the stream is level with the store.
    for _ in &texts {
        socket.expect("chat-message").await;
    }
    socket.send("history", json!({})).await;
    let newest = socket.expect("chat-messages").await;
    let mut all = seqs(&newest);
    assert_eq!((all.len(), &newest["hasMore"]), (50, &json!(true)));
    for (limit, count, has_more) in [(json!(null), 50, true), (json!(100), 20, false)] {
        let data = json!({ "before": all[0], "limit": limit });
        socket.send("history", data).await;
        let older = socket.expect("chat-messages").await;
        assert_eq!(
            (seqs(&older).len(), &older["hasMore"]),
            (count, &json!(has_more))
        );
        all.splice(0..0, seqs(&older));
    }
    assert!(all.is_sorted_by(|one, two| one < two));
    assert_eq!(all.len(), 120);
    socket.send("history", json!({ "before": all[0] })).await;
    let none = socket.expect("chat-messages").await;
    assert_eq!((seqs(&none).len(), &none["hasMore"]), (0, &json!(false)));
    socket.send("history", json!({ "limit": 1 })).await;
    assert_eq!(seqs(&socket.expect("chat-messages").await), all[119..]);
}

pub(crate) async fn a_deletion_is_sent_and_leaves_the_history(app: &TestApp) {
    let one = app.message("one").await;
    let two = app.message("two").await;
    let (mut ana, _) = app.chat_as_after("ana@example.com", 2).await;
    app.delete(&format!("/api/messages/{}", id(&one)))
        .await
        .done();
    let mut deleted = ana.expect("chat-deleted").await;
    assert!(deleted["cursor"].take().is_string());
    assert_eq!(
        deleted,
        json!({ "cursor": null, "_id": one["_id"], "seq": one["seq"] })
    );
    ana.send("history", json!({})).await;
    assert_eq!(ana.expect("chat-messages").await["messages"], json!([two]));
}

pub(crate) async fn a_message_over_rest_reaches_the_sockets(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    let posted = app.message("from afar").await;
    let mut received = ana.expect("chat-message").await;
    assert!(received["cursor"].is_string());
    received
        .as_object_mut()
        .expect("an object")
        .remove("cursor");
    assert_eq!(received, posted);
}

pub(crate) async fn nothing_is_sent_after_a_leave(app: &TestApp) {
    let mut other = app.chat_as("bo@example.com").await;
    let mut ana = app.chat_as("ana@example.com").await;
    ana.send("leave", json!({})).await;
    // The reply to a later frame shows that the leave was read.
    ana.send_chat("am I still here?", "n-1").await;
    let error = ana.expect("error").await;
    assert_eq!(
        (&error["code"], &error["nonce"]),
        (&json!("not_joined"), &json!("n-1"))
    );
    app.message("one").await;
    assert_eq!(other.expect("chat-message").await["message"], "one");
    ana.join("ana@example.com").await;
    ana.expect("users").await;
    let history = ana.expect("chat-messages").await;
    assert_eq!(history["messages"].as_array().expect("a list").len(), 1);
    app.message("two").await;
    assert_eq!(ana.expect("chat-message").await["message"], "two");
}
