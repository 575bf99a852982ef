//! All clients of one server, on one thread.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use crate::client::{Client, Stage};
use crate::dialect::Dialect;
use crate::story::{Place, Story};
use crate::wire;

/// Sockets that are opened at one time.
const OPENING: usize = 64;
/// How long nothing may come before everybody is taken to be done.
const QUIET: Duration = Duration::from_millis(400);
/// How long an opening or a drain may take.
const PATIENCE: Duration = Duration::from_secs(60);
const BUFFER: usize = 256 << 10;
/// The receive buffer of a client that will stop reading.
const SMALL_BUFFER: usize = 4 << 10;
/// Its largest segment, small as well: the server's kernel keeps some twenty segments for a
/// reader that stopped, and those of the loopback have 64 KB.
const SEGMENT: u32 = 536;
/// What a `connect` that does not wait answers.
const EINPROGRESS: i32 = 115;

pub(crate) struct Crowd {
    poll: Poll,
    events: Events,
    buffer: Vec<u8>,
    server: SocketAddr,
    dialect: Dialect,
    clients: Vec<Client>,
    pub(crate) story: Story,
    /// Publishers whose messages came back to them since they were last looked at.
    pub(crate) echoed: VecDeque<usize>,
    /// How often something was read since the story began.
    pub(crate) reads: u64,
    /// How much each publisher has said; empty before the first story.
    said: Vec<u64>,
    payload: usize,
    last_heard: Instant,
}

impl Crowd {
    pub(crate) fn new(server: SocketAddr, dialect: Dialect, payload: usize) -> io::Result<Self> {
        Ok(Self {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            buffer: vec![0; BUFFER],
            server,
            dialect,
            clients: Vec::new(),
            story: Story::new(0),
            echoed: VecDeque::new(),
            reads: 0,
            said: Vec::new(),
            payload,
            last_heard: Instant::now(),
        })
    }

    /// Opens sockets, a few at a time. The last `small` of them have small buffers.
    pub(crate) fn open(&mut self, count: usize, small: usize) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let mut opened = 0;
        while opened < count {
            while self.clients.len() < count && self.clients.len() - opened < OPENING {
                let is_small = self.clients.len() + small >= count;
                self.connect(is_small).map_err(|error| error.to_string())?;
            }
            self.turn(Duration::from_millis(100))?;
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

    /// Everybody takes part; then all that this brought with it is read.
    pub(crate) fn join(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        let (mut asked, mut joined) = (0, 0);
        while joined < self.clients.len() {
            while asked < self.clients.len() && asked - joined < OPENING {
                self.clients[asked].join(self.dialect, asked)?;
                asked += 1;
            }
            self.turn(Duration::from_millis(1))?;
            joined = self.count(Stage::Reading);
            check_deadline(deadline, "joining")?;
        }
        self.settle()
    }

    /// Waits until nothing comes any more.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        self.last_heard = Instant::now();
        while self.last_heard.elapsed() < QUIET {
            self.turn(QUIET)?;
        }
        match self.clients.iter().all(Client::is_between_frames) {
            true => Ok(()),
            false => Err("half a frame is left over".into()),
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

    /// Begins a new story: the first `publishers` clients will speak.
    pub(crate) fn begin(&mut self, publishers: usize) {
        self.story = Story::new(publishers);
        self.said = vec![0; publishers];
        self.echoed.clear();
        self.reads = 0;
        for client in &mut self.clients {
            client.place = Place::default();
        }
    }

    /// A publisher says its next message.
    pub(crate) fn say(&mut self, publisher: usize) -> Result<(), String> {
        let text = self
            .dialect
            .say(publisher, self.said[publisher], self.payload);
        self.said[publisher] += 1;
        self.story.sent(publisher, Instant::now());
        self.clients[publisher].send(&wire::client_text(&text))
    }

    /// Reads until everybody who reads has read everything.
    pub(crate) fn drain(&mut self) -> Result<(), String> {
        let deadline = Instant::now() + PATIENCE;
        while !self.is_told() {
            self.turn(Duration::from_millis(50))?;
            check_deadline(deadline, "reading the last messages")?;
        }
        Ok(())
    }

    fn is_told(&self) -> bool {
        let mut reading = self.clients.iter().filter(|client| !client.stalled);
        self.story.is_whole() && reading.all(|client| self.story.is_at_end(client.place))
    }

    fn count(&self, stage: Stage) -> usize {
        let at_stage = self.clients.iter().filter(|client| client.stage == stage);
        at_stage.count()
    }

    /// Waits for events at most so long, and works them off.
    pub(crate) fn turn(&mut self, wait: Duration) -> Result<(), String> {
        let mut events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        let polled = self.poll.poll(&mut events, Some(wait));
        let worked = polled.map_err(|error| error.to_string()).and_then(|()| {
            let mut tokens = events.iter().map(|event| event.token());
            tokens.try_for_each(|Token(number)| self.work(number))
        });
        self.events = events;
        worked
    }

    fn work(&mut self, number: usize) -> Result<(), String> {
        let client = &mut self.clients[number];
        if client.stage == Stage::Connecting {
            let registry = self.poll.registry();
            let changed =
                registry.reregister(&mut client.stream, Token(number), Interest::READABLE);
            changed.map_err(|error| error.to_string())?;
            return client.upgrade(self.dialect, self.server);
        }
        loop {
            let count = client.receive(&mut self.buffer)?;
            if count == 0 {
                return Ok(());
            }
            let bytes = &self.buffer[..count];
            let now = Instant::now();
            self.last_heard = now;
            self.reads += 1;
            // Before the first story, what comes is presence.
            if self.said.is_empty() {
                client.prepare(bytes, self.dialect)?;
            } else {
                let own = client.read(number, bytes, &mut self.story, self.dialect, now)?;
                self.echoed.extend((0..own).map(|_| number));
            }
            // A short read has emptied the socket; the next bytes are an event of their own.
            if count < self.buffer.len() {
                return Ok(());
            }
        }
    }
}

fn check_deadline(deadline: Instant, what: &str) -> Result<(), String> {
    match Instant::now() > deadline {
        true => Err(format!("{what} takes too long")),
        false => Ok(()),
    }
}
