//! A minimal HTTP/1.1 client: it costs less than what is measured.

use std::net::SocketAddr;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

/// A keep-alive connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: BytesMut,
    /// Length of the response at the start of `received` that the caller has had.
    consumed: usize,
}

#[derive(Debug)]
pub struct Response<'a> {
    pub status: u16,
    pub body: &'a [u8],
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: BytesMut::with_capacity(1 << 16),
            consumed: 0,
        })
    }

    /// Sends a request and waits for the whole response.
    pub async fn send(&mut self, request: &[u8]) -> Outcome<Response<'_>> {
        let rest = self.received.split_off(self.consumed);
        if !rest.is_empty() {
            return Err("the server sent more than one response".into());
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
        self.consumed = length;
        Ok(Response {
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

/// The head of a response.
struct Head {
    status: u16,
    /// With the empty line at its end.
    length: usize,
    /// Length of the body.
    body: usize,
}

impl Head {
    /// `None` while bytes of it are missing.
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
            status: status.ok_or("a response without a status")?.parse()?,
            length: end + 4,
            body: length.ok_or("a response without Content-Length")?.parse()?,
        }))
    }
}

/// A request without a body.
pub fn get(address: SocketAddr, path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nAccept: application/json\r\n\r\n")
        .into_bytes()
}

/// A request with a JSON body.
pub fn with_body(method: &str, address: SocketAddr, path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
