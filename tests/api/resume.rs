//! A socket that comes back is told what it missed, or that it must start anew.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::goods::*;
use crate::place::Place;

/// The query of a socket that was at a place.
pub(crate) fn since(cursor: &Value) -> String {
    let cursor = cursor.as_str().expect("a cursor");
    let pair = serde_urlencoded::to_string([("since", cursor)]);
    format!("?{}", pair.expect("a query"))
}

pub(crate) async fn missed_frames_come_in_order_and_once(place: &Place) {
    let app = TestApp::start(place, &[]);
    let mut witness = app.products_socket_after_snapshot().await;
    let (mut reader, _) = app.products_socket("").await;
    reader.expect("products").await;
    let product = app.vase("V-1").await;
    let seen = reader.expect("update_products").await;
    reader.close().await;

    for stock in 0..20 {
        app.put(&path(&product), &json!({ "stock": stock }))
            .await
            .expect(202);
    }
    app.delete(&path(&product)).await.done();

    let mut missed = Vec::new();
    assert_eq!(witness.expect("update_products").await, seen);
    for _ in 0..21 {
        missed.push(witness.expect("update_products").await);
    }
    let (mut reader, welcome) = app.products_socket(&since(&seen["cursor"])).await;
    assert_eq!(
        welcome,
        json!({ "cursor": seen["cursor"], "resumed": true })
    );
    for frame in &missed {
        assert_eq!(reader.expect("update_products").await, *frame);
    }
    // Then the stream goes on.
    let next = app.vase("V-2").await;
    assert_eq!(reader.expect("update_products").await["product"], next);
}

pub(crate) async fn every_place_resumes_behind_itself(place: &Place) {
    let app = TestApp::start(place, &[]);
    let (mut socket, welcome) = app.products_socket("?snapshot=false").await;
    let mut cursors = vec![welcome["cursor"].clone()];
    for number in 0..5 {
        app.vase(&format!("V-{number}")).await;
        cursors.push(socket.expect("update_products").await["cursor"].clone());
    }
    for (place, cursor) in cursors.iter().enumerate() {
        let (mut socket, welcome) = app.products_socket(&since(cursor)).await;
        assert_eq!(welcome["resumed"], true, "{cursor}");
        for missed in &cursors[place + 1..] {
            assert_eq!(socket.expect("update_products").await["cursor"], *missed);
        }
    }
}

pub(crate) async fn an_unknown_place_is_told_and_starts_anew(place: &Place) {
    let app = TestApp::start(place, &[]);
    let product = app.vase("V-1").await;
    let (mut socket, welcome) = app.products_socket("?snapshot=false").await;
    app.vase("V-2").await;
    let real = socket.expect("update_products").await["cursor"].clone();
    let real = real.as_str().expect("a cursor");
    for cursor in [
        "".to_owned(),
        "x".to_owned(),
        "0".to_owned(),
        "-1".to_owned(),
        "99999999999999999999".to_owned(),
        format!("{real}0"),
        format!("0{real}"),
        real[..real.len() - 1].to_owned(),
        real.to_uppercase() + "!",
        "' OR 1=1 --".to_owned(),
        "{\"$gt\":\"\"}".to_owned(),
        "a".repeat(5_000),
        "\u{0}".to_owned(),
    ] {
        let (mut socket, told) = app.products_socket(&since(&json!(cursor))).await;
        assert_eq!(told["resumed"], false, "{cursor}");
        assert_ne!(told["cursor"], welcome["cursor"]);
        let (products, _) = socket.snapshot().await;
        assert_eq!(products.len(), 2);
        assert_eq!(products[0], product);
    }
}

pub(crate) async fn a_place_of_another_shop_is_unknown(place: &Place) {
    let app = TestApp::start(place, &[]);
    let other_place = Place::sqlite();
    let other = TestApp::start(&other_place, &[]);
    for shop in [&app, &other] {
        shop.vase("V-1").await;
        shop.vase("V-2").await;
    }
    let (mut socket, _) = other.products_socket("?snapshot=false").await;
    other.vase("V-3").await;
    let cursor = socket.expect("update_products").await["cursor"].clone();
    let (_, welcome) = app.products_socket(&since(&cursor)).await;
    assert_eq!(welcome["resumed"], false);
}

pub(crate) async fn a_resumed_socket_gets_no_snapshot_whatever_it_asks_for(place: &Place) {
    let app = TestApp::start(place, &[]);
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let (_, welcome) = app.products_socket("?snapshot=false").await;
    app.put(&path(&one), &json!({ "stock": 1 }))
        .await
        .expect(202);
    app.put(&path(&two), &json!({ "stock": 2 }))
        .await
        .expect(202);
    let from = since(&welcome["cursor"]);
    for (query, expected) in [
        (format!("{from}&snapshot=true"), vec![&one, &two]),
        (format!("{from}&snapshot=false"), vec![&one, &two]),
        (format!("{from}&ids={}", id(&two)), vec![&two]),
    ] {
        // The stream may have been behind the store at the welcome.
        let (mut socket, welcome) = app.products_socket(&query).await;
        assert_eq!(welcome["resumed"], true, "{query}");
        for product in expected {
            let fits = |update: &Value| update["action"] == "updated";
            let update = socket.expect_where("update_products", fits).await;
            assert_eq!(update["id"], product["_id"], "{query}");
        }
    }
}

pub(crate) async fn a_restart_is_no_hole(place: &Place) {
    let app = TestApp::start(place, &[]);
    let mut products = app.products_socket_after_snapshot().await;
    let product = app.vase("V-1").await;
    let seen = products.expect("update_products").await;
    let mut chat = app.chatter("ana@example.com").await;
    app.message("one").await;
    let heard = chat.expect("chat-message").await;
    // Missed: stored before the stop, told to others alone.
    app.put(&path(&product), &json!({ "stock": 3 }))
        .await
        .expect(202);
    app.message("two").await;
    let missed = products.expect("update_products").await;
    drop((products, chat, app));

    let app = TestApp::start(place, &[]);
    let (mut products, welcome) = app.products_socket(&since(&seen["cursor"])).await;
    assert_eq!(welcome["resumed"], true);
    let told = products.expect("update_products").await;
    assert_eq!(
        (&told["cursor"], &told["version"]),
        (&missed["cursor"], &missed["version"])
    );
    let (mut chat, welcome) = app.chat_socket(&since(&heard["cursor"])).await;
    assert_eq!(welcome["resumed"], true);
    chat.join("ana@example.com").await;
    chat.expect("users").await;
    assert_eq!(chat.expect("chat-message").await["message"], "two");

    let next = app.vase("V-2").await;
    assert_eq!(products.expect("update_products").await["product"], next);
}

pub(crate) async fn the_first_place_of_all_outlives_restarts(place: &Place) {
    let app = TestApp::start(place, &[]);
    let (_, welcome) = app.products_socket("?snapshot=false").await;
    drop(app);
    for restart in 0..3 {
        let app = TestApp::start(place, &[]);
        let (mut socket, again) = app.products_socket(&since(&welcome["cursor"])).await;
        assert_eq!(again["resumed"], true, "restart {restart}");
        app.vase(&restart.to_string()).await;
        for told in 0..=restart {
            let update = socket.expect("update_products").await;
            assert_eq!(update["product"]["code"], told.to_string());
        }
    }
}

pub(crate) async fn a_place_of_another_shop_is_unknown_after_a_restart_too(place: &Place) {
    let other_place = place.another();
    let other = TestApp::start(&other_place, &[]);
    let (mut socket, welcome) = other.products_socket("?snapshot=false").await;
    other.vase("V-1").await;
    let update = socket.expect("update_products").await;
    drop(other);
    drop(TestApp::start(place, &[]));
    let app = TestApp::start(place, &[]);
    app.vase("V-1").await;
    for cursor in [&welcome["cursor"], &update["cursor"]] {
        let (_, told) = app.products_socket(&since(cursor)).await;
        assert_eq!(told["resumed"], false);
    }
}

pub(crate) async fn the_chat_tells_what_was_missed_after_the_join(place: &Place) {
    let app = TestApp::start(place, &[]);
    let mut witness = app.chatter("ana@example.com").await;
    app.message("one").await;
    let seen = witness.expect("chat-message").await;
    let two = app.message("two").await;
    app.message("three").await;
    // A message that is deleted before it was told is told as deleted alone.
    let told = [
        ("chat-message", witness.expect("chat-message").await),
        ("chat-message", witness.expect("chat-message").await),
    ];
    app.delete(&format!("/api/messages/{}", id(&two)))
        .await
        .done();
    app.message("four").await;
    let after = [
        ("chat-deleted", witness.expect("chat-deleted").await),
        ("chat-message", witness.expect("chat-message").await),
    ];
    let missed = told.into_iter().chain(after);

    let (mut socket, welcome) = app.chat_socket(&since(&seen["cursor"])).await;
    assert_eq!(
        welcome,
        json!({ "cursor": seen["cursor"], "resumed": true })
    );
    socket.join("bo@example.com").await;
    socket.expect("users").await;
    for (event, frame) in missed {
        assert_eq!(socket.expect(event).await, frame);
    }
    app.message("five").await;
    assert_eq!(socket.expect("chat-message").await["message"], "five");
}

pub(crate) async fn an_unknown_place_in_the_chat_gets_the_history(place: &Place) {
    let app = TestApp::start(place, &[]);
    let one = app.message("one").await;
    let (mut socket, welcome) = app.chat_socket("?since=nowhere").await;
    assert_eq!(welcome["resumed"], false);
    socket.join("ana@example.com").await;
    socket.expect("users").await;
    let history = socket.expect("chat-messages").await;
    assert_eq!(history["hasMore"], false);
    // A stream that is behind the store tells it next.
    if history["messages"] == json!([]) {
        assert_eq!(socket.expect("chat-message").await["_id"], one["_id"]);
    } else {
        assert_eq!(history["messages"], json!([one]));
    }
}
