//! Graceful stop.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::app::{TestApp, run};
use crate::fixtures::vase;
use crate::program::Program;
use crate::socket::Socket;
use crate::test_store::TestStore;

/// Sends a request on a kept connection; returns the response, which must be small.
fn request_on(connection: &mut TcpStream, address: SocketAddr, path: &str) -> String {
    let limit = Some(Duration::from_secs(10));
    connection.set_read_timeout(limit).expect("a time limit");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    connection.write_all(request.as_bytes()).expect("a request");
    let mut answer = vec![0; 4096];
    let count = connection.read(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// Sockets get a close frame with a reconnect time, the running request gets its response, and the
/// program exits with 0.
fn stops_gracefully(store: &TestStore, signal: &str) {
    let mut program = Program::start(store, &[]);
    let address = program.address();
    let body = vase("V-1").to_string();
    let (first, rest) = body.split_at(10);
    let mut running = TcpStream::connect(address).expect("a connection");
    running
        .set_read_timeout(Some(Duration::from_secs(10)))
        .expect("a time limit");
    let head = format!(
        "POST /api/products HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    running.write_all(head.as_bytes()).expect("a head");
    running.write_all(first.as_bytes()).expect("a part");

    let mut health_check = TcpStream::connect(address).expect("a connection");
    let ready = request_on(&mut health_check, address, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 200 "), "{ready}");

    run(async {
        let app = TestApp::at(address);
        let mut sockets: Vec<Socket> = Vec::new();
        for number in 0..4 {
            sockets.push(app.products_socket_after_snapshot().await);
            sockets.push(app.chat_as(&format!("u{number}@example.com")).await);
            sockets.push(app.chat_socket("").await.0);
        }
        program.signal(signal);
        for socket in &mut sockets {
            let (code, reason) = socket.closed().await;
            assert_eq!(code, 1001);
            let seconds = reason
                .strip_prefix("reconnect in ")
                .and_then(|r| r.strip_suffix(" s"));
            let seconds: u32 = seconds.and_then(|s| s.parse().ok()).expect(&reason);
            assert!((1..=60).contains(&seconds), "{reason}");
        }
    });

    // Readiness is already 503 on open connections.
    let not_ready = request_on(&mut health_check, address, "/readyz");
    assert!(not_ready.starts_with("HTTP/1.1 503 "), "{not_ready}");
    assert!(request_on(&mut health_check, address, "/healthz").starts_with("HTTP/1.1 200 "));

    running.write_all(rest.as_bytes()).expect("the rest");
    let mut answer = String::new();
    running.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(program.wait().code(), Some(0));
    assert!(
        TcpStream::connect(address).is_err(),
        "the program still listens"
    );

    let restarted = Program::start(store, &[]);
    run(async {
        let products = TestApp::at(restarted.address()).all_products().await;
        assert_eq!(products.len(), 1);
    });
}

#[test]
fn sigterm_stops_a_shop_on_sqlite_gracefully() {
    stops_gracefully(&TestStore::sqlite(), "TERM");
}

#[test]
fn sigint_stops_a_shop_on_sqlite_gracefully() {
    stops_gracefully(&TestStore::sqlite(), "INT");
}

#[test]
fn sigterm_stops_a_shop_on_mongodb_gracefully() {
    if let Some(store) = TestStore::mongo() {
        stops_gracefully(&store, "TERM");
    }
}

#[test]
fn an_unfinished_request_does_not_block_the_stop() {
    let store = TestStore::sqlite();
    let mut program = Program::start(&store, &[]);
    let address = program.address();
    let mut unfinished = TcpStream::connect(address).expect("a connection");
    let head = format!(
        "POST /api/products HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{{"
    );
    unfinished.write_all(head.as_bytes()).expect("a head");
    run(async {
        let app = TestApp::at(address);
        // A socket that does not read its close frame.
        let _unread = app.products_socket("").await;
        app.get("/healthz").await.done();
    });
    let _idle = TcpStream::connect(address).expect("a connection");
    program.signal("TERM");
    assert_eq!(program.wait().code(), Some(0));
}
