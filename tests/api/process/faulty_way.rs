//! A way to a MongoDB server that can be broken in each of the ways in which networks break.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// How a way is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not at all.
    None,
    /// Connections are reset at once, those that there are and new ones.
    Refused,
    /// Nothing passes, in neither direction, and nothing is closed.
    Swallowed,
    /// The server's answers come 2 s late.
    Late,
    /// Answers break off after a few bytes, and the connection is reset.
    CutMidReply,
    /// The server's side says that it sends no more, and hears on.
    HalfClosed,
    /// A byte of the answers a second.
    Trickling,
}

/// How late.
const DELAY: Duration = Duration::from_secs(2);
/// How long a byte takes that trickles.
const DRIP: Duration = Duration::from_secs(1);
/// How much of an answer passes before it is cut: less than the head of a message.
const PART: usize = 9;

struct Way {
    server: String,
    fault: Mutex<Fault>,
    changed: Condvar,
    streams: Mutex<Vec<TcpStream>>,
}

/// A way; broken and mended as often as one likes.
pub(crate) struct FaultyWay {
    way: Arc<Way>,
    address: SocketAddr,
}

impl FaultyWay {
    pub(crate) fn to(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let way = Arc::new(Way {
            server,
            fault: Mutex::new(Fault::None),
            changed: Condvar::new(),
            streams: Mutex::default(),
        });
        let accepting = way.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // A connection that breaks is its peer's to notice.
                let _ = accepting.clone().carry(client);
            }
        });
        Self { way, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks or mends the way. Connections that a fault has spoilt are gone with it.
    pub(crate) fn set(&self, fault: Fault) {
        let before = std::mem::replace(&mut *self.way.fault.lock().expect("a fault"), fault);
        if fault == Fault::Refused || before != Fault::None {
            for stream in self.way.streams.lock().expect("streams").drain(..) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.way.changed.notify_all();
    }
}

impl Way {
    fn fault(&self) -> Fault {
        *self.fault.lock().expect("a fault")
    }

    /// Waits as long as everything is swallowed.
    fn pass_when_open(&self) -> Fault {
        let fault = self.fault.lock().expect("a fault");
        let swallowed = |fault: &mut Fault| *fault == Fault::Swallowed;
        *self.changed.wait_while(fault, swallowed).expect("a fault")
    }

    /// Waits for a time, or until the fault is another one.
    fn linger(&self, fault: Fault, time: Duration) {
        let now = self.fault.lock().expect("a fault");
        let same = |now: &mut Fault| *now == fault;
        let waited = self.changed.wait_timeout_while(now, time, same);
        drop(waited.expect("a fault"));
    }

    fn carry(self: Arc<Self>, client: TcpStream) -> io::Result<()> {
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
        let (there, back) = (self.clone(), self);
        thread::spawn(move || there.carry_there(from, to));
        thread::spawn(move || back.carry_back(server, client));
        Ok(())
    }

    fn carry_there(&self, mut client: TcpStream, mut server: TcpStream) {
        let mut bytes = [0; 16 << 10];
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            self.pass_when_open();
            if server.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = server.shutdown(Shutdown::Both);
    }

    fn carry_back(&self, mut server: TcpStream, mut client: TcpStream) {
        let mut bytes = [0; 16 << 10];
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            if self.give(&mut client, &bytes[..count]).is_err() {
                break;
            }
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    fn give(&self, client: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        match self.pass_when_open() {
            Fault::None | Fault::Refused | Fault::Swallowed => client.write_all(bytes),
            Fault::Late => {
                self.linger(Fault::Late, DELAY);
                client.write_all(bytes)
            }
            Fault::CutMidReply => {
                client.write_all(&bytes[..PART.min(bytes.len())])?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            Fault::HalfClosed => client.shutdown(Shutdown::Write),
            Fault::Trickling => bytes.iter().try_for_each(|byte| {
                self.linger(Fault::Trickling, DRIP);
                client.write_all(&[*byte])
            }),
        }
    }
}
