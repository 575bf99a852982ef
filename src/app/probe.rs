//! The `health` command: checks whether a running server is ready. Containers have no other program
//! that could check it.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Longer than the readiness check itself waits for the store.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(6);
/// Length of `HTTP/1.1 200`.
const STATUS_LENGTH: usize = 12;

/// Checks the server at `listen`, by loopback if it listens on all addresses.
///
/// # Errors
/// The server is not ready or unreachable, as one line.
pub fn ready(listen: SocketAddr) -> Result<(), String> {
    let address = SocketAddr::new(reachable(listen.ip()), listen.port());
    let status =
        request_status(address).map_err(|error| format!("no response from {address}: {error}"))?;
    match status.as_slice() {
        b"HTTP/1.1 200" => Ok(()),
        b"HTTP/1.1 503" => Err(format!("the server at {address} is not ready")),
        _ => Err(format!("the server at {address} is not Vitrina")),
    }
}

fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        specified => specified,
    }
}

fn request_status(address: SocketAddr) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?;
    stream.set_read_timeout(Some(RESPONSE_TIMEOUT))?;
    stream.set_write_timeout(Some(CONNECT_TIMEOUT))?;
    let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut status = vec![0; STATUS_LENGTH];
    stream.read_exact(&mut status)?;
    Ok(status)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// The result for a server with this response.
    fn check(response: &'static str) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut head = [0; 64];
            let count = stream.read(&mut head).expect("a request");
            assert!(head[..count].starts_with(b"GET /readyz "));
            stream.write_all(response.as_bytes()).expect("a response");
        });
        let result = ready(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), port));
        server.join().expect("a server");
        result
    }

    #[test]
    fn only_status_200_is_ready() {
        assert_eq!(check("HTTP/1.1 200 OK\r\n\r\n"), Ok(()));
        let waiting = check("HTTP/1.1 503 Service Unavailable\r\n\r\n");
        assert!(waiting.expect_err("503").contains("is not ready"));
        let other = check("SSH-2.0-OpenSSH_9.2\r\n");
        assert!(other.expect_err("no HTTP").contains("not Vitrina"));
    }

    #[test]
    fn a_closed_port_does_not_respond() {
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = free.local_addr().expect("an address");
        drop(free);
        let reason = ready(address).expect_err("no server");
        assert!(reason.contains("no response"), "{reason}");
    }
}
