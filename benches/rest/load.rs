//! Connections that ask again as soon as they have been answered.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use actix_web::rt;

use crate::Outcome;
use crate::http::Connection;
use crate::requests::Request;

/// What some time of asking brought.
#[derive(Debug)]
pub(crate) struct Window {
    /// How long it took, from the first question to the last answer.
    pub(crate) elapsed: Duration,
    /// How long each answer took.
    pub(crate) latencies: Vec<Duration>,
}

/// Asks on so many connections for so long. The clock stops when all that was asked is answered.
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
    let asking: Vec<_> = open
        .into_iter()
        .map(|connection| {
            let request = Rc::clone(request);
            rt::spawn(ask(connection, address, request, start + time))
        })
        .collect();
    let mut latencies = Vec::new();
    for task in asking {
        latencies.append(&mut task.await??);
    }
    Ok(Window {
        elapsed: start.elapsed(),
        latencies,
    })
}

async fn ask(
    mut connection: Connection,
    address: SocketAddr,
    request: Rc<dyn Request>,
    end: Instant,
) -> Outcome<Vec<Duration>> {
    let mut latencies = Vec::new();
    let mut asked = Instant::now();
    while asked < end {
        let (bytes, expected) = request.next(address);
        let answer = connection.ask(&bytes).await?;
        let answered = Instant::now();
        expected.check(&answer)?;
        latencies.push(answered - asked);
        asked = answered;
    }
    Ok(latencies)
}
