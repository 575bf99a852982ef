//! As much of an HTTP/1.1 client as a bench needs.

use std::net::SocketAddr;

use actix_web::rt::net::TcpStream;
use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::Outcome;

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: BytesMut,
    /// Length of the answer that `received` begins with and the caller has seen.
    seen: usize,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: BytesMut::with_capacity(1 << 16),
            seen: 0,
        })
    }

    /// Sends a request and waits for its whole answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Outcome<Answer<'_>> {
        let rest = self.received.split_off(self.seen);
        if !rest.is_empty() {
            return Err("the server sent more than one answer".into());
        }
        self.received.clear();
        self.stream.write_all(request).await?;
        let head = loop {
            if let Some(head) = Head::read(&self.received)? {
                break head;
            }
            self.receive().await?;
        };
        let length = head.length + head.body;
        while self.received.len() < length {
            self.receive().await?;
        }
        self.seen = length;
        Ok(Answer {
            status: head.status,
            body: &self.received[head.length..length],
        })
    }

    async fn receive(&mut self) -> Outcome<()> {
        self.received.reserve(1 << 14);
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

/// The head of an answer.
struct Head {
    status: u16,
    /// Its own length with the empty line.
    length: usize,
    /// The length of what follows.
    body: usize,
}

impl Head {
    /// Reads a head, if it is here whole.
    fn read(received: &[u8]) -> Outcome<Option<Self>> {
        let end = received.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        let Some(end) = end else { return Ok(None) };
        let head = std::str::from_utf8(&received[..end])?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let length = lines.find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then_some(value.trim())
        });
        Ok(Some(Self {
            status: status.ok_or("an answer without a status")?.parse()?,
            length: end + 4,
            body: length.ok_or("an answer without a length")?.parse()?,
        }))
    }
}

/// A request without a body.
pub(crate) fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\n\r\n")
        .into_bytes()
}

/// A request with a JSON body.
pub(crate) fn with_body(method: &str, address: SocketAddr, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
