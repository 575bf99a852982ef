//! A WebSocket client written by hand: client libraries would not send most of these frames.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::app::TestApp;

pub(crate) const FIN: u8 = 0x80;
pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

const MASKED: u8 = 0x80;
const MASK: [u8; 4] = [0x37, 0xFA, 0x21, 0x3D];
/// The example key of RFC 6455 section 1.3, and its accept value.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A masked client frame from its first byte and its payload.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(MASKED | length as u8),
        length @ 126..=0xFFFF => {
            bytes.push(MASKED | 126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(MASKED | 127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    let masked = payload.iter().zip(MASK.iter().cycle());
    bytes.extend(masked.map(|(byte, mask)| byte ^ mask));
    bytes
}

/// An unfragmented text frame.
pub(crate) fn text(payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(FIN | TEXT, payload.as_ref())
}

/// A close frame with a code and the bytes of a reason.
pub(crate) fn close_frame(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes()[..], reason].concat())
}

/// The request that opens a socket.
pub(crate) fn handshake(app: &TestApp, path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n",
        app.address()
    )
}

/// A connection whose frames are written and read by hand.
pub(crate) struct Wire {
    pub(crate) writer: OwnedWriteHalf,
    pub(crate) reader: WireReader,
}

/// The reading half.
pub(crate) struct WireReader {
    io: OwnedReadHalf,
    read: Vec<u8>,
}

impl Wire {
    /// Connects without a handshake.
    pub(crate) async fn connect(app: &TestApp) -> Self {
        let stream = TcpStream::connect(app.address())
            .await
            .expect("a connection");
        stream.set_nodelay(true).expect("an open connection");
        let (io, writer) = stream.into_split();
        let read = Vec::new();
        let reader = WireReader { io, read };
        Self { writer, reader }
    }

    /// Opens a socket.
    pub(crate) async fn open(app: &TestApp, path: &str) -> Self {
        let mut wire = Self::connect(app).await;
        wire.send(handshake(app, path).as_bytes()).await;
        wire.reader.accepted().await;
        wire
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.writer.write_all(bytes).await.expect("an open socket");
    }
}

impl WireReader {
    /// The head of the response to a handshake, which must accept it, in lower case.
    pub(crate) async fn accepted(&mut self) -> String {
        let end = loop {
            if let Some(at) = self.read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_more().await, "no response to the handshake");
        };
        let head: Vec<_> = self.read.drain(..end).collect();
        let head = String::from_utf8(head).expect("a head");
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        let accept = format!("sec-websocket-accept: {ACCEPT}\r\n");
        assert!(head.contains(&accept), "{head}");
        head.to_lowercase()
    }

    /// The next frame, its first byte and its payload; `None` at the end of the stream.
    pub(crate) async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some(length) = self.frame_length() {
                let bytes: Vec<_> = self.read.drain(..length.0 + length.1).collect();
                return Some((bytes[0], bytes[length.0..].to_vec()));
            }
            if !self.read_more().await {
                assert!(self.read.is_empty(), "the stream ends inside of a frame");
                return None;
            }
        }
    }

    /// The data of the next frame of this event; other events and pings are skipped.
    pub(crate) async fn event(&mut self, event: &str) -> Value {
        loop {
            let (first, payload) = self.frame().await.expect("a frame before the end");
            if first == FIN | PING {
                continue;
            }
            assert_eq!(first, FIN | TEXT, "{payload:x?} instead of {event}");
            let mut frame: Value = serde_json::from_slice(&payload).expect("JSON");
            if frame["event"] == event {
                return frame["data"].take();
            }
        }
    }

    /// The lengths of the next frame's header and payload, once it is complete.
    fn frame_length(&self) -> Option<(usize, usize)> {
        let number = |bytes: &[u8]| bytes.iter().fold(0, |sum, byte| sum << 8 | *byte as usize);
        let second = *self.read.get(1)?;
        assert_eq!(second & MASKED, 0, "the server masked a frame");
        let (header, payload) = match second {
            126 => (4, number(self.read.get(2..4)?)),
            127 => (10, number(self.read.get(2..10)?)),
            short => (2, short as usize),
        };
        (self.read.len() >= header + payload).then_some((header, payload))
    }

    /// Reads more; `false` at the end, including a reset.
    async fn read_more(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let count = self.io.read(&mut buffer).await.unwrap_or(0);
        self.read.extend_from_slice(&buffer[..count]);
        count > 0
    }
}
