//! Crashes of a server that uses MongoDB: a proxy between the two. It counts the crash points
//! before and after each command, and at one of them it drops both directions for good. MongoDB
//! still executes the commands that it has, but their replies are lost; transactions stay open, as
//! after a real crash.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::crash_injector::CrashInjector;

/// The offset of a command's name in an OP_MSG: header, flags, section kind, document length, type.
const NAME_AT: usize = 16 + 4 + 1 + 4 + 1;

struct Route {
    injector: Arc<CrashInjector>,
    server: String,
    streams: Mutex<Vec<TcpStream>>,
    /// Commands that MongoDB has not answered yet.
    open: Mutex<usize>,
    answered: Condvar,
    is_closed: AtomicBool,
}

/// A proxy that can drop all its connections.
pub(crate) struct Proxy {
    route: Arc<Route>,
    address: SocketAddr,
}

impl Proxy {
    pub(crate) fn start(server: String, injector: Arc<CrashInjector>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let route = Arc::new(Route {
            injector,
            server,
            streams: Mutex::default(),
            open: Mutex::new(0),
            answered: Condvar::new(),
            is_closed: AtomicBool::new(false),
        });
        let accepting = route.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.is_closed.load(Ordering::SeqCst) {
                    return;
                }
                // The driver notices a broken connection itself.
                let _ = accepting.clone().forward(client);
            }
        });
        Self { route, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Drops all connections once MongoDB has executed the commands that it has.
    pub(crate) fn close(self) {
        self.route.injector.crash();
        let mut open = self.route.open.lock().expect("no thread panicked");
        while *open > 0 {
            open = self.route.answered.wait(open).expect("no thread panicked");
        }
        drop(open);
        self.route.is_closed.store(true, Ordering::SeqCst);
        for stream in self
            .route
            .streams
            .lock()
            .expect("no thread panicked")
            .drain(..)
        {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the accepting thread, so that it ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl Route {
    fn forward(self: Arc<Self>, client: TcpStream) -> io::Result<()> {
        if self.injector.has_crashed() {
            return Ok(());
        }
        let server = TcpStream::connect(&self.server)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let mut streams = self.streams.lock().expect("no thread panicked");
        streams.extend([client.try_clone()?, server.try_clone()?]);
        drop(streams);
        let counted = Arc::new(AtomicUsize::new(0));
        let (commands, replies) = (self.clone(), self);
        let (to, from) = (server.try_clone()?, client.try_clone()?);
        let counted_commands = counted.clone();
        thread::spawn(move || commands.forward_commands(from, to, &counted_commands));
        thread::spawn(move || replies.forward_replies(server, client, &counted));
        Ok(())
    }

    fn forward_commands(
        &self,
        mut client: TcpStream,
        mut server: TcpStream,
        counted: &AtomicUsize,
    ) {
        while let Ok(message) = message(&mut client) {
            if is_counted(&message) {
                if self.injector.reach_point().is_some() {
                    self.injector.crash();
                }
                // The lock keeps `close` from missing this command.
                let mut open = self.open.lock().expect("no thread panicked");
                if self.injector.has_crashed() {
                    break;
                }
                *open += 1;
                counted.fetch_add(1, Ordering::SeqCst);
            }
            if server.write_all(&message).is_err() {
                break;
            }
        }
        if counted.load(Ordering::SeqCst) == 0 {
            let _ = server.shutdown(Shutdown::Both);
        }
        let _ = client.shutdown(Shutdown::Both);
    }

    fn forward_replies(&self, mut server: TcpStream, mut client: TcpStream, counted: &AtomicUsize) {
        while let Ok(message) = message(&mut server) {
            let is_reply = counted.load(Ordering::SeqCst) > 0;
            if is_reply && self.injector.reach_point().is_some() {
                self.injector.crash();
            }
            if !self.injector.has_crashed() && client.write_all(&message).is_err() {
                let _ = client.shutdown(Shutdown::Both);
            }
            if is_reply {
                self.count_replies(counted, 1);
            }
        }
        self.count_replies(counted, counted.load(Ordering::SeqCst));
        let _ = client.shutdown(Shutdown::Both);
    }

    fn count_replies(&self, counted: &AtomicUsize, count: usize) {
        counted.fetch_sub(count, Ordering::SeqCst);
        *self.open.lock().expect("no thread panicked") -= count;
        self.answered.notify_all();
    }
}

/// Whether a message is a command of the store, not one of the driver's monitoring.
fn is_counted(message: &[u8]) -> bool {
    const MONITORING: [&[u8]; 4] = [b"hello\0", b"ismaster\0", b"isMaster\0", b"endSessions\0"];
    let is_message = message.get(12..16) == Some(&2013u32.to_le_bytes()[..]);
    let name = message.get(NAME_AT..).unwrap_or_default();
    is_message && !MONITORING.iter().any(|command| name.starts_with(command))
}

/// Reads a message of MongoDB's wire protocol, which begins with its length.
fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut message = length.to_vec();
    let size = u32::from_le_bytes(length) as usize;
    if !(16..=48_000_000).contains(&size) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    message.resize(size, 0);
    stream.read_exact(&mut message[4..])?;
    Ok(message)
}
