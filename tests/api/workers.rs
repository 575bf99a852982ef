//! Several web workers are one shop.

use serde_json::json;

use crate::app::TestApp;
use crate::goods::path;
use crate::place::Place;
use crate::resume::since;

/// More workers than sockets need.
const SEVERAL: [&str; 2] = ["--workers", "3"];

pub(crate) async fn all_sockets_hear_the_same_in_the_same_order(place: &Place) {
    let app = TestApp::start(place, &SEVERAL);
    let mut sockets = Vec::new();
    for _ in 0..6 {
        sockets.push(app.products_socket_after_snapshot().await);
    }
    let codes: Vec<_> = (0..20).map(|n| format!("V-{n}")).collect();
    futures_util::future::join_all(codes.iter().map(|code| app.vase(code))).await;
    let mut heard = Vec::new();
    for socket in &mut sockets {
        let mut frames = Vec::new();
        for _ in &codes {
            frames.push(socket.expect("update_products").await);
        }
        heard.push(frames);
    }
    for frames in &heard {
        assert_eq!(frames, &heard[0]);
    }
    let mut cursors: Vec<_> = heard[0]
        .iter()
        .map(|frame| frame["cursor"].to_string())
        .collect();
    cursors.sort();
    cursors.dedup();
    assert_eq!(cursors.len(), 20);
}

pub(crate) async fn viewers_are_counted(place: &Place) {
    let app = TestApp::start(place, &SEVERAL);
    let (mut first, _) = app.products_socket("?snapshot=false").await;
    first
        .expect_where("viewers", |viewers| viewers["count"] == 1)
        .await;
    let (mut second, _) = app.products_socket("?snapshot=false").await;
    let (third, _) = app.products_socket("?snapshot=false").await;
    // A chat is no view of the products.
    let (_chat, _) = app.chat_socket("").await;
    first
        .expect_where("viewers", |viewers| viewers["count"] == 3)
        .await;
    second
        .expect_where("viewers", |viewers| viewers["count"] == 3)
        .await;
    third.close().await;
    let viewers = first
        .expect_where("viewers", |viewers| viewers["count"] == 2)
        .await;
    assert_eq!(viewers, json!({ "count": 2 }));
}

pub(crate) async fn all_hear_one_order(place: &Place) {
    let app = TestApp::start(place, &SEVERAL);
    let mut chatters = Vec::new();
    for number in 0..5 {
        chatters.push(app.chatter(&format!("u{number}@example.com")).await);
    }
    for round in 0..4 {
        for (number, chatter) in chatters.iter_mut().enumerate() {
            chatter
                .say(&format!("{round}-{number}"), &format!("n-{round}"))
                .await;
        }
    }
    let mut heard = Vec::new();
    for chatter in &mut chatters {
        let mut frames = Vec::new();
        for _ in 0..20 {
            frames.push(chatter.expect("chat-message").await);
        }
        heard.push(frames);
    }
    assert!(heard.iter().all(|frames| *frames == heard[0]));
    assert!(heard[0].is_sorted_by_key(|message| message["seq"].as_i64()));
}

pub(crate) async fn people_of_all_workers_are_told_of_each_other(place: &Place) {
    let app = TestApp::start(place, &SEVERAL);
    let mut first = app.chatter("u0@example.com").await;
    let mut others = Vec::new();
    for number in 1..6 {
        let user = format!("u{number}@example.com");
        others.push(app.chatter(&user).await);
        let told = first
            .expect_where("user", |told| told["user"] == user)
            .await;
        assert_eq!(told["online"], number + 1);
    }
    first.say("hello", "n-1").await;
    let message = first.expect("chat-message").await;
    for other in &mut others {
        assert_eq!(other.expect("chat-message").await, message);
    }
}

pub(crate) async fn a_place_that_one_worker_showed_is_known_to_all(place: &Place) {
    let app = TestApp::start(place, &SEVERAL);
    let product = app.vase("V-1").await;
    let writing = async {
        for stock in 0.. {
            let change = json!({ "stock": stock % 100 });
            app.put(&path(&product), &change).await.expect(202);
        }
    };
    let reading = async {
        for number in 0..300 {
            let shown = app.get("/api/products?limit=1").await.expect(200).json();
            let (_, welcome) = app.products_socket(&since(&shown["cursor"])).await;
            assert_eq!(welcome["resumed"], true, "the {number}. place");
        }
    };
    tokio::select! {
        () = writing => unreachable!("it goes on"),
        () = reading => {}
    }
}
