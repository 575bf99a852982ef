//! A whole shop on SQLite, asked over one connection at a time: what a target sends walks through the very
//! guard, extractors and store that serve.

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

/// An answer that takes longer never comes.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Stopped when dropped.
pub(crate) struct Shop {
    pub(crate) address: SocketAddr,
    folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Shop {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = format!("sqlite:{}", folder.path().join("shop.db").display());
        let uploads = folder.path().join("uploads").display().to_string();
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
            let line = CommandLine::try_parse_from(arguments).expect("good arguments");
            let settings = line.into_settings().expect("settings that go together");
            actix_web::rt::System::new().block_on(async move {
                let app = Application::build(&settings).await.expect("a shop");
                started.send(app.address()).expect("a waiting test");
                // Whoever goes without a word stops it as well.
                let stopped = async { drop(stopped.await) };
                app.run_until(stopped).await.expect("a good end");
            });
        });
        let address = starting.recv().expect("a shop that starts");
        Self {
            address,
            folder,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Files in the uploads and in those on their way there, but for what the folder needs to work.
    pub(crate) fn files(&self) -> Vec<String> {
        let uploads = self.uploads();
        let mut names = Vec::new();
        for folder in [uploads.join(".incoming"), uploads] {
            for entry in std::fs::read_dir(folder).expect("a folder") {
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
        self.folder.path().join("uploads")
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

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Its body; null for what is no JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The fields that a problem names, sorted.
    pub(crate) fn blamed(&self) -> Vec<String> {
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

    /// A line of the head, in lower case.
    pub(crate) fn has(&self, line: &str) -> bool {
        self.head.lines().any(|own| own.eq_ignore_ascii_case(line))
    }
}

/// A client that keeps its connection while the server does.
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

    /// Sends a request with a body of known length, and what more its head shall have.
    pub(crate) fn ask(&mut self, line: &str, head: &[u8], body: &[u8]) -> Result<Answer, String> {
        let mut request = format!("{line} HTTP/1.1\r\nHost: {}\r\n", self.address).into_bytes();
        request.extend_from_slice(head);
        if !body.is_empty() || !line.starts_with("GET") {
            request.extend_from_slice(format!("Content-Length: {}\r\n", body.len()).as_bytes());
        }
        request.extend_from_slice(b"\r\n");
        request.extend_from_slice(body);
        let answer = self.send(&request)?;
        answer.ok_or_else(|| format!("no answer to {}", String::from_utf8_lossy(&request)))
    }

    /// Sends bytes as they are. `None`: closed without an answer.
    pub(crate) fn send(&mut self, request: &[u8]) -> Result<Option<Answer>, String> {
        let is_fresh = self.stream.is_none();
        match self.try_send(request) {
            // A connection that was kept may have ended in the meantime.
            Ok(None) if !is_fresh => self.try_send(request),
            answer => answer,
        }
    }

    fn try_send(&mut self, request: &[u8]) -> Result<Option<Answer>, String> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        // A server that has seen enough closes, and its answer is there all the same.
        let _ = stream.get_mut().write_all(request);
        let answer = read_answer(&mut stream)?;
        if answer
            .as_ref()
            .is_some_and(|answer| !answer.has("connection: close"))
        {
            self.stream = Some(stream);
        }
        Ok(answer)
    }

    /// Sends bytes as the last of a connection of their own.
    pub(crate) fn send_last(&self, request: &[u8]) -> Result<Option<Answer>, String> {
        let mut stream = self.connect()?;
        let _ = stream.get_mut().write_all(request);
        let _ = stream.get_mut().shutdown(Shutdown::Write);
        read_answer(&mut stream)
    }

    fn connect(&self) -> Result<BufReader<TcpStream>, String> {
        let told = |error: std::io::Error| error.to_string();
        let stream = TcpStream::connect(self.address).map_err(told)?;
        stream.set_read_timeout(Some(ANSWER_TIME)).map_err(told)?;
        stream.set_nodelay(true).map_err(told)?;
        Ok(BufReader::new(stream))
    }

    /// Ends the connection, so that what was sent is all.
    pub(crate) fn leave(&mut self) {
        self.stream = None;
    }
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> Result<Option<Answer>, String> {
    let mut head = String::new();
    loop {
        match stream.read_line(&mut head) {
            Ok(0) if head.is_empty() => return Ok(None),
            Ok(0) => return Err(format!("an answer cut short: {head}")),
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
    Ok(Some(Answer { status, head, body }))
}

fn is_end(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    )
}
