//! The baseline: one thread, bare epoll, each message framed once and sent with one call per
//! socket. A broadcast over TCP with a send per message and socket can hardly cost less.

use std::io::{self, Read, Write};
use std::net::SocketAddr;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use slab::Slab;
use socket2::{Domain, Socket, Type};

use crate::wire;

const LISTENER: Token = Token(usize::MAX);
const EVENTS: usize = 1024;
const BUFFER: usize = 64 << 10;

/// Whether messages that arrive together are sent together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sends {
    /// One send per message and socket.
    Single,
    /// All messages that one pass of the event loop has read, in one send per socket.
    Batched,
}

struct Peer {
    stream: TcpStream,
    /// Bytes of an incomplete request or frame.
    unread: Vec<u8>,
    /// What the kernel did not accept.
    unsent: Vec<u8>,
    is_open: bool,
}

/// Serves until the process is killed.
pub(crate) fn serve(sends: Sends) -> io::Result<()> {
    let mut poll = Poll::new()?;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
    socket.listen(4096)?;
    socket.set_nonblocking(true)?;
    let mut listener = TcpListener::from_std(socket.into());
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    writeln!(io::stdout(), "listening on {} ", listener.local_addr()?)?;

    let mut baseline = Baseline {
        peers: Slab::new(),
        handshake: handshake_response(),
        buffer: vec![0; BUFFER],
        batch: Vec::new(),
        sends,
    };
    let mut events = Events::with_capacity(EVENTS);
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            let Token(key) = event.token();
            if event.token() == LISTENER {
                baseline.accept(&listener, &poll)?;
                continue;
            }
            if event.is_writable() {
                baseline.write_unsent(key);
            }
            if event.is_readable() && baseline.read(key).is_err() {
                baseline.peers.try_remove(key);
            }
        }
        let batch = std::mem::take(&mut baseline.batch);
        if !batch.is_empty() {
            baseline.broadcast(&batch);
        }
    }
}

/// The response to every handshake.
fn handshake_response() -> Vec<u8> {
    let accept = actix_http::ws::hash_key(wire::KEY.as_bytes());
    let head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    [&head[..], b"Sec-WebSocket-Accept: ", &accept, b"\r\n\r\n"].concat()
}

struct Baseline {
    peers: Slab<Peer>,
    handshake: Vec<u8>,
    buffer: Vec<u8>,
    /// Messages that this pass of the event loop has read and not sent.
    batch: Vec<u8>,
    sends: Sends,
}

impl Baseline {
    fn accept(&mut self, listener: &TcpListener, poll: &Poll) -> io::Result<()> {
        loop {
            let mut stream = match listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nodelay(true)?;
            let entry = self.peers.vacant_entry();
            let interest = Interest::READABLE | Interest::WRITABLE;
            poll.registry()
                .register(&mut stream, Token(entry.key()), interest)?;
            entry.insert(Peer {
                stream,
                unread: Vec::new(),
                unsent: Vec::new(),
                is_open: false,
            });
        }
    }

    /// Reads all available bytes. An error means that the peer is gone.
    fn read(&mut self, key: usize) -> io::Result<()> {
        let Some(peer) = self.peers.get_mut(key) else {
            return Ok(());
        };
        loop {
            let count = match peer.stream.read(&mut self.buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            };
            peer.unread.extend_from_slice(&self.buffer[..count]);
            if count < self.buffer.len() {
                break;
            }
        }
        if !peer.is_open {
            let end = peer.unread.windows(4).position(|w| w == b"\r\n\r\n");
            let Some(end) = end else {
                return Ok(());
            };
            peer.unread.drain(..end + 4);
            peer.is_open = true;
            peer.stream.write_all(&self.handshake)?;
        }
        self.on_frames(key);
        Ok(())
    }

    /// Broadcasts the complete frames that a peer has sent.
    fn on_frames(&mut self, key: usize) {
        while let Some(frame) = self.peers.get_mut(key).and_then(next_text) {
            match self.sends {
                Sends::Single => self.broadcast(&frame),
                Sends::Batched => self.batch.extend_from_slice(&frame),
            }
        }
        if let Some(peer) = self.peers.get_mut(key).filter(|p| p.unread.is_empty()) {
            peer.unread = Vec::new();
        }
    }

    fn broadcast(&mut self, bytes: &[u8]) {
        for (_, peer) in &mut self.peers {
            if !peer.is_open {
                continue;
            }
            if !peer.unsent.is_empty() {
                peer.unsent.extend_from_slice(bytes);
                continue;
            }
            // A closed peer is removed when a read finds its end.
            let sent = peer.stream.write(bytes).unwrap_or(0);
            if sent < bytes.len() {
                peer.unsent.extend_from_slice(&bytes[sent..]);
            }
        }
    }

    fn write_unsent(&mut self, key: usize) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        while !peer.unsent.is_empty() {
            match peer.stream.write(&peer.unsent) {
                Ok(sent) => drop(peer.unsent.drain(..sent)),
                Err(_) => return,
            }
        }
    }
}

/// The next text of a peer, as a frame for all peers.
fn next_text(peer: &mut Peer) -> Option<Vec<u8>> {
    let head = wire::head(&peer.unread)?;
    let frame = peer.unread.get(..head.end)?;
    let mask = &frame[head.mask..head.start];
    let unmasked = frame[head.start..].iter().zip(mask.iter().cycle());
    let payload: Vec<u8> = unmasked.map(|(byte, mask)| byte ^ mask).collect();
    peer.unread.drain(..head.end);
    (head.opcode == wire::TEXT).then(|| wire::server_text(&payload))
}
