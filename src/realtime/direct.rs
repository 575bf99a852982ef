//! Frames written straight to the socket, after the upgrade has handed it over: no response body,
//! no buffers of the HTTP dispatcher, and no task to wake for a broadcast.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::error::PayloadError;
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use super::body::SessionBody;
use super::frame_log::FrameLog;
use super::outbox::Outbox;
use super::sink::Sink;
use crate::metrics::Tally;

/// Frames for one socket are joined up to so many bytes, and written at once.
const JOINED: usize = 64 << 10;
/// Bytes read at once: a client's frames are small.
const READ: usize = 4 << 10;
/// How long a peer may take to answer a close before the socket is dropped.
const FAREWELL: Duration = Duration::from_secs(2);

/// The writing side of a socket. What the kernel does not take now is kept, and nothing more is
/// written until it has left: so a reader that stopped costs at most one join.
#[derive(Debug)]
pub(super) struct DirectSocket {
    io: TcpStream,
    /// What the kernel has not taken yet.
    left: RefCell<Bytes>,
    broken: Cell<bool>,
}

impl DirectSocket {
    pub(super) fn new(io: TcpStream) -> Rc<Self> {
        Rc::new(Self {
            io,
            left: RefCell::new(Bytes::new()),
            broken: Cell::new(false),
        })
    }

    /// Nothing waits for the kernel.
    fn is_free(&self) -> bool {
        self.left.borrow().is_empty() && !self.broken.get()
    }

    /// Writes as much as the kernel takes now; returns whether that was all.
    fn write(&self, bytes: Bytes) -> bool {
        match self.io.try_write(&bytes) {
            Ok(count) if count == bytes.len() => return true,
            Ok(count) => *self.left.borrow_mut() = bytes.slice(count..),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                *self.left.borrow_mut() = bytes;
            }
            Err(_) => self.broken.set(true),
        }
        false
    }

    /// Done when the kernel has taken everything.
    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.broken.get() {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            if self.left.borrow().is_empty() {
                return Poll::Ready(Ok(()));
            }
            ready!(self.io.poll_write_ready(cx))?;
            let mut left = self.left.borrow_mut();
            match self.io.try_write(&left) {
                Ok(count) => left.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// The reading side of a socket, beginning with what came behind the handshake.
pub(super) struct Incoming {
    socket: Rc<DirectSocket>,
    early: Option<Bytes>,
}

impl Incoming {
    pub(super) fn new(socket: Rc<DirectSocket>, early: Bytes) -> Self {
        let early = Some(early).filter(|early| !early.is_empty());
        Self { socket, early }
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(early) = self.early.take() {
            return Poll::Ready(Some(Ok(early)));
        }
        let mut buffer = [0; READ];
        loop {
            ready!(self.socket.io.poll_read_ready(cx))?;
            match self.socket.io.try_read(&mut buffer) {
                Ok(0) => return Poll::Ready(None),
                Ok(count) => {
                    let bytes = Bytes::copy_from_slice(&buffer[..count]);
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Some(Err(error.into()))),
            }
        }
    }
}

/// Runs a session on its socket until one of them ends: what its actor says, and what the log has
/// for it beyond what the sink could write at once.
pub(super) async fn drive(mut body: SessionBody, socket: Rc<DirectSocket>) {
    let ended = std::future::poll_fn(|cx| {
        loop {
            // A session does not run while its socket is full, as in the response body.
            if ready!(socket.poll_flush(cx)).is_err() {
                return Poll::Ready(false);
            }
            match ready!(body.poll_next_unpin(cx)) {
                Some(Ok(bytes)) => {
                    socket.write(bytes);
                }
                Some(Err(_)) | None => return Poll::Ready(true),
            }
        }
    });
    if ended.await {
        drop(body);
        let _ = tokio::time::timeout(FAREWELL, take_leave(&socket)).await;
    }
}

/// Waits for the peer's own goodbye: a socket that is dropped with bytes unread is reset, and a
/// reset would take back the close frame.
async fn take_leave(socket: &Rc<DirectSocket>) {
    let sent = socket2::SockRef::from(&socket.io).shutdown(std::net::Shutdown::Write);
    if sent.is_ok() {
        let mut incoming = Incoming::new(Rc::clone(socket), Bytes::new());
        while let Some(Ok(_)) = incoming.next().await {}
    }
}

/// Writes each batch to all sockets that are free, joined per socket; the others are told to go on
/// when they can.
#[derive(Debug, Default)]
pub(super) struct DirectSink {
    joined: RefCell<BytesMut>,
}

impl Sink for DirectSink {
    fn deliver(
        &self,
        log: &FrameLog,
        readers: &mut dyn Iterator<Item = &'_ Rc<Outbox>>,
        tally: &Tally,
    ) {
        let now = Instant::now();
        for outbox in readers {
            match outbox.socket() {
                Some(socket) if socket.is_free() => {
                    let (frames, bytes) = self.send(log, outbox, &socket, now);
                    tally.sent(frames, bytes);
                }
                _ => outbox.expect(now),
            }
        }
    }
}

impl DirectSink {
    /// Tells how many frames that were, and their bytes.
    fn send(
        &self,
        log: &FrameLog,
        outbox: &Outbox,
        socket: &DirectSocket,
        now: Instant,
    ) -> (u64, usize) {
        let Some(first) = outbox.pull(log, now) else {
            return (0, 0);
        };
        let (frames, bytes) = match outbox.pull(log, now) {
            None => (1, first),
            Some(second) => self.join(&first, &second, || outbox.pull(log, now)),
        };
        let length = bytes.len();
        if !socket.write(bytes) || outbox.is_behind(log) {
            outbox.expect(now);
        }
        (frames, length)
    }

    fn join(
        &self,
        first: &Bytes,
        second: &Bytes,
        next: impl Fn() -> Option<Bytes>,
    ) -> (u64, Bytes) {
        let mut frames = 2;
        let mut joined = self.joined.borrow_mut();
        // A panic in between may have left what was another reader's.
        joined.clear();
        joined.extend_from_slice(first);
        joined.extend_from_slice(second);
        while joined.len() < JOINED
            && let Some(next) = next()
        {
            joined.extend_from_slice(&next);
            frames += 1;
        }
        (frames, joined.split().freeze())
    }
}
