//! A whole shop on SQLite, with a client of one connection: requests pass the production guard,
//! extractors and store.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use clap::Parser;
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::oneshot;
use vitrina::app::Application;
use vitrina::config::CommandLine;

/// After this time a response counts as missing.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Stopped when dropped.
pub(crate) struct Shop {
    pub(crate) address: SocketAddr,
    dir: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Shop {
    pub(crate) fn start() -> Self {
        let dir = tempfile::tempdir().expect("a dir");
        let store = format!("sqlite:{}", dir.path().join("shop.db").display());
        let uploads = dir.path().join("uploads").display().to_string();
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let arguments = [
                "vitrina",
                "--listen",
                "127.0.0.1:0",
                "--store",
                &store,
                "--uploads",
                &uploads,
                "--workers",
                "1",
                "--rate-limits",
                "off",
            ];
            let line = CommandLine::try_parse_from(arguments).expect("valid arguments");
            let settings = line.into_settings().expect("valid settings");
            actix_web::rt::System::new().block_on(async move {
                let app = Application::build(&settings).await.expect("a shop");
                started.send(app.address()).expect("a waiting test");
                // A dropped sender stops it too.
                let stopped = async { drop(stopped.await) };
                app.run_until(stopped).await.expect("a clean shutdown");
            });
        });
        let address = starting.recv().expect("a shop that starts");
        Self {
            address,
            dir,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Uploaded and incoming files, without those that manage the directory.
    pub(crate) fn files(&self) -> Vec<String> {
        let uploads = self.uploads();
        let mut names = Vec::new();
        for dir in [uploads.join(".incoming"), uploads] {
            for entry in std::fs::read_dir(dir).expect("a dir") {
                names.push(entry.expect("an entry").file_name().display().to_string());
            }
        }
        names.retain(|name| {
            ![".incoming", ".journal", ".lock", ".variants"].contains(&name.as_str())
        });
        names.sort();
        names
    }

    fn uploads(&self) -> PathBuf {
        self.dir.path().join("uploads")
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(Err(_)) = self.thread.take().map(JoinHandle::join)
            && !std::thread::panicking()
        {
            panic!("the shop's thread panicked");
        }
    }
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// Its body; null if it is not JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The fields that a problem reports, sorted.
    pub(crate) fn error_fields(&self) -> Vec<String> {
        let errors = self.json()["errors"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let fields = errors
            .iter()
            .map(|error| error["field"].as_str().unwrap_or("?").to_owned());
        let mut fields: Vec<_> = fields.collect();
        fields.sort();
        fields
    }

    /// Whether the head has this line, in any case.
    pub(crate) fn has(&self, line: &str) -> bool {
        self.head
            .lines()
            .any(|other| other.eq_ignore_ascii_case(line))
    }
}

/// A client that keeps its connection alive as long as the server does.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    stream: Option<BufReader<TcpStream>>,
}

impl Client {
    pub(crate) fn of(shop: &Shop) -> Self {
        Self {
            address: shop.address,
            stream: None,
        }
    }

    /// Sends a request with additional header lines and a body with its length.
    pub(crate) fn fetch(
        &mut self,
        line: &str,
        head: &[u8],
        body: &[u8],
    ) -> Result<Response, String> {
        let mut request = format!("{line} HTTP/1.1\r\nHost: {}\r\n", self.address).into_bytes();
        request.extend_from_slice(head);
        if !body.is_empty() || !line.starts_with("GET") {
            request.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        let response = self.send(&request)?;
        response.ok_or_else(|| format!("no response to {}", String::from_utf8_lossy(&request)))
    }

    /// Sends bytes unchanged. `None`: closed without a response.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<Option<Response>, String> {
        let is_new = self.stream.is_none();
        match self.try_send(request) {
            // A kept connection may have been closed in the meantime.
            Ok(None) if !is_new => self.try_send(request),
            response => response,
        }
    }

    fn try_send(&mut self, request: &[u8]) -> Result<Option<Response>, String> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        // A server may respond and close before it has read everything.
        let _ = stream.get_mut().write_all(request);
        let response = read_response(&mut stream)?;
        if response
            .as_ref()
            .is_some_and(|response| !response.has("connection: close"))
        {
            self.stream = Some(stream);
        }
        Ok(response)
    }

    /// Sends bytes on a new connection and shuts down its sending side.
    pub(crate) fn send_last(&self, request: &[u8]) -> Result<Option<Response>, String> {
        let mut stream = self.connect()?;
        let _ = stream.get_mut().write_all(request);
        let _ = stream.get_mut().shutdown(Shutdown::Write);
        read_response(&mut stream)
    }

    fn connect(&self) -> Result<BufReader<TcpStream>, String> {
        let message = |error: std::io::Error| error.to_string();
        let stream = TcpStream::connect(self.address).map_err(message)?;
        stream
            .set_read_timeout(Some(RESPONSE_TIMEOUT))
            .map_err(message)?;
        stream.set_nodelay(true).map_err(message)?;
        Ok(BufReader::new(stream))
    }

    /// Closes the connection.
    pub(crate) fn disconnect(&mut self) {
        self.stream = None;
    }
}

fn read_response(stream: &mut BufReader<TcpStream>) -> Result<Option<Response>, String> {
    let mut head = String::new();
    loop {
        match stream.read_line(&mut head) {
            Ok(0) if head.is_empty() => return Ok(None),
            Ok(0) => return Err(format!("a truncated response: {head}")),
            Ok(_) if head.ends_with("\r\n\r\n") => break,
            Ok(_) => {}
            Err(error) if is_end(&error) && head.is_empty() => return Ok(None),
            Err(error) => return Err(format!("{error} after {head:?}")),
        }
    }
    let status = head.get(9..12).and_then(|digits| digits.parse().ok());
    let status = status.ok_or_else(|| format!("no status: {head}"))?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream
        .read_exact(&mut body)
        .map_err(|error| format!("{error} in the body after {head}"))?;
    Ok(Some(Response { status, head, body }))
}

fn is_end(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    )
}
