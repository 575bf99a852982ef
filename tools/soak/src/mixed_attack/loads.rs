//! The attacks, all at once; each runs in one or several tasks until it is stopped.

use std::io::Cursor;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::multipart::{Form, Part};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use vitrina_test_support::Outcome;
use vitrina_test_support::socket::{Received, Socket};

use crate::frames::client;
use crate::shop::ADMIN_TOKEN;

/// How many tasks each attack has.
const STALLED: usize = 100;
const SLOW: usize = 100;
const FLOODERS: usize = 5;
/// Rows of an import.
const IMPORTED: usize = 200;
/// How long to wait for one response.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two attacks of one task.
const PAUSE: Duration = Duration::from_millis(20);

/// The running attacks.
pub(super) struct Attacks {
    only: String,
    tasks: JoinSet<()>,
    completed: Vec<(&'static str, Arc<AtomicUsize>)>,
}

impl Attacks {
    /// Starts those whose names contain a text.
    pub(super) fn start(address: SocketAddr, only: &str) -> Self {
        let mut attacks = Self {
            only: only.to_owned(),
            tasks: JoinSet::new(),
            completed: Vec::new(),
        };
        attacks.spawn("sockets that stop reading", STALLED, move || {
            stop_reading(address)
        });
        attacks.spawn("slow heads", SLOW, move || slow_head(address));
        attacks.spawn("slow bodies", SLOW, move || slow_body(address));
        attacks.spawn("slow readers of pages", SLOW, move || slow_read(address));
        attacks.spawn("floods of messages", FLOODERS, move || {
            flood(address, false)
        });
        attacks.spawn("floods of pings", FLOODERS, move || flood(address, true));
        attacks.spawn("floods of joins", FLOODERS, move || join_and_leave(address));
        attacks.spawn("frames of 1 GiB", FLOODERS, move || huge_frame(address));
        attacks.spawn("frames beyond the limit", FLOODERS, move || {
            large_frame(address)
        });
        attacks.spawn("endless empty fragments", FLOODERS, move || {
            fragments(address)
        });
        attacks.spawn("malformed requests", FLOODERS, move || malformed(address));
        let runs = Arc::<AtomicUsize>::default();
        attacks.spawn("imports of 200 products", 1, move || {
            import(address, runs.fetch_add(1, Ordering::AcqRel))
        });
        let (bomb, broken) = (png(6_000, 6_000), cut_png());
        attacks.spawn("uploads of 36 megapixels", 2, move || {
            upload(address, bomb.clone())
        });
        attacks.spawn("uploads of broken images", 2, move || {
            upload(address, broken.clone())
        });
        attacks
    }

    fn spawn<F>(
        &mut self,
        name: &'static str,
        tasks: usize,
        attack: impl Fn() -> F + Clone + Send + Sync + 'static,
    ) where
        F: Future<Output = Outcome<()>> + Send + 'static,
    {
        if !name.contains(&self.only) {
            return;
        }
        let completed = Arc::<AtomicUsize>::default();
        self.completed.push((name, completed.clone()));
        for _ in 0..tasks {
            let (attack, completed) = (attack.clone(), completed.clone());
            self.tasks.spawn(async move {
                loop {
                    // Refused, disconnected or answered: any end is fine.
                    drop(attack().await);
                    completed.fetch_add(1, Ordering::AcqRel);
                    sleep(PAUSE).await;
                }
            });
        }
    }

    /// Stops them all; returns how often each attack completed.
    pub(super) async fn stop(mut self) -> Vec<(&'static str, usize)> {
        self.tasks.shutdown().await;
        let completed = self.completed.iter();
        completed
            .map(|(name, count)| (*name, count.load(Ordering::Acquire)))
            .collect()
    }
}

/// A connection with a small receive buffer.
async fn connect_narrow(address: SocketAddr) -> Outcome<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4_096)?;
    Ok(socket.connect(address).await?)
}

/// A loopback address that was not used before: the limits of one client would refuse most of these
/// sockets.
fn fresh_address() -> IpAddr {
    static NEXT: AtomicU32 = AtomicU32::new(u32::from_be_bytes([127, 128, 0, 1]));
    Ipv4Addr::from(NEXT.fetch_add(1, Ordering::AcqRel)).into()
}

/// A socket from such an address.
async fn open(address: SocketAddr, path: &str, buffer: Option<u32>) -> Outcome<Socket> {
    Socket::open_from(address, path, buffer, Some(fresh_address())).await
}

async fn stop_reading(address: SocketAddr) -> Outcome<()> {
    let mut socket = open(address, "/ws/products", Some(4_096)).await?;
    // The server disconnects it, which only a write finds out.
    loop {
        sleep(Duration::from_secs(1)).await;
        socket.pong(b"").await?;
    }
}

async fn slow_head(address: SocketAddr) -> Outcome<()> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "GET / HTTP/1.1\r\nHost: {address}\r\nX-Slow: {}",
        "x".repeat(100)
    );
    for byte in head.as_bytes() {
        stream.write_all(&[*byte]).await?;
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

async fn slow_body(address: SocketAddr) -> Outcome<()> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "POST /api/products HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: 60000\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    for _ in 0..60_000 {
        stream.write_all(b" ").await?;
        sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

async fn slow_read(address: SocketAddr) -> Outcome<()> {
    let mut stream = connect_narrow(address).await?;
    let request = format!("GET /api/products?limit=100 HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.repeat(10).as_bytes()).await?;
    while stream.read_u8().await.is_ok() {
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn open_joined(address: SocketAddr) -> Outcome<Socket> {
    let mut socket = open(address, "/ws/chat", None).await?;
    let join = json!({ "user": "mallory@example.com" });
    socket.send(&client("join", &join)).await?;
    Ok(socket)
}

/// Reads until the server closes the socket.
async fn read_to_end(mut socket: Socket) -> Outcome<()> {
    let ended =
        async { while !matches!(socket.next().await, Received::Close(..) | Received::End) {} };
    Ok(timeout(TIMEOUT, ended).await?)
}

async fn flood(address: SocketAddr, with_pings: bool) -> Outcome<()> {
    let mut socket = open_joined(address).await?;
    let message = client("chat-message", &json!({ "message": "flood", "nonce": "n" }));
    for _ in 0..1_000 {
        match with_pings {
            true => socket.ping(b"flood").await?,
            false => socket.send(&message).await?,
        }
        sleep(Duration::from_millis(1)).await;
    }
    read_to_end(socket).await
}

async fn join_and_leave(address: SocketAddr) -> Outcome<()> {
    drop(open_joined(address).await?);
    Ok(())
}

async fn huge_frame(address: SocketAddr) -> Outcome<()> {
    let mut socket = open_joined(address).await?;
    socket.send_raw(&Socket::huge_header()).await?;
    socket.send_raw(&[0; 1_024]).await?;
    read_to_end(socket).await
}

async fn large_frame(address: SocketAddr) -> Outcome<()> {
    let mut socket = open_joined(address).await?;
    socket.send(&"x".repeat(60_000)).await?;
    read_to_end(socket).await
}

async fn fragments(address: SocketAddr) -> Outcome<()> {
    let mut socket = open_joined(address).await?;
    // The first fragment of a message without an end.
    socket.send_raw(&[0x01, 0x80, 0, 0, 0, 0]).await?;
    for _ in 0..10_000 {
        socket
            .send_raw(&[0x00, 0x80, 0, 0, 0, 0].repeat(50))
            .await?;
        sleep(Duration::from_millis(5)).await;
    }
    read_to_end(socket).await
}

async fn malformed(address: SocketAddr) -> Outcome<()> {
    let host = format!("Host: {address}\r\n");
    for request in [
        format!("GET / HTTP/9.9\r\n{host}\r\n"),
        format!(
            "POST /api/products HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        format!("GET /{} HTTP/1.1\r\n{host}\r\n", "a".repeat(100_000)),
        format!(
            "GET / HTTP/1.1\r\n{host}{}\r\n",
            "X-Header: 1\r\n".repeat(1_000)
        ),
        "\u{16}\u{3}\u{1}\u{2}".to_owned(),
    ] {
        let mut stream = TcpStream::connect(address).await?;
        // A refusal closes the connection, so the rest of the request may meet a reset.
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.shutdown().await;
        let mut response = Vec::new();
        let _ = timeout(TIMEOUT, stream.read_to_end(&mut response)).await;
    }
    Ok(())
}

/// Imports the same products each time, with other stocks.
async fn import(address: SocketAddr, run: usize) -> Outcome<()> {
    let mut rows = String::from("code,title,price,stock\n");
    for row in 0..IMPORTED {
        rows += &format!("I-{row},Imported {row},10.00,{}\n", run + row);
    }
    let url = format!("http://{address}/api/import");
    let client = reqwest::Client::builder().timeout(TIMEOUT * 12).build()?;
    let request = client.post(url).bearer_auth(ADMIN_TOKEN);
    let request = request.header(CONTENT_TYPE, "text/csv").body(rows);
    request.send().await?.error_for_status()?.bytes().await?;
    Ok(())
}

async fn upload(address: SocketAddr, image: Bytes) -> Outcome<()> {
    let client = reqwest::Client::builder().timeout(TIMEOUT * 4).build()?;
    let list: serde_json::Value = client
        .get(format!("http://{address}/api/products?limit=1"))
        .send()
        .await?
        .json()
        .await?;
    let id = list["payload"][0]["_id"].as_str().ok_or("no product")?;
    let part = Part::stream(image).file_name("bomb.png");
    let form = Form::new().part("img", part);
    let url = format!("http://{address}/api/products/{id}/upload");
    let request = client.post(url).bearer_auth(ADMIN_TOKEN).multipart(form);
    request.send().await?.bytes().await?;
    Ok(())
}

/// A PNG that is small as a file and large in memory.
fn png(width: u32, height: u32) -> Bytes {
    let mut bytes = Cursor::new(Vec::new());
    let plain = image::DynamicImage::new_luma8(width, height);
    match plain.write_to(&mut bytes, image::ImageFormat::Png) {
        Ok(()) => bytes.into_inner().into(),
        Err(_) => Bytes::new(),
    }
}

/// A PNG with a valid header that ends half way.
fn cut_png() -> Bytes {
    let whole = png(4_000, 4_000);
    whole.slice(..whole.len() / 2)
}
