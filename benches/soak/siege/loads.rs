//! The hostile loads, all of them at once, each in a task or several that go on until they are told to stop.

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

use crate::Outcome;
use crate::frames::client;
use crate::shop::ADMIN_TOKEN;
use crate::socket::{Received, Socket};

/// How many tasks each load has.
const STOPPED: usize = 100;
const SLOW: usize = 100;
const FLOODERS: usize = 5;
/// Rows of an import.
const IMPORTED: usize = 200;
/// How long one answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two attacks of one task.
const PAUSE: Duration = Duration::from_millis(20);

/// What is under way.
pub(super) struct Hostile {
    only: String,
    tasks: JoinSet<()>,
    done: Vec<(&'static str, Arc<AtomicUsize>)>,
}

impl Hostile {
    /// All begin whose names hold a text.
    pub(super) fn begin(address: SocketAddr, only: &str) -> Self {
        let mut hostile = Self {
            only: only.to_owned(),
            tasks: JoinSet::new(),
            done: Vec::new(),
        };
        hostile.load("sockets that stopped reading", STOPPED, move || {
            stop_reading(address)
        });
        hostile.load("slow heads", SLOW, move || slow_head(address));
        hostile.load("slow bodies", SLOW, move || slow_body(address));
        hostile.load("slow readers of pages", SLOW, move || slow_read(address));
        hostile.load("floods of messages", FLOODERS, move || {
            flood(address, false)
        });
        hostile.load("floods of pings", FLOODERS, move || flood(address, true));
        hostile.load("floods of joins", FLOODERS, move || come_and_go(address));
        hostile.load("frames of 1 GiB", FLOODERS, move || huge_frame(address));
        hostile.load("frames beyond the limit", FLOODERS, move || {
            large_frame(address)
        });
        hostile.load("endless empty fragments", FLOODERS, move || {
            fragments(address)
        });
        hostile.load("malformed requests", FLOODERS, move || malformed(address));
        let times = Arc::<AtomicUsize>::default();
        hostile.load("imports of 200 products", 1, move || {
            import(address, times.fetch_add(1, Ordering::AcqRel))
        });
        let (bomb, broken) = (picture(6_000, 6_000), cut_picture());
        hostile.load("uploads of 36 megapixels", 2, move || {
            upload(address, bomb.clone())
        });
        hostile.load("uploads of broken pictures", 2, move || {
            upload(address, broken.clone())
        });
        hostile
    }

    fn load<F>(
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
        let done = Arc::<AtomicUsize>::default();
        self.done.push((name, done.clone()));
        for _ in 0..tasks {
            let (attack, done) = (attack.clone(), done.clone());
            self.tasks.spawn(async move {
                loop {
                    // However it ended: refused, cut or answered.
                    drop(attack().await);
                    done.fetch_add(1, Ordering::AcqRel);
                    sleep(PAUSE).await;
                }
            });
        }
    }

    /// All go; how often each attack came to its end.
    pub(super) async fn end(mut self) -> Vec<(&'static str, usize)> {
        self.tasks.shutdown().await;
        let done = self.done.iter();
        done.map(|(name, done)| (*name, done.load(Ordering::Acquire)))
            .collect()
    }
}

/// A connection with a receive buffer that is soon full.
async fn narrow(address: SocketAddr) -> Outcome<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4_096)?;
    Ok(socket.connect(address).await?)
}

/// A loopback address that nobody came from before: one client's limits would refuse most of these sockets.
fn fresh_address() -> IpAddr {
    static NEXT: AtomicU32 = AtomicU32::new(u32::from_be_bytes([127, 128, 0, 1]));
    Ipv4Addr::from(NEXT.fetch_add(1, Ordering::AcqRel)).into()
}

/// A socket of such a client.
async fn open(address: SocketAddr, path: &str, buffer: Option<u32>) -> Outcome<Socket> {
    Socket::open_from(address, path, buffer, Some(fresh_address())).await
}

async fn stop_reading(address: SocketAddr) -> Outcome<()> {
    let mut socket = open(address, "/ws/products", Some(4_096)).await?;
    // The shop cuts it from the other side; this one only finds that out when it writes.
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
    let mut stream = narrow(address).await?;
    let request = format!("GET /api/products?limit=100 HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(request.repeat(10).as_bytes()).await?;
    while stream.read_u8().await.is_ok() {
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn joined(address: SocketAddr) -> Outcome<Socket> {
    let mut socket = open(address, "/ws/chat", None).await?;
    let join = json!({ "user": "mallory@example.com" });
    socket.send(&client("join", &join)).await?;
    Ok(socket)
}

/// Reads to the end, which is near.
async fn end_of(mut socket: Socket) -> Outcome<()> {
    let ended =
        async { while !matches!(socket.next().await, Received::Close(..) | Received::End) {} };
    Ok(timeout(PATIENCE, ended).await?)
}

async fn flood(address: SocketAddr, with_pings: bool) -> Outcome<()> {
    let mut socket = joined(address).await?;
    let message = client("chat-message", &json!({ "message": "flood", "nonce": "n" }));
    for _ in 0..1_000 {
        match with_pings {
            true => socket.ping(b"flood").await?,
            false => socket.send(&message).await?,
        }
        sleep(Duration::from_millis(1)).await;
    }
    end_of(socket).await
}

async fn come_and_go(address: SocketAddr) -> Outcome<()> {
    drop(joined(address).await?);
    Ok(())
}

async fn huge_frame(address: SocketAddr) -> Outcome<()> {
    let mut socket = joined(address).await?;
    socket.send_raw(&Socket::huge_header()).await?;
    socket.send_raw(&[0; 1_024]).await?;
    end_of(socket).await
}

async fn large_frame(address: SocketAddr) -> Outcome<()> {
    let mut socket = joined(address).await?;
    socket.send(&"x".repeat(60_000)).await?;
    end_of(socket).await
}

async fn fragments(address: SocketAddr) -> Outcome<()> {
    let mut socket = joined(address).await?;
    // A text that begins and never ends.
    socket.send_raw(&[0x01, 0x80, 0, 0, 0, 0]).await?;
    for _ in 0..10_000 {
        socket
            .send_raw(&[0x00, 0x80, 0, 0, 0, 0].repeat(50))
            .await?;
        sleep(Duration::from_millis(5)).await;
    }
    end_of(socket).await
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
        // What is refused half way is closed, and what is sent on meets a reset.
        let _ = stream.write_all(request.as_bytes()).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    }
    Ok(())
}

/// Goods by the file: new the first time, with other stocks each time after.
async fn import(address: SocketAddr, time: usize) -> Outcome<()> {
    let mut rows = String::from("code,title,price,stock\n");
    for row in 0..IMPORTED {
        rows += &format!("I-{row},Imported {row},10.00,{}\n", time + row);
    }
    let url = format!("http://{address}/api/import");
    let client = reqwest::Client::builder().timeout(PATIENCE * 12).build()?;
    let request = client.post(url).bearer_auth(ADMIN_TOKEN);
    let request = request.header(CONTENT_TYPE, "text/csv").body(rows);
    request.send().await?.error_for_status()?.bytes().await?;
    Ok(())
}

async fn upload(address: SocketAddr, picture: Bytes) -> Outcome<()> {
    let client = reqwest::Client::builder().timeout(PATIENCE * 4).build()?;
    let list: serde_json::Value = client
        .get(format!("http://{address}/api/products?limit=1"))
        .send()
        .await?
        .json()
        .await?;
    let id = list["payload"][0]["_id"].as_str().ok_or("no product")?;
    let part = Part::stream(picture).file_name("bomb.png");
    let form = Form::new().part("img", part);
    let url = format!("http://{address}/api/products/{id}/upload");
    let request = client.post(url).bearer_auth(ADMIN_TOKEN).multipart(form);
    request.send().await?.bytes().await?;
    Ok(())
}

/// A picture that is small as a file and large in memory.
fn picture(width: u32, height: u32) -> Bytes {
    let mut bytes = Cursor::new(Vec::new());
    let plain = image::DynamicImage::new_luma8(width, height);
    match plain.write_to(&mut bytes, image::ImageFormat::Png) {
        Ok(()) => bytes.into_inner().into(),
        Err(_) => Bytes::new(),
    }
}

/// One that breaks off, behind a sound header.
fn cut_picture() -> Bytes {
    let whole = picture(4_000, 4_000);
    whole.slice(..whole.len() / 2)
}
