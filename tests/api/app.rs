//! A running shop and the ways to talk to it.

use std::future::Future;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use clap::Parser;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::time::timeout;
use vitrina::app::Application;
use vitrina::config::CommandLine;
use vitrina::store::SharedStore;

use crate::place::Place;
use crate::reply::Reply;

/// A test that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(90);
/// An answer that takes longer never comes.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// A shop that listens on a port of its own, on a thread of its own; stopped when dropped.
pub(crate) struct TestApp {
    address: SocketAddr,
    client: Option<Client>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestApp {
    /// Starts the shop whose data lies in a place, with more arguments than that needs.
    pub(crate) fn start(place: &Place, more: &[&str]) -> Self {
        Self::start_with(place, &place.uploads().display().to_string(), more)
    }

    /// The same with another folder of images: one more node of the same shop.
    pub(crate) fn start_with_uploads(place: &Place, uploads: &str) -> Self {
        Self::start_with(place, uploads, &[])
    }

    /// One more node, with more arguments.
    pub(crate) fn start_node(place: &Place, uploads: &str, more: &[&str]) -> Self {
        Self::start_with(place, uploads, more)
    }

    /// A shop whose store has something before it.
    pub(crate) fn start_behind(
        place: &Place,
        more: &[&str],
        before: impl FnOnce(SharedStore) -> SharedStore + Send + 'static,
    ) -> Self {
        Self::build(place, &place.uploads().display().to_string(), more, before)
    }

    fn start_with(place: &Place, uploads: &str, more: &[&str]) -> Self {
        Self::build(place, uploads, more, |store| store)
    }

    fn build(
        place: &Place,
        uploads: &str,
        more: &[&str],
        before: impl FnOnce(SharedStore) -> SharedStore + Send + 'static,
    ) -> Self {
        let store = place.store();
        // What one worker has told, it knows: with several, another may hear of it a moment later.
        let workers = match more.contains(&"--workers") {
            true => &[][..],
            false => &["--workers", "1"],
        };
        let own = ["vitrina", "--listen", "127.0.0.1:0"];
        let places = ["--store", &store, "--uploads", uploads];
        let sink: Vec<&str> = place.sink().map_or(vec![], |sink| vec!["--sink", sink]);
        // A test asks from one address for many people.
        let rates = match more.contains(&"--rate-limits") {
            true => &[][..],
            false => &["--rate-limits", "off"],
        };
        let arguments = own.iter().chain(&places).chain(workers);
        let arguments = arguments.chain(rates).chain(&sink);
        let arguments = arguments.chain(more);
        let settings = CommandLine::try_parse_from(arguments)
            .expect("good arguments")
            .into_settings()
            .expect("settings that go together");

        let (started, starting) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = Application::build_behind(&settings, before).await;
                let app = app.expect("a shop");
                started.send(app.address()).expect("a waiting test");
                let stopped = async { stopped.await.expect("a word to stop") };
                app.run_until(stopped).await.expect("a good end");
            });
        });
        let address = starting.recv().expect("a shop that starts");
        Self::on(address, stop, thread)
    }

    /// A shop that listens already, on a thread that ends when it is told to stop.
    pub(crate) fn on(
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        thread: JoinHandle<()>,
    ) -> Self {
        Self {
            address,
            client: Some(client()),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// A shop that somebody else started.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            client: Some(client()),
            stop: None,
            thread: None,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// A request that can still be changed; [`Reply::to`] sends it.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().expect("a method");
        let client = self.client.as_ref().expect("a client");
        client.request(method, format!("http://{}{path}", self.address))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::to(self.request("GET", path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request("POST", path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        Reply::to(self.request("PUT", path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        Reply::to(self.request("DELETE", path)).await
    }

    /// Sends a body of any kind.
    pub(crate) async fn post_as(&self, kind: &str, path: &str, body: impl Into<Body>) -> Reply {
        let request = self.request("POST", path).header(CONTENT_TYPE, kind);
        Reply::to(request.body(body)).await
    }

    /// Sends the fields of a form.
    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        Reply::to(self.request("POST", path).form(fields)).await
    }

    /// Sends bytes as they are and returns what comes back until the server closes, or until the
    /// time of an answer has passed.
    pub(crate) fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        let limit = Some(ANSWER_TIME);
        stream.set_read_timeout(limit).expect("a time limit");
        // A server that has seen enough closes, and what is sent on then is met by a reset.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            // Closed with some of the request unread: what came before is the answer.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            read => drop(read.expect("an answer")),
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A GET of a target that no client library would send, as it is.
    pub(crate) fn raw_get(&self, target: &str) -> String {
        let host = self.address;
        self.raw(&format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ))
    }

    /// The JSON lines that a list has over all its pages.
    pub(crate) async fn all_products(&self) -> Vec<Value> {
        let mut next = Some("/api/products?limit=100".to_owned());
        let mut products = Vec::new();
        while let Some(path) = next {
            let page = self.get(&path).await.expect(200).json();
            products.extend(page["payload"].as_array().expect("a list").iter().cloned());
            next = page["nextLink"].as_str().map(str::to_owned);
        }
        products
    }
}

impl Drop for TestApp {
    /// Connections go first, so that the shop has nothing to wait for.
    fn drop(&mut self) {
        drop(self.client.take());
        if let Some(stop) = self.stop.take() {
            // A shop whose thread panicked hears nothing.
            let _ = stop.send(());
        }
        let ended = self.thread.take().map(JoinHandle::join);
        if let Some(Err(_)) = ended
            && !std::thread::panicking()
        {
            panic!("the shop's thread panicked");
        }
    }
}

/// A client that shows redirects as they are.
pub(crate) fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(ANSWER_TIME)
        .build()
        .expect("a client")
}

/// Runs a test to its end on a runtime of its own.
pub(crate) fn run(test: impl Future<Output = ()>) {
    runtime()
        .block_on(async { timeout(PATIENCE, test).await })
        .expect("the test ends");
}

/// Several threads, so that parallel calls are parallel indeed.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}
