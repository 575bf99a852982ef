//! Muting people in the chat.

use serde_json::json;

use crate::app::TestApp;
use crate::reply::Reply;

const ANA: &str = "Ana@example.com";

async fn mute(app: &TestApp, user: &str) {
    let made = app.post("/api/mutes", &json!({ "user": user })).await;
    made.expect(201);
}

pub(crate) async fn a_muted_person_reads_but_cannot_write(app: &TestApp) {
    let mut ana = app.chat_as(ANA).await;
    mute(app, "ana@EXAMPLE.com").await;
    ana.send_chat("hello", "n-1").await;
    let error = ana.expect("error").await;
    assert_eq!(error["code"], "muted");
    assert_eq!(error["nonce"], "n-1");
    let message = json!({ "user": ANA, "message": "hello" });
    app.post("/api/messages", &message)
        .await
        .problem(403, "muted");
    let keyed = app
        .request("POST", "/api/messages")
        .header("Idempotency-Key", "k");
    let refused = Reply::to(keyed.json(&message)).await;
    refused.problem(403, "muted");

    let others = json!({ "user": "luis@example.com", "message": "hi" });
    app.post("/api/messages", &others).await.expect(201);
    assert_eq!(ana.expect("chat-message").await["message"], "hi");

    app.delete("/api/mutes/ANA@example.com").await.expect(200);
    let keyed = app
        .request("POST", "/api/messages")
        .header("Idempotency-Key", "k");
    Reply::to(keyed.json(&message)).await.expect(201);
}

pub(crate) async fn mutes_are_listed_and_end(app: &TestApp) {
    let made = app
        .post("/api/mutes", &json!({ "user": ANA, "minutes": 5 }))
        .await;
    let made = made.expect(201).payload();
    assert_eq!(made["user"], "ana@example.com");
    let listed = app.get("/api/mutes").await.expect(200).payload();
    assert_eq!(listed, json!([made]));
    app.delete("/api/mutes/ana@example.com").await.done();
    app.delete("/api/mutes/ana@example.com")
        .await
        .problem(404, "not_found");
    app.delete("/api/mutes/nobody")
        .await
        .problem(404, "not_found");
    assert_eq!(app.get("/api/mutes").await.expect(200).payload(), json!([]));
}

pub(crate) async fn an_invalid_mute_is_refused(app: &TestApp) {
    let bad = json!({ "user": "ana", "minutes": 0 });
    let refused = app.post("/api/mutes", &bad).await;
    refused.problem_of(400, "validation", &["user", "minutes"]);
    let unknown = json!({ "user": ANA, "hours": 1 });
    app.post("/api/mutes", &unknown)
        .await
        .problem(400, "unknown_field");
}
