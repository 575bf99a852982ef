//! Frames by hand, in the bytes of RFC 6455 section 5.2.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::app::TestApp;

pub(crate) const FIN: u8 = 0x80;
pub(crate) const CONTINUATION: u8 = 0x0;
pub(crate) const TEXT: u8 = 0x1;
pub(crate) const BINARY: u8 = 0x2;
pub(crate) const CLOSE: u8 = 0x8;
pub(crate) const PING: u8 = 0x9;
pub(crate) const PONG: u8 = 0xA;

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A masked frame with this first byte.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = header(first, payload.len() as u64);
    bytes.extend(MASK);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(b, m)| b ^ m));
    bytes
}

/// A header without its mask, with the shortest form of the length.
pub(crate) fn header(first: u8, length: u64) -> Vec<u8> {
    match length {
        0..=125 => vec![first, 0x80 | length as u8],
        126..=0xffff => {
            let [high, low] = (length as u16).to_be_bytes();
            vec![first, 0x80 | 126, high, low]
        }
        _ => {
            let mut bytes = vec![first, 0x80 | 127];
            bytes.extend(length.to_be_bytes());
            bytes
        }
    }
}

/// A close frame with a code and a reason.
pub(crate) fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, &[&code.to_be_bytes(), reason].concat())
}

/// A socket of the chat, spoken to byte by byte.
pub(crate) struct RawSocket {
    stream: TcpStream,
}

/// A frame of the server.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) opcode: u8,
    pub(crate) payload: Vec<u8>,
}

impl RawSocket {
    /// Opens a socket; `early` is sent in one packet with the handshake.
    pub(crate) async fn open(app: &TestApp, early: &[u8]) -> Self {
        let mut stream = TcpStream::connect(app.address())
            .await
            .expect("a connection");
        stream.set_nodelay(true).expect("a socket");
        let mut request = format!(
            "GET /ws/chat HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            app.address()
        )
        .into_bytes();
        request.extend(early);
        stream
            .write_all(&request)
            .await
            .expect("an open connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("an answer"));
        }
        let head = String::from_utf8(head).expect("a head");
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        Self { stream }
    }

    /// Sends bytes in one piece, or each by itself. The server may have closed already.
    pub(crate) async fn send(&mut self, bytes: &[u8], byte_by_byte: bool) {
        let piece = if byte_by_byte { 1 } else { bytes.len().max(1) };
        for piece in bytes.chunks(piece) {
            if self.stream.write_all(piece).await.is_err() {
                return;
            }
            if byte_by_byte {
                tokio::task::yield_now().await;
            }
        }
    }

    /// The next frame; `None` at the end.
    pub(crate) async fn receive(&mut self) -> Option<Received> {
        let first = self.stream.read_u8().await.ok()?;
        assert_eq!(first & 0xf0, FIN, "the server's frames are whole");
        let length = match self.stream.read_u8().await.ok()? {
            126 => u64::from(self.stream.read_u16().await.ok()?),
            127 => self.stream.read_u64().await.ok()?,
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).expect("a length")];
        self.stream.read_exact(&mut payload).await.ok()?;
        Some(Received {
            opcode: first & 0x0f,
            payload,
        })
    }
}
