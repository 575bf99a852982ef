//! Presence in the chat: joins and leaves, once per person.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::socket::Socket;

/// The next presence frame of a person; others are skipped.
async fn presence_of(socket: &mut Socket, user: &str) -> Value {
    socket
        .expect_where("user", |frame| frame["user"] == user)
        .await
}

fn joined(user: &str, online: u64) -> Value {
    json!({ "user": user, "action": true, "online": online })
}

fn left(user: &str, online: u64) -> Value {
    json!({ "user": user, "action": false, "online": online })
}

pub(crate) async fn joins_and_disconnects_are_announced(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    let bo = app.chat_as("bo@example.com").await;
    assert_eq!(
        presence_of(&mut ana, "bo@example.com").await,
        joined("bo@example.com", 2)
    );
    let closed_at = Instant::now();
    bo.close().await;
    assert_eq!(
        presence_of(&mut ana, "bo@example.com").await,
        left("bo@example.com", 1)
    );
    // The leave is delayed, so that a reload is not announced.
    assert!(closed_at.elapsed() >= Duration::from_secs(3));
}

pub(crate) async fn a_leave_is_announced(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    let mut bo = app.chat_as("bo@example.com").await;
    presence_of(&mut ana, "bo@example.com").await;
    bo.send("leave", json!({})).await;
    assert_eq!(
        presence_of(&mut ana, "bo@example.com").await,
        left("bo@example.com", 1)
    );
}

pub(crate) async fn a_second_tab_is_not_a_second_person(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    let first = app.chat_as("bo@example.com").await;
    presence_of(&mut ana, "bo@example.com").await;

    let (mut second, _) = app.chat_socket("").await;
    second.join("bo@example.com").await;
    let users = second.expect("users").await;
    let both = json!({ "users": ["ana@example.com", "bo@example.com"], "online": 2 });
    assert_eq!(users, both);
    // One of two tabs closes and a new person joins: only the join is announced.
    first.close().await;
    let _cy = app.chat_as("cy@example.com").await;
    assert_eq!(ana.expect("user").await, joined("cy@example.com", 3));
    second.close().await;
    assert_eq!(ana.expect("user").await, left("bo@example.com", 2));
}

pub(crate) async fn a_reload_is_neither_a_leave_nor_a_join(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    let bo = app.chat_as("bo@example.com").await;
    presence_of(&mut ana, "bo@example.com").await;
    bo.close().await;
    let bo = app.chat_as("bo@example.com").await;
    // The next presence frames are those of another person, whose leave takes longer than the one
    // of the reload would have.
    let cy = app.chat_as("cy@example.com").await;
    assert_eq!(ana.expect("user").await, joined("cy@example.com", 3));
    cy.close().await;
    assert_eq!(ana.expect("user").await, left("cy@example.com", 2));
    bo.close().await;
}

pub(crate) async fn a_new_person_on_the_same_socket_is_announced(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    let mut bo = app.chat_as("bo@example.com").await;
    presence_of(&mut ana, "bo@example.com").await;
    bo.join("cy@example.com").await;
    assert_eq!(
        presence_of(&mut ana, "cy@example.com").await["action"],
        true
    );
    assert_eq!(
        presence_of(&mut ana, "bo@example.com").await,
        left("bo@example.com", 2)
    );
    bo.expect_where("users", |users| users["users"].to_string().contains("cy@"))
        .await;
    bo.expect("chat-messages").await;
    bo.send_chat("it is me", "n-1").await;
    assert_eq!(bo.expect("chat-message").await["user"], "cy@example.com");
}

pub(crate) async fn many_simultaneous_joins_are_sent_as_one_list(app: &TestApp) {
    let mut ana = app.chat_as("ana@example.com").await;
    let mut crowd = Vec::new();
    for _ in 0..60 {
        crowd.push(app.chat_socket("").await.0);
    }
    let joins = crowd
        .iter_mut()
        .enumerate()
        .map(|(number, socket)| async move {
            socket.join(&format!("u{number}@example.com")).await;
        });
    futures_util::future::join_all(joins).await;
    let mut count = 0;
    loop {
        let frame = ana.next().await;
        match frame["event"].as_str() {
            Some("user") => count += 1,
            Some("users") => {
                let data = &frame["data"];
                let list = data["users"].as_array().expect("a list").len() as u64;
                assert_eq!(data["online"], list);
                if list == 61 {
                    break;
                }
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(count <= 60, "{count} frames for people who are in the list");
}

pub(crate) async fn a_list_has_a_hundred_people_at_most(app: &TestApp) {
    let mut crowd = Vec::new();
    for number in 0..105 {
        let (mut socket, _) = app.chat_socket("").await;
        socket.join(&format!("u{number:03}@example.com")).await;
        crowd.push(socket);
    }
    // Each reply is sent after its join was counted.
    for socket in &mut crowd {
        socket.expect("users").await;
    }
    let (mut last, _) = app.chat_socket("").await;
    last.join("zoe@example.com").await;
    let users = last.expect("users").await;
    assert_eq!(users["users"].as_array().expect("a list").len(), 100);
    assert_eq!(users["online"], 106);
}
