//! Who is in the chat: told once per person.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::socket::Socket;

/// The next frame about a person; what was said meanwhile is passed over.
async fn person(socket: &mut Socket, user: &str) -> Value {
    socket
        .expect_where("user", |frame| frame["user"] == user)
        .await
}

fn came(user: &str, online: u64) -> Value {
    json!({ "user": user, "action": true, "online": online })
}

fn left(user: &str, online: u64) -> Value {
    json!({ "user": user, "action": false, "online": online })
}

pub(crate) async fn who_comes_and_goes_is_told(app: &TestApp) {
    let mut ana = app.chatter("ana@example.com").await;
    let bo = app.chatter("bo@example.com").await;
    assert_eq!(
        person(&mut ana, "bo@example.com").await,
        came("bo@example.com", 2)
    );
    let gone = Instant::now();
    bo.close().await;
    assert_eq!(
        person(&mut ana, "bo@example.com").await,
        left("bo@example.com", 1)
    );
    // A reload takes less than this.
    assert!(gone.elapsed() >= Duration::from_secs(3));
}

pub(crate) async fn who_says_goodbye_is_told_too(app: &TestApp) {
    let mut ana = app.chatter("ana@example.com").await;
    let mut bo = app.chatter("bo@example.com").await;
    person(&mut ana, "bo@example.com").await;
    bo.send("leave", json!({})).await;
    assert_eq!(
        person(&mut ana, "bo@example.com").await,
        left("bo@example.com", 1)
    );
}

pub(crate) async fn a_second_tab_is_no_second_person(app: &TestApp) {
    let mut ana = app.chatter("ana@example.com").await;
    let first = app.chatter("bo@example.com").await;
    person(&mut ana, "bo@example.com").await;

    let (mut second, _) = app.chat_socket("").await;
    second.join("bo@example.com").await;
    let users = second.expect("users").await;
    let both = json!({ "users": ["ana@example.com", "bo@example.com"], "online": 2 });
    assert_eq!(users, both);
    // One of two tabs closes, and somebody comes: only the latter is told.
    first.close().await;
    let _cy = app.chatter("cy@example.com").await;
    assert_eq!(ana.expect("user").await, came("cy@example.com", 3));
    second.close().await;
    assert_eq!(ana.expect("user").await, left("bo@example.com", 2));
}

pub(crate) async fn a_reload_is_neither_a_leave_nor_a_join(app: &TestApp) {
    let mut ana = app.chatter("ana@example.com").await;
    let bo = app.chatter("bo@example.com").await;
    person(&mut ana, "bo@example.com").await;
    bo.close().await;
    let bo = app.chatter("bo@example.com").await;
    // The next that is told of anybody is somebody else's coming and going, which takes longer
    // than the leave would have.
    let cy = app.chatter("cy@example.com").await;
    assert_eq!(ana.expect("user").await, came("cy@example.com", 3));
    cy.close().await;
    assert_eq!(ana.expect("user").await, left("cy@example.com", 2));
    bo.close().await;
}

pub(crate) async fn somebody_else_on_the_same_socket_is_told(app: &TestApp) {
    let mut ana = app.chatter("ana@example.com").await;
    let mut bo = app.chatter("bo@example.com").await;
    person(&mut ana, "bo@example.com").await;
    bo.join("cy@example.com").await;
    assert_eq!(person(&mut ana, "cy@example.com").await["action"], true);
    assert_eq!(
        person(&mut ana, "bo@example.com").await,
        left("bo@example.com", 2)
    );
    bo.expect_where("users", |users| users["users"].to_string().contains("cy@"))
        .await;
    bo.expect("chat-messages").await;
    bo.say("it is me", "n-1").await;
    assert_eq!(bo.expect("chat-message").await["user"], "cy@example.com");
}

pub(crate) async fn many_who_come_at_once_are_told_in_one_list(app: &TestApp) {
    let mut ana = app.chatter("ana@example.com").await;
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
    let mut told = 0;
    loop {
        let frame = ana.next().await;
        match frame["event"].as_str() {
            Some("user") => told += 1,
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
    assert!(told <= 60, "{told} frames for people who are in the list");
}

pub(crate) async fn a_list_has_a_hundred_people_at_most(app: &TestApp) {
    let mut crowd = Vec::new();
    for number in 0..105 {
        let (mut socket, _) = app.chat_socket("").await;
        socket.join(&format!("u{number:03}@example.com")).await;
        crowd.push(socket);
    }
    // Each answer is given when its join has been counted.
    for socket in &mut crowd {
        socket.expect("users").await;
    }
    let (mut last, _) = app.chat_socket("").await;
    last.join("zoe@example.com").await;
    let users = last.expect("users").await;
    assert_eq!(users["users"].as_array().expect("a list").len(), 100);
    assert_eq!(users["online"], 106);
}
