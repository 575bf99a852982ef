//! Crashes of a program before MongoDB: the way between the two, which counts the moments before and
//! after each command, and at one of them is cut for good. What was sent by then is done, and answered to
//! nobody; transactions stay open, as a dead program leaves them.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use crate::axe::Axe;

/// Where a command's name begins in an OP_MSG: header, flags, kind, length of the document, type.
const NAME_AT: usize = 16 + 4 + 1 + 4 + 1;

struct Way {
    axe: Arc<Axe>,
    server: String,
    streams: Mutex<Vec<TcpStream>>,
    /// Commands that the server has and has not answered yet.
    open: Mutex<usize>,
    answered: Condvar,
    is_over: AtomicBool,
}

/// A way to the server that can be cut.
pub(crate) struct Proxy {
    way: Arc<Way>,
    address: SocketAddr,
}

impl Proxy {
    pub(crate) fn start(server: String, axe: Arc<Axe>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let way = Arc::new(Way {
            axe,
            server,
            streams: Mutex::default(),
            open: Mutex::new(0),
            answered: Condvar::new(),
            is_over: AtomicBool::new(false),
        });
        let accepting = way.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if accepting.is_over.load(Ordering::SeqCst) {
                    return;
                }
                // A connection that breaks is its peer's to notice.
                let _ = accepting.clone().carry(client);
            }
        });
        Self { way, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts the way, after the server has done what it was sent.
    pub(crate) fn end(self) {
        self.way.axe.fall();
        let mut open = self.way.open.lock().expect("a number");
        while *open > 0 {
            open = self.way.answered.wait(open).expect("a number");
        }
        drop(open);
        self.way.is_over.store(true, Ordering::SeqCst);
        for stream in self.way.streams.lock().expect("streams").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the one who accepts, so that it ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl Way {
    fn carry(self: Arc<Self>, client: TcpStream) -> io::Result<()> {
        if self.axe.has_fallen() {
            return Ok(());
        }
        let server = TcpStream::connect(&self.server)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let mut streams = self.streams.lock().expect("streams");
        streams.extend([client.try_clone()?, server.try_clone()?]);
        drop(streams);
        let counted = Arc::new(AtomicUsize::new(0));
        let (there, back) = (self.clone(), self);
        let (to, from) = (server.try_clone()?, client.try_clone()?);
        let of_there = counted.clone();
        thread::spawn(move || there.carry_there(from, to, &of_there));
        thread::spawn(move || back.carry_back(server, client, &counted));
        Ok(())
    }

    fn carry_there(&self, mut client: TcpStream, mut server: TcpStream, counted: &AtomicUsize) {
        while let Ok(message) = message(&mut client) {
            if is_counted(&message) {
                if self.axe.moment().is_some() {
                    self.axe.fall();
                }
                // Counted while nobody can end the way in between.
                let mut open = self.open.lock().expect("a number");
                if self.axe.has_fallen() {
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

    fn carry_back(&self, mut server: TcpStream, mut client: TcpStream, counted: &AtomicUsize) {
        while let Ok(message) = message(&mut server) {
            let is_answer = counted.load(Ordering::SeqCst) > 0;
            if is_answer && self.axe.moment().is_some() {
                self.axe.fall();
            }
            if !self.axe.has_fallen() && client.write_all(&message).is_err() {
                let _ = client.shutdown(Shutdown::Both);
            }
            if is_answer {
                self.answer(counted, 1);
            }
        }
        self.answer(counted, counted.load(Ordering::SeqCst));
        let _ = client.shutdown(Shutdown::Both);
    }

    fn answer(&self, counted: &AtomicUsize, count: usize) {
        counted.fetch_sub(count, Ordering::SeqCst);
        *self.open.lock().expect("a number") -= count;
        self.answered.notify_all();
    }
}

/// Whether a message is a command of the store, and not of the driver's own watch over the server.
fn is_counted(message: &[u8]) -> bool {
    const WATCH: [&[u8]; 4] = [b"hello\0", b"ismaster\0", b"isMaster\0", b"endSessions\0"];
    let is_message = message.get(12..16) == Some(&2013u32.to_le_bytes()[..]);
    let name = message.get(NAME_AT..).unwrap_or_default();
    is_message && !WATCH.iter().any(|watch| name.starts_with(watch))
}

/// The next message of MongoDB's wire protocol: its length is its first word.
fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let mut message = length.to_vec();
    let whole = u32::from_le_bytes(length) as usize;
    if !(16..=48_000_000).contains(&whole) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    message.resize(whole, 0);
    stream.read_exact(&mut message[4..])?;
    Ok(message)
}
