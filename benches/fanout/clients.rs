//! All clients of one server, on one thread.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use crate::client::{Client, Stage};
use crate::server_protocol::ServerProtocol;
use crate::transcript::{Position, Transcript};
use crate::wire;

/// Sockets that are being opened at one time.
const OPENING: usize = 64;
/// After this long without bytes all clients count as idle.
const QUIET_TIME: Duration = Duration::from_millis(400);
/// How long opening or draining may take.
const TIMEOUT: Duration = Duration::from_secs(60);
const BUFFER: usize = 256 << 10;
/// The receive buffer of a client that will stop reading.
const SMALL_BUFFER: usize = 4 << 10;
/// Its maximum segment size: the server's kernel keeps about twenty segments for a stalled reader,
/// and those of the loopback are 64 KB long.
const SEGMENT: u32 = 536;
/// The error of a `connect` that does not block.
const EINPROGRESS: i32 = 115;

pub(crate) struct Clients {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    server: SocketAddr,
    protocol: ServerProtocol,
    clients: Vec<Client>,
    pub(crate) transcript: Transcript,
    /// Publishers whose messages came back to them, not handled yet.
    pub(crate) echoed: VecDeque<usize>,
    /// Number of reads since the transcript began.
    pub(crate) reads: u64,
    /// Messages of each publisher; empty before the first transcript.
    published: Vec<u64>,
    payload: usize,
    last_received: Instant,
}

impl Clients {
    pub(crate) fn new(
        server: SocketAddr,
        protocol: ServerProtocol,
        payload: usize,
    ) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            buffer: vec![0; BUFFER],
            server,
            protocol,
            clients: Vec::new(),
            transcript: Transcript::new(0),
            echoed: VecDeque::new(),
            reads: 0,
            published: Vec::new(),
            payload,
            last_received: Instant::now(),
        })
    }

    /// Opens sockets, a few at a time. The last `small` of them have small buffers.
    pub(crate) fn open(&mut self, count: usize, small: usize) -> Result<(), String> {
        let deadline = Instant::now() + TIMEOUT;
        let mut opened = 0;
        while opened < count {
            while self.clients.len() < count && self.clients.len() - opened < OPENING {
                let is_small = self.clients.len() + small >= count;
                self.connect(is_small).map_err(|error| error.to_string())?;
            }
            self.poll(Duration::from_millis(100))?;
            opened = self.count(Stage::Open);
            check_deadline(deadline, "opening")?;
        }
        Ok(())
    }

    fn connect(&mut self, is_small: bool) -> io::Result<()> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        socket.set_tcp_nodelay(true)?;
        // Leaves no port behind in TIME_WAIT.
        socket.set_linger(Some(Duration::ZERO))?;
        if is_small {
            socket.set_recv_buffer_size(SMALL_BUFFER)?;
            socket.set_tcp_mss(SEGMENT)?;
        }
        match socket.connect(&self.server.into()) {
            Err(error) if error.raw_os_error() != Some(EINPROGRESS) => return Err(error),
            _ => {}
        }
        let mut stream = TcpStream::from_std(socket.into());
        let token = Token(self.clients.len());
        self.poll
            .registry()
            .register(&mut stream, token, Interest::WRITABLE)?;
        self.clients.push(Client::new(stream));
        Ok(())
    }

    /// All clients join, and read all events of the joins.
    pub(crate) fn join(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + TIMEOUT;
        let (mut requested, mut joined) = (0, 0);
        while joined < self.clients.len() {
            while requested < self.clients.len() && requested - joined < OPENING {
                self.clients[requested].join(self.protocol, requested)?;
                requested += 1;
            }
            self.poll(Duration::from_millis(1))?;
            joined = self.count(Stage::Reading);
            check_deadline(deadline, "joining")?;
        }
        self.wait_until_idle()
    }

    /// Waits until no more bytes arrive.
    pub(crate) fn wait_until_idle(&mut self) -> Result<(), String> {
        self.last_received = Instant::now();
        while self.last_received.elapsed() < QUIET_TIME {
            self.poll(QUIET_TIME)?;
        }
        match self.clients.iter().all(Client::is_between_frames) {
            true => Ok(()),
            false => Err("a frame is incomplete".into()),
        }
    }

    /// Stops reading on the last `count` sockets.
    pub(crate) fn stall(&mut self, count: usize) -> io::Result<()> {
        let first = self.clients.len() - count;
        for client in &mut self.clients[first..] {
            client.stalled = true;
            self.poll.registry().deregister(&mut client.stream)?;
        }
        Ok(())
    }

    /// Begins a new transcript, of messages of the first `publishers` clients.
    pub(crate) fn begin(&mut self, publishers: usize) {
        self.transcript = Transcript::new(publishers);
        self.published = vec![0; publishers];
        self.echoed.clear();
        self.reads = 0;
        for client in &mut self.clients {
            client.position = Position::default();
        }
    }

    /// Sends the next message of a publisher.
    pub(crate) fn publish(&mut self, publisher: usize) -> Result<(), String> {
        let text = self
            .protocol
            .message(publisher, self.published[publisher], self.payload);
        self.published[publisher] += 1;
        self.transcript.sent(publisher, Instant::now());
        self.clients[publisher].send(&wire::client_text(&text))
    }

    /// Reads until all clients that read have everything.
    pub(crate) fn drain(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + TIMEOUT;
        while !self.is_drained() {
            self.poll(Duration::from_millis(50))?;
            check_deadline(deadline, "draining")?;
        }
        Ok(())
    }

    fn is_drained(&self) -> bool {
        let mut reading = self.clients.iter().filter(|client| !client.stalled);
        self.transcript.is_complete()
            && reading.all(|client| self.transcript.is_at_end(client.position))
    }

    fn count(&self, stage: Stage) -> usize {
        let at_stage = self.clients.iter().filter(|client| client.stage == stage);
        at_stage.count()
    }

    /// Waits for events up to a time, and handles them.
    pub(crate) fn poll(&mut self, wait: Duration) -> Result<(), String> {
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let polled = self.poll.poll(&mut events, Some(wait));
        let handled = polled.map_err(|error| error.to_string()).and_then(|()| {
            let mut tokens = events.iter().map(|event| event.token());
            tokens.try_for_each(|Token(number)| self.on_event(number))
        });
        self.events = events;
        handled
    }

    fn on_event(&mut self, number: usize) -> Result<(), String> {
        let client = &mut self.clients[number];
        if client.stage == Stage::Connecting {
            let registry = self.poll.registry();
            let changed =
                registry.reregister(&mut client.stream, Token(number), Interest::READABLE);
            changed.map_err(|error| error.to_string())?;
            return client.upgrade(self.protocol, self.server);
        }
        loop {
            let count = client.receive(&mut self.buffer)?;
            if count == 0 {
                return Ok(());
            }
            let bytes = &self.buffer[..count];
            let now = Instant::now();
            self.last_received = now;
            self.reads += 1;
            // Before the first transcript only presence events arrive.
            if self.published.is_empty() {
                client.prepare(bytes, self.protocol)?;
            } else {
                let own = client.read(number, bytes, &mut self.transcript, self.protocol, now)?;
                self.echoed.extend((0..own).map(|_| number));
            }
            // A short read has emptied the socket; the next bytes cause another event.
            if count < self.buffer.len() {
                return Ok(());
            }
        }
    }
}

fn check_deadline(deadline: Instant, step: &str) -> Result<(), String> {
    match Instant::now() > deadline {
        true => Err(format!("{step} takes too long")),
        false => Ok(()),
    }
}
