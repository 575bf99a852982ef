//! Connections that send the next request as soon as they have a response.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::rt;
use vitrina_test_support::Outcome;
use vitrina_test_support::http::Connection;

use crate::requests::Request;

/// The result of one measurement.
#[derive(Debug)]
pub(crate) struct Window {
    /// From the first request to the last response.
    pub(crate) elapsed: Duration,
    /// Of each response.
    pub(crate) latencies: Vec<Duration>,
}

/// Sends requests over connections for a time, which ends with the last response.
pub(crate) async fn run(
    address: SocketAddr,
    request: &Rc<dyn Request>,
    connections: usize,
    time: Duration,
) -> Outcome<Window> {
    let mut open = Vec::new();
    for _ in 0..connections {
        open.push(Connection::open(address).await?);
    }
    let start = Instant::now();
    let tasks: Vec<_> = open
        .into_iter()
        .map(|connection| {
            let request = Rc::clone(request);
            rt::spawn(repeat(connection, address, request, start + time))
        })
        .collect();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.append(&mut task.await??);
    }
    Ok(Window {
        elapsed: start.elapsed(),
        latencies,
    })
}

async fn repeat(
    mut connection: Connection,
    address: SocketAddr,
    request: Rc<dyn Request>,
    end: Instant,
) -> Outcome<Vec<Duration>> {
    let mut latencies = Vec::new();
    let mut sent = Instant::now();
    while sent < end {
        let (bytes, expected) = request.next(address);
        let response = connection.send(&bytes).await?;
        let received = Instant::now();
        expected.check(&response)?;
        latencies.push(received - sent);
        sent = received;
    }
    Ok(latencies)
}
