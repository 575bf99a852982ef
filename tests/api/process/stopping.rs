//! An ordered stop.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::app::{TestApp, run};
use crate::goods::vase;
use crate::place::Place;
use crate::program::Program;
use crate::socket::Socket;

/// Asks on a connection that is kept open; gives the answer, which must be small.
fn ask(connection: &mut TcpStream, address: SocketAddr, path: &str) -> String {
    let patience = Some(Duration::from_secs(10));
    connection.set_read_timeout(patience).expect("a time limit");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
    connection.write_all(request.as_bytes()).expect("a request");
    let mut answer = vec![0; 4096];
    let count = connection.read(&mut answer).expect("an answer");
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

/// Sockets are told to come back, the running request is answered, and then all is over.
fn stops_in_order(place: &Place, signal: &str) {
    let mut program = Program::start(place, &[]);
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

    let mut watcher = TcpStream::connect(address).expect("a connection");
    let ready = ask(&mut watcher, address, "/readyz");
    assert!(ready.starts_with("HTTP/1.1 200 "), "{ready}");

    run(async {
        let app = TestApp::at(address);
        let mut sockets: Vec<Socket> = Vec::new();
        for number in 0..4 {
            sockets.push(app.products_socket_after_snapshot().await);
            sockets.push(app.chatter(&format!("u{number}@example.com")).await);
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

    // Whoever has a connection still is told that no new work should come here.
    let waits = ask(&mut watcher, address, "/readyz");
    assert!(waits.starts_with("HTTP/1.1 503 "), "{waits}");
    assert!(ask(&mut watcher, address, "/healthz").starts_with("HTTP/1.1 200 "));

    running.write_all(rest.as_bytes()).expect("the rest");
    let mut answer = String::new();
    running.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    assert_eq!(program.ended().code(), Some(0));
    assert!(
        TcpStream::connect(address).is_err(),
        "nobody listens any more"
    );

    let again = Program::start(place, &[]);
    run(async {
        let products = TestApp::at(again.address()).all_products().await;
        assert_eq!(products.len(), 1);
    });
}

#[test]
fn sigterm_ends_a_shop_on_sqlite_in_order() {
    stops_in_order(&Place::sqlite(), "TERM");
}

#[test]
fn sigint_ends_a_shop_on_sqlite_in_order() {
    stops_in_order(&Place::sqlite(), "INT");
}

#[test]
fn sigterm_ends_a_shop_on_mongodb_in_order() {
    stops_in_order(&Place::mongo(), "TERM");
}

#[test]
fn a_client_that_never_finishes_does_not_hold_the_end() {
    let place = Place::sqlite();
    let mut program = Program::start(&place, &[]);
    let address = program.address();
    let mut stuck = TcpStream::connect(address).expect("a connection");
    let head = format!(
        "POST /api/products HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: 100\r\n\r\n{{"
    );
    stuck.write_all(head.as_bytes()).expect("a head");
    run(async {
        let app = TestApp::at(address);
        // A socket that does not read its goodbye.
        let _deaf = app.products_socket("").await;
        app.get("/healthz").await.done();
    });
    let _idle = TcpStream::connect(address).expect("a connection");
    program.signal("TERM");
    assert_eq!(program.ended().code(), Some(0));
}
