//! A running shop and a client for it.

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

use crate::reply::Reply;
use crate::test_store::TestStore;

/// A test that takes longer hangs.
const TEST_TIMEOUT: Duration = Duration::from_secs(90);
/// A response that takes longer never comes.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(30);

/// A shop on its own port and thread; stopped when dropped.
pub(crate) struct TestApp {
    address: SocketAddr,
    client: Option<Client>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestApp {
    /// Starts a shop on a store, with more arguments.
    pub(crate) fn start(store: &TestStore, more: &[&str]) -> Self {
        Self::start_with(store, &store.uploads().display().to_string(), more)
    }

    /// Starts another node on a store, with its own image folder.
    pub(crate) fn start_with_uploads(store: &TestStore, uploads: &str) -> Self {
        Self::start_with(store, uploads, &[])
    }

    /// Starts another node with its own image folder and more arguments.
    pub(crate) fn start_node(store: &TestStore, uploads: &str, more: &[&str]) -> Self {
        Self::start_with(store, uploads, more)
    }

    /// Starts a shop whose store is wrapped.
    pub(crate) fn start_wrapped(
        store: &TestStore,
        more: &[&str],
        wrap: impl FnOnce(SharedStore) -> SharedStore + Send + 'static,
    ) -> Self {
        Self::build(store, &store.uploads().display().to_string(), more, wrap)
    }

    fn start_with(store: &TestStore, uploads: &str, more: &[&str]) -> Self {
        Self::build(store, uploads, more, |store| store)
    }

    fn build(
        store: &TestStore,
        uploads: &str,
        more: &[&str],
        wrap: impl FnOnce(SharedStore) -> SharedStore + Send + 'static,
    ) -> Self {
        let url = store.url();
        // With several workers, another one may learn of a change a moment later.
        let workers = match more.contains(&"--workers") {
            true => &[][..],
            false => &["--workers", "1"],
        };
        let common = ["vitrina", "--listen", "127.0.0.1:0"];
        let data = ["--store", &url, "--uploads", uploads];
        let sink: Vec<&str> = store.sink().map_or(vec![], |sink| vec!["--sink", sink]);
        // All clients of a test share one address.
        let rates = match more.contains(&"--rate-limits") {
            true => &[][..],
            false => &["--rate-limits", "off"],
        };
        let arguments = common.iter().chain(&data).chain(workers);
        let arguments = arguments.chain(rates).chain(&sink);
        let arguments = arguments.chain(more);
        let settings = CommandLine::try_parse_from(arguments)
            .expect("valid arguments")
            .into_settings()
            .expect("consistent settings");

        let (started, starting) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = Application::build_with_store(&settings, wrap).await;
                let app = app.expect("a shop");
                started.send(app.address()).expect("a waiting test");
                let stopped = async { stopped.await.expect("a stop signal") };
                app.run_until(stopped).await.expect("a clean stop");
            });
        });
        let address = starting.recv().expect("a shop that starts");
        Self::on_thread(address, stop, thread)
    }

    /// A shop that already listens, on a thread that ends after the stop signal.
    pub(crate) fn on_thread(
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

    /// A client of a shop that the caller started.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            client: Some(client()),
            stop: None,
            thread: None,
        }
    }

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

    /// Sends a body with this content type.
    pub(crate) async fn post_as(&self, kind: &str, path: &str, body: impl Into<Body>) -> Reply {
        let request = self.request("POST", path).header(CONTENT_TYPE, kind);
        Reply::to(request.body(body)).await
    }

    pub(crate) async fn post_form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        Reply::to(self.request("POST", path).form(fields)).await
    }

    /// Sends bytes unchanged and returns all bytes until the server closes the connection.
    pub(crate) fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        let limit = Some(RESPONSE_TIMEOUT);
        stream.set_read_timeout(limit).expect("a time limit");
        // A server that refuses early closes, and the rest of the request gets a reset.
        let _ = stream.write_all(request.as_bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            // Closed with a part of the request unread: the bytes before are the response.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            read => drop(read.expect("an answer")),
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A GET of a target that client libraries would not send unchanged.
    pub(crate) fn raw_get(&self, target: &str) -> String {
        let host = self.address;
        self.raw(&format!(
            "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ))
    }

    /// All products of the list, page by page.
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
    /// Drops the client first, so that the stop does not wait for its connections.
    fn drop(&mut self) {
        drop(self.client.take());
        if let Some(stop) = self.stop.take() {
            // Fails if the thread panicked.
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

/// A client that does not follow redirects.
pub(crate) fn client() -> Client {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(RESPONSE_TIMEOUT)
        .build()
        .expect("a client")
}

/// Runs a test on its own runtime, with a time limit.
pub(crate) fn run(test: impl Future<Output = ()>) {
    runtime()
        .block_on(async { timeout(TEST_TIMEOUT, test).await })
        .expect("the test ends");
}

/// With several threads, so that parallel calls really run in parallel.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}
