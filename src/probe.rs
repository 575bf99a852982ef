//! Asks a running server whether it is ready: for whoever watches over a container or a unit, in which
//! there is no other program that could ask.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// How long a server may take to accept.
const CONNECT: Duration = Duration::from_secs(2);
/// How long it may take to answer; by then it has said so if its store is gone.
const ANSWER: Duration = Duration::from_secs(6);
/// Bytes of an answer that say how it went: `HTTP/1.1 200`.
const STATUS: usize = 12;

/// Returns when the server that listens there is ready; one that listens on all addresses is asked by loopback.
///
/// # Errors
/// Why it is not, or cannot be asked: one line.
pub fn ready(listen: SocketAddr) -> Result<(), String> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let asked = ask(address).map_err(|error| format!("{address} does not answer: {error}"))?;
    match asked.as_slice() {
        b"HTTP/1.1 200" => Ok(()),
        b"HTTP/1.1 503" => Err(format!("{address} is not ready")),
        _ => Err(format!("what answers at {address} is no Vitrina")),
    }
}

fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        named => named,
    }
}

fn ask(address: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, CONNECT)?;
    stream.set_read_timeout(Some(ANSWER))?;
    stream.set_write_timeout(Some(CONNECT))?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut status = vec![0; STATUS];
    stream.read_exact(&mut status)?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// What is said of a server that answers so.
    fn asked(answer: &'static str) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut head = [0; 64];
            let count = stream.read(&mut head).expect("a request");
            assert!(head[..count].starts_with(b"GET /readyz "));
            stream.write_all(answer.as_bytes()).expect("an answer");
        });
        let said = ready(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port));
        server.join().expect("a server");
        said
    }

    #[test]
    fn only_a_ready_server_is_ready() {
        assert_eq!(asked("HTTP/1.1 200 OK\r\n\r\n"), Ok(()));
        let waits = asked("HTTP/1.1 503 Service Unavailable\r\n\r\n");
        assert!(waits.expect_err("503").contains("is not ready"));
        let other = asked("SSH-2.0-OpenSSH_9.2\r\n");
        assert!(other.expect_err("no HTTP").contains("no Vitrina"));
    }

    #[test]
    fn where_nobody_listens_nobody_answers() {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let refused = ready(address).expect_err("nobody");
        assert!(refused.contains("does not answer"), "{refused}");
    }
}
