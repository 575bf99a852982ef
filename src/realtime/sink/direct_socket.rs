//! A socket that an upgrade has handed over, without the HTTP dispatcher.

use std::cell::{Cell, RefCell};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::rt::net::TcpStream;
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};

/// Bytes per read: the frames of a client are small.
const READ_BYTES: usize = 4 << 10;
/// How long a peer may take to answer a close before the socket is dropped.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// The writing side of a socket. Bytes that the kernel does not take are kept, and nothing more is
/// written until they have left. So a stalled peer costs at most one write.
pub(crate) struct DirectSocket {
    io: TcpStream,
    /// Bytes that the kernel has not taken yet.
    unwritten: RefCell<Bytes>,
    broken: Cell<bool>,
}

impl DirectSocket {
    pub(crate) fn new(io: TcpStream) -> Rc<Self> {
        Rc::new(Self {
            io,
            unwritten: RefCell::new(Bytes::new()),
            broken: Cell::new(false),
        })
    }

    /// Whether the kernel has taken everything so far.
    pub(super) fn is_free(&self) -> bool {
        self.unwritten.borrow().is_empty() && !self.broken.get()
    }

    /// Writes as much as the kernel takes now; returns whether that was all.
    pub(super) fn write(&self, bytes: Bytes) -> bool {
        match self.io.try_write(&bytes) {
            Ok(count) if count == bytes.len() => return true,
            Ok(count) => *self.unwritten.borrow_mut() = bytes.slice(count..),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                *self.unwritten.borrow_mut() = bytes;
            }
            Err(_) => self.broken.set(true),
        }
        false
    }

    /// Ready when the kernel has taken everything.
    fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.broken.get() {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            if self.unwritten.borrow().is_empty() {
                return Poll::Ready(Ok(()));
            }
            ready!(self.io.poll_write_ready(cx))?;
            let mut unwritten = self.unwritten.borrow_mut();
            match self.io.try_write(&unwritten) {
                Ok(count) => unwritten.advance(count),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

/// The reading side of a socket.
pub(crate) struct Incoming {
    socket: Rc<DirectSocket>,
    early: Option<Bytes>,
}

impl Incoming {
    /// `early` holds the bytes that the peer sent right after its handshake.
    pub(crate) fn new(socket: Rc<DirectSocket>, early: Bytes) -> Self {
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
        let mut buffer = [0; READ_BYTES];
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

/// Writes a session's output to its socket until one of them ends. The output includes the frames
/// that the sink could not write at once.
pub(crate) async fn drive<E>(
    mut output: impl Stream<Item = Result<Bytes, E>> + Unpin,
    socket: Rc<DirectSocket>,
) {
    let ended = std::future::poll_fn(|cx| {
        loop {
            // As with a response body, a session does not run while its socket is full.
            if ready!(socket.poll_flush(cx)).is_err() {
                return Poll::Ready(false);
            }
            match ready!(output.poll_next_unpin(cx)) {
                Some(Ok(bytes)) => {
                    socket.write(bytes);
                }
                Some(Err(_)) | None => return Poll::Ready(true),
            }
        }
    });
    if ended.await {
        drop(output);
        let _ = tokio::time::timeout(CLOSE_TIMEOUT, linger(&socket)).await;
    }
}

/// Waits for the peer's close frame. A socket that is dropped with unread bytes is reset, and the
/// peer may then lose our close frame.
async fn linger(socket: &Rc<DirectSocket>) {
    let shutdown = socket2::SockRef::from(&socket.io).shutdown(std::net::Shutdown::Write);
    if shutdown.is_ok() {
        let mut incoming = Incoming::new(Rc::clone(socket), Bytes::new());
        while let Some(Ok(_)) = incoming.next().await {}
    }
}
