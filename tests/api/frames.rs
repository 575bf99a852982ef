//! Frames that no page of this shop sends.

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::app::TestApp;
use crate::socket::Socket;

/// An open socket of each kind, after its first frames.
async fn both(app: &TestApp) -> [Socket; 2] {
    [
        app.products_socket("?snapshot=false").await.0,
        app.chat_as("ana@example.com").await,
    ]
}

pub(crate) async fn a_binary_frame_closes_with_1003(app: &TestApp) {
    for mut socket in both(app).await {
        socket.send_message(Message::binary(&b"{}"[..])).await;
        assert_eq!(socket.closed().await.0, 1003);
    }
}

pub(crate) async fn a_large_frame_closes_with_1009(app: &TestApp) {
    for mut socket in both(app).await {
        socket.send_text(&" ".repeat((16 << 10) + 1)).await;
        assert_eq!(socket.closed().await.0, 1009);
    }
}

pub(crate) async fn the_largest_frame_is_read(app: &TestApp) {
    for mut socket in both(app).await {
        socket.send_text(&" ".repeat(16 << 10)).await;
        assert_eq!(socket.expect("error").await["code"], "bad_frame");
    }
}

pub(crate) async fn invalid_utf8_closes_with_1007(app: &TestApp) {
    for bytes in [
        &b"\xff"[..],
        b"\"\xed\xa0\x80\"",
        b"\xc0\xaf",
        b"half: \xf0\x9f\x8f",
    ] {
        for mut socket in both(app).await {
            socket.send_as_text(bytes).await;
            assert_eq!(socket.closed().await.0, 1007, "{bytes:?}");
        }
    }
}

pub(crate) async fn a_continuation_without_a_start_closes_with_1002(app: &TestApp) {
    for mut socket in both(app).await {
        let frame = Frame::message(b"x".to_vec(), OpCode::Data(Data::Continue), true);
        socket.send_message(Message::Frame(frame)).await;
        assert_eq!(socket.closed().await.0, 1002);
    }
}

/// All in one write: the valid frame must not be lost when both are read together.
pub(crate) async fn frames_before_a_broken_one_are_handled(app: &TestApp) {
    for mut socket in both(app).await {
        let broken = Frame::message(b"x".to_vec(), OpCode::Data(Data::Continue), true);
        let frames = [Message::text("?"), Message::Frame(broken)];
        socket.send_together(frames).await;
        assert_eq!(socket.expect("error").await["code"], "bad_frame");
        assert_eq!(socket.closed().await.0, 1002);
    }
}

pub(crate) async fn a_ping_is_answered(app: &TestApp) {
    for mut socket in both(app).await {
        socket
            .send_message(Message::Ping(b"are you there"[..].into()))
            .await;
        assert_eq!(socket.pong().await, b"are you there");
    }
}

pub(crate) async fn a_close_frame_is_returned(app: &TestApp) {
    for socket in both(app).await {
        socket.close().await;
    }
    // Other sockets are not affected.
    let mut socket = app.products_socket_after_snapshot().await;
    app.vase("V-1").await;
    socket.expect("update_products").await;
}

pub(crate) async fn bad_sockets_do_not_harm_good_ones(app: &TestApp) {
    let mut products = app.products_socket_after_snapshot().await;
    let mut chat = app.chat_as("bo@example.com").await;
    for mut bad in both(app).await {
        bad.send_as_text(b"\xff").await;
        bad.closed().await;
    }
    let product = app.vase("V-1").await;
    assert_eq!(products.expect("update_products").await["product"], product);
    app.message("hello").await;
    assert_eq!(chat.expect("chat-message").await["message"], "hello");
}
