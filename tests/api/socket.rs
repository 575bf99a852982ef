//! A WebSocket client of the tests.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::app::TestApp;

/// A frame that has not arrived by then never arrives.
const FRAME_TIMEOUT: Duration = Duration::from_secs(10);

/// Events that may arrive at any time; skipped unless a test waits for them.
const EPHEMERAL: [&str; 3] = ["viewers", "user", "position"];

/// An open socket.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl TestApp {
    /// Opens `/ws/products` with a query and reads the welcome.
    pub(crate) async fn products_socket(&self, query: &str) -> (Socket, Value) {
        self.open_welcomed(&format!("/ws/products{query}")).await
    }

    /// A products socket after its snapshot of one part.
    pub(crate) async fn products_socket_after_snapshot(&self) -> Socket {
        let (mut socket, _) = self.products_socket("").await;
        let snapshot = socket.expect("products").await;
        assert_eq!(snapshot["remaining"], 0);
        socket
    }

    /// A products socket after every change stored so far: it makes another change and waits for
    /// its frame.
    pub(crate) async fn live_products_socket(&self) -> Socket {
        let (mut socket, _) = self.products_socket("").await;
        socket.snapshot().await;
        let marker = self.vase("MARKER").await;
        self.delete(&crate::fixtures::path(&marker)).await.done();
        let is_end =
            |update: &Value| update["id"] == marker["_id"] && update["action"] == "deleted";
        socket.expect_where("update_products", is_end).await;
        socket
    }

    /// Opens `/ws/chat` with a query and reads the welcome.
    pub(crate) async fn chat_socket(&self, query: &str) -> (Socket, Value) {
        self.open_welcomed(&format!("/ws/chat{query}")).await
    }

    /// A socket that has joined the chat, after an empty history.
    pub(crate) async fn chat_as(&self, user: &str) -> Socket {
        self.chat_as_after(user, 0).await.0
    }

    /// A socket that has joined the chat and got `count` messages: in the history or, if the
    /// stream was behind the store, after it.
    pub(crate) async fn chat_as_after(&self, user: &str, count: usize) -> (Socket, Vec<Value>) {
        let (mut socket, _) = self.chat_socket("").await;
        socket.join(user).await;
        socket.expect("users").await;
        let mut history = socket.expect("chat-messages").await;
        assert!(history["cursor"].is_string(), "{history}");
        assert_eq!(history["hasMore"], false);
        let Value::Array(mut messages) = history["messages"].take() else {
            panic!("{history} has no messages");
        };
        while messages.len() < count {
            let mut message = socket.expect("chat-message").await;
            message.as_object_mut().expect("an object").remove("cursor");
            messages.push(message);
        }
        (socket, messages)
    }

    async fn open_welcomed(&self, path: &str) -> (Socket, Value) {
        let mut socket = Socket::open(self, path).await;
        let first = socket.next().await;
        assert_eq!(first["event"], "welcome", "the first frame");
        let welcome = first["data"].clone();
        assert!(welcome["cursor"].is_string(), "{welcome}");
        assert!(welcome["resumed"].is_boolean(), "{welcome}");
        (socket, welcome)
    }
}

impl Socket {
    /// Opens a socket.
    pub(crate) async fn open(app: &TestApp, path: &str) -> Self {
        let url = format!("ws://{}{path}", app.address());
        Self::connect(&url, &[]).await.expect("an open socket")
    }

    /// Opens a socket with extra headers; the error has the response of a refusal.
    pub(crate) async fn connect(url: &str, headers: &[(&str, &str)]) -> Result<Self, Error> {
        let mut request = url.into_client_request().expect("a request");
        for (name, value) in headers {
            let name: reqwest::header::HeaderName = name.parse().expect("a name");
            request
                .headers_mut()
                .append(name, value.parse().expect("a value"));
        }
        let opened = timeout(FRAME_TIMEOUT, connect_async(request));
        Ok(Self(opened.await.expect("an answer in time")?.0))
    }

    /// The next text frame.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            match self.received().await {
                Message::Text(text) => {
                    let frame = serde_json::from_str(&text).expect("JSON");
                    crate::api_documents::assert_frame_described(&frame);
                    return frame;
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?} instead of a text frame"),
            }
        }
    }

    /// The data of the next frame, which must be of this event. Only ephemeral events are skipped,
    /// so a known frame proves that nothing else was sent before it.
    pub(crate) async fn expect(&mut self, event: &str) -> Value {
        loop {
            let mut frame = self.next().await;
            if frame["event"] == event {
                return frame["data"].take();
            }
            let is_ephemeral = EPHEMERAL.iter().any(|event| frame["event"] == *event);
            assert!(is_ephemeral, "{frame} instead of {event}");
        }
    }

    /// The data of the next frame of this event that fits; others of this event are skipped.
    pub(crate) async fn expect_where(
        &mut self,
        event: &str,
        fits: impl Fn(&Value) -> bool,
    ) -> Value {
        loop {
            let data = self.expect(event).await;
            if fits(&data) {
                return data;
            }
        }
    }

    /// The whole snapshot: its products, and `remaining` of each part.
    pub(crate) async fn snapshot(&mut self) -> (Vec<Value>, Vec<u64>) {
        let (mut products, mut remaining) = (Vec::new(), Vec::new());
        loop {
            let part = self.expect("products").await;
            assert!(part["cursor"].is_string(), "{part}");
            let list = part["products"].as_array().expect("a list");
            assert!(list.len() <= 100, "{} in one part", list.len());
            products.extend(list.iter().cloned());
            remaining.push(part["remaining"].as_u64().expect("a number"));
            if part["remaining"] == 0 {
                return (products, remaining);
            }
        }
    }

    /// Asserts that a close frame follows, and returns its code and reason.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.received().await {
                Message::Close(Some(close)) => {
                    return (close.code.into(), close.reason.to_string());
                }
                Message::Text(text) => {
                    let frame: Value = serde_json::from_str(&text).expect("JSON");
                    let is_ephemeral = EPHEMERAL.iter().any(|event| frame["event"] == *event);
                    assert!(is_ephemeral, "{frame} instead of a close frame");
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?} instead of a close frame"),
            }
        }
    }

    /// The payload of the next pong.
    pub(crate) async fn pong(&mut self) -> Vec<u8> {
        loop {
            match self.received().await {
                Message::Pong(payload) => return payload.to_vec(),
                Message::Text(_) => {}
                other => panic!("{other:?} instead of a pong"),
            }
        }
    }

    /// The next text frame; `None` if the socket ends first, with a close frame or without.
    pub(crate) async fn next_before_end(&mut self) -> Option<Value> {
        loop {
            let received = timeout(FRAME_TIMEOUT * 6, self.0.next()).await;
            match received.expect("a frame or the end in time") {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    /// All text frames up to the end, with a close frame or without.
    pub(crate) async fn all_until_end(mut self) -> Vec<Value> {
        let mut frames = Vec::new();
        while let Some(Ok(message)) = timeout(FRAME_TIMEOUT * 6, self.0.next())
            .await
            .expect("an end in time")
        {
            if let Message::Text(text) = message {
                frames.push(serde_json::from_str(&text).expect("JSON"));
            }
        }
        frames
    }

    async fn received(&mut self) -> Message {
        let received = timeout(FRAME_TIMEOUT, self.0.next()).await;
        received
            .expect("a frame in time")
            .expect("a frame before the end")
            .expect("an intact connection")
    }

    /// Sends an event.
    pub(crate) async fn send(&mut self, event: &str, data: Value) {
        let frame = json!({ "event": event, "data": data });
        self.send_text(&frame.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text)).await;
    }

    pub(crate) async fn send_message(&mut self, message: Message) {
        self.0.send(message).await.expect("an open socket");
    }

    /// Sends frames in one write.
    pub(crate) async fn send_together(&mut self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            self.0.feed(message).await.expect("an open socket");
        }
        self.0.flush().await.expect("an open socket");
    }

    /// Sends a text frame whose bytes need not be UTF-8.
    pub(crate) async fn send_as_text(&mut self, bytes: &[u8]) {
        let frame = Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true);
        self.send_message(Message::Frame(frame)).await;
    }

    pub(crate) async fn join(&mut self, user: &str) {
        self.send("join", json!({ "user": user })).await;
    }

    /// Sends a chat message with a nonce.
    pub(crate) async fn send_chat(&mut self, message: &str, nonce: &str) {
        let data = json!({ "message": message, "nonce": nonce });
        self.send("chat-message", data).await;
    }

    /// Sends a close frame and waits until it is returned.
    pub(crate) async fn close(mut self) {
        self.send_message(Message::Close(None)).await;
        self.all_until_end().await;
    }
}
