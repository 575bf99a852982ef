//! A minimal WebSocket client, light enough for thousands of sockets.

use std::net::{IpAddr, SocketAddr};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::Outcome;

/// The key and its answer from RFC 6455 section 1.3.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// Frames of clients must be masked; here the mask need not be secret.
const MASK: [u8; 4] = [0x5A, 0xA5, 0x3C, 0xC3];
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// An open socket.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    received: BytesMut,
}

/// What arrived.
#[derive(Debug)]
pub enum Received {
    Text(Bytes),
    /// To be answered by [`Socket::pong`].
    Ping(Bytes),
    Close(u16, String),
    /// The connection ended without a close frame.
    End,
}

impl Socket {
    pub async fn open(address: SocketAddr, path: &str) -> Outcome<Self> {
        Self::open_with_buffer(address, path, None).await
    }

    /// Opens a socket whose kernel receive buffer has this size.
    pub async fn open_with_buffer(
        address: SocketAddr,
        path: &str,
        buffer: Option<u32>,
    ) -> Outcome<Self> {
        Self::open_from(address, path, buffer, None).await
    }

    /// Opens a socket from a chosen address of this machine.
    pub async fn open_from(
        address: SocketAddr,
        path: &str,
        buffer: Option<u32>,
        from: Option<IpAddr>,
    ) -> Outcome<Self> {
        let socket = TcpSocket::new_v4()?;
        if let Some(from) = from {
            socket.bind(SocketAddr::new(from, 0))?;
        }
        if let Some(size) = buffer {
            socket.set_recv_buffer_size(size)?;
        }
        let mut stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut received = BytesMut::new();
        let head = loop {
            if let Some(end) = received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break received.split_to(end + 4);
            }
            if stream.read_buf(&mut received).await? == 0 {
                return Err("the connection ended in the handshake".into());
            }
        };
        let head = String::from_utf8_lossy(&head);
        match head.starts_with("HTTP/1.1 101") && head.contains(ACCEPT) {
            true => Ok(Self { stream, received }),
            false => Err(format!("no upgrade: {head}").into()),
        }
    }

    /// The local port.
    pub fn port(&self) -> Outcome<u16> {
        Ok(self.stream.local_addr()?.port())
    }

    /// The next frame. Cancel safe.
    pub async fn next(&mut self) -> Received {
        loop {
            if let Some(frame) = self.frame() {
                return frame;
            }
            self.received.reserve(2048);
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) | Err(_) => return Received::End,
                Ok(_) => {}
            }
        }
    }

    /// The next whole frame in `received`. The server never fragments its messages.
    fn frame(&mut self) -> Option<Received> {
        let (&[first, second], rest) = self.received.split_first_chunk::<2>()?;
        let (length, head) = match second {
            126 => (u64::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
            127 => (u64::from_be_bytes(*rest.first_chunk()?), 10),
            short => (u64::from(short), 2),
        };
        let length = usize::try_from(length).ok()?;
        if self.received.len() < head + length {
            return None;
        }
        self.received.advance(head);
        let mut payload = self.received.split_to(length).freeze();
        Some(match first & 0x0F {
            CLOSE if payload.len() >= 2 => {
                let code = payload.get_u16();
                Received::Close(code, String::from_utf8_lossy(&payload).into_owned())
            }
            CLOSE => Received::Close(1005, String::new()),
            PING => Received::Ping(payload),
            _ => Received::Text(payload),
        })
    }

    pub async fn send(&mut self, text: &str) -> Outcome<()> {
        self.send_frame(TEXT, text.as_bytes()).await
    }

    pub async fn ping(&mut self, payload: &[u8]) -> Outcome<()> {
        self.send_frame(PING, payload).await
    }

    pub async fn pong(&mut self, payload: &[u8]) -> Outcome<()> {
        self.send_frame(PONG, payload).await
    }

    async fn send_frame(&mut self, kind: u8, payload: &[u8]) -> Outcome<()> {
        let mut frame = BytesMut::with_capacity(payload.len() + 14);
        frame.put_u8(0x80 | kind);
        match u16::try_from(payload.len())? {
            length @ 0..126 => frame.put_u8(0x80 | length as u8),
            length => {
                frame.put_u8(0x80 | 126);
                frame.put_u16(length);
            }
        }
        frame.put_slice(&MASK);
        let masked = payload.iter().zip(MASK.iter().cycle());
        frame.extend(masked.map(|(byte, mask)| byte ^ mask));
        Ok(self.stream.write_all(&frame).await?)
    }

    /// Sends bytes as they are; they need not be a frame.
    pub async fn send_raw(&mut self, bytes: &[u8]) -> Outcome<()> {
        Ok(self.stream.write_all(bytes).await?)
    }

    /// The header of a text frame of 1 GiB.
    pub fn huge_header() -> [u8; 14] {
        let mut header = [0; 14];
        header[0] = 0x80 | TEXT;
        header[1] = 0x80 | 127;
        header[2..10].copy_from_slice(&(1u64 << 30).to_be_bytes());
        header[10..].copy_from_slice(&MASK);
        header
    }
}
