//! A proxy before a MongoDB server that can fail in the ways in which networks fail.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// How the proxy fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It forwards everything.
    None,
    /// All connections are closed at once, open and new ones.
    Refused,
    /// Nothing passes in either direction, and nothing is closed.
    Swallowed,
    /// Replies arrive 2 s late.
    Late,
    /// Replies end after a few bytes, and the connection is closed.
    CutMidReply,
    /// The side of the server is shut down for writing, and still reads.
    HalfClosed,
    /// Replies arrive one byte a second.
    Trickling,
}

/// Delay of late replies.
const DELAY: Duration = Duration::from_secs(2);
/// Time per byte of trickling replies.
const BYTE_TIME: Duration = Duration::from_secs(1);
/// Bytes of a reply before it is cut: fewer than a message header.
const CUT_AFTER: usize = 9;

/// State shared with the threads of the connections.
struct SharedState {
    server: String,
    fault: Mutex<Fault>,
    changed: Condvar,
    streams: Mutex<Vec<TcpStream>>,
}

/// A proxy whose fault can be set at any time.
pub(crate) struct FaultyProxy {
    shared: Arc<SharedState>,
    address: SocketAddr,
}

impl FaultyProxy {
    pub(crate) fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(SharedState {
            server,
            fault: Mutex::new(Fault::None),
            changed: Condvar::new(),
            streams: Mutex::default(),
        });
        let acceptor = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // The peers of a failed connection notice it themselves.
                let _ = acceptor.clone().connect(client);
            }
        });
        Self { shared, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets the fault. Connections that an earlier fault has damaged are closed.
    pub(crate) fn set(&self, fault: Fault) {
        let before = std::mem::replace(&mut *self.shared.fault.lock().expect("a fault"), fault);
        if fault == Fault::Refused || before != Fault::None {
            for stream in self.shared.streams.lock().expect("streams").drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.shared.changed.notify_all();
    }
}

impl SharedState {
    fn fault(&self) -> Fault {
        *self.fault.lock().expect("a fault")
    }

    /// Blocks while everything is swallowed.
    fn wait_while_swallowed(&self) -> Fault {
        let fault = self.fault.lock().expect("a fault");
        let swallowed = |fault: &mut Fault| *fault == Fault::Swallowed;
        *self.changed.wait_while(fault, swallowed).expect("a fault")
    }

    /// Waits for a time, or until the fault changes.
    fn wait_during(&self, fault: Fault, time: Duration) {
        let now = self.fault.lock().expect("a fault");
        let same = |now: &mut Fault| *now == fault;
        let waited = self.changed.wait_timeout_while(now, time, same);
        drop(waited.expect("a fault"));
    }

    fn connect(self: Arc<Self>, client: TcpStream) -> io::Result<()> {
        if self.fault() == Fault::Refused {
            return Ok(());
        }
        let server = TcpStream::connect(&self.server)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let mut streams = self.streams.lock().expect("streams");
        streams.extend([client.try_clone()?, server.try_clone()?]);
        drop(streams);
        let (from, to) = (client.try_clone()?, server.try_clone()?);
        let (outbound, inbound) = (self.clone(), self);
        thread::spawn(move || outbound.forward_requests(from, to));
        thread::spawn(move || inbound.forward_replies(server, client));
        Ok(())
    }

    fn forward_requests(&self, mut client: TcpStream, mut server: TcpStream) {
        let mut bytes = [0; 16 << 10];
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            self.wait_while_swallowed();
            if server.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    }

    fn forward_replies(&self, mut server: TcpStream, mut client: TcpStream) {
        let mut bytes = [0; 16 << 10];
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            if self.forward_reply(&mut client, &bytes[..count]).is_err() {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    fn forward_reply(&self, client: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        match self.wait_while_swallowed() {
            Fault::None | Fault::Refused | Fault::Swallowed => client.write_all(bytes),
            Fault::Late => {
                self.wait_during(Fault::Late, DELAY);
                client.write_all(bytes)
            }
            Fault::CutMidReply => {
                client.write_all(&bytes[..CUT_AFTER.min(bytes.len())])?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Fault::HalfClosed => client.shutdown(Shutdown::Write),
            Fault::Trickling => bytes.iter().try_for_each(|byte| {
                self.wait_during(Fault::Trickling, BYTE_TIME);
                client.write_all(&[*byte])
            }),
        }
    }
}
