//! One client: a socket, what of its bytes is not a whole frame yet, and how far it has read.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;

use crate::dialect::Dialect;
use crate::story::{Place, Story};
use crate::wire;

/// How far a socket has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Connecting,
    Upgrading,
    Greeting,
    /// Open, and not taking part yet.
    Open,
    Joining,
    /// Taking part.
    Reading,
}

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    pub(crate) stage: Stage,
    pub(crate) place: Place,
    /// Does not read any more.
    pub(crate) stalled: bool,
    unread: Vec<u8>,
}

impl Client {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            stage: Stage::Connecting,
            place: Place::default(),
            stalled: false,
            unread: Vec::new(),
        }
    }

    pub(crate) fn send(&mut self, frame: &[u8]) -> Result<(), String> {
        match self.stream.write(frame) {
            Ok(count) if count == frame.len() => Ok(()),
            Ok(_) => Err("a client's socket is full".into()),
            Err(error) => Err(format!("a client cannot write: {error}")),
        }
    }

    /// Sends the request for the upgrade.
    pub(crate) fn upgrade(&mut self, dialect: Dialect, server: SocketAddr) -> Result<(), String> {
        self.stage = Stage::Upgrading;
        self.send(&wire::handshake(dialect.path(), &server.to_string()))
    }

    pub(crate) fn join(&mut self, dialect: Dialect, number: usize) -> Result<(), String> {
        let Some((text, _)) = dialect.join(number) else {
            self.stage = Stage::Reading;
            return Ok(());
        };
        self.stage = Stage::Joining;
        self.send(&wire::client_text(&text))
    }

    /// Reads what is there, up to a buffer.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        match self.stream.read(buffer) {
            Ok(0) => Err("a client was cut off".into()),
            Ok(count) => Ok(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(format!("a client cannot read: {error}")),
        }
    }

    /// Takes bytes while the socket is opened or no story has begun.
    pub(crate) fn prepare(&mut self, bytes: &[u8], dialect: Dialect) -> Result<(), String> {
        self.unread.extend_from_slice(bytes);
        if self.stage == Stage::Upgrading {
            let end = self.unread.windows(4).position(|w| w == b"\r\n\r\n");
            let Some(end) = end else {
                return Ok(());
            };
            if !self.unread.starts_with(b"HTTP/1.1 101 ") {
                return Err(format!("no upgrade: {}", self.unread.escape_ascii()));
            }
            self.unread.drain(..end + 4);
            self.stage = match dialect.greeting() {
                Some(_) => Stage::Greeting,
                None => Stage::Open,
            };
        }
        while let Some((opcode, payload)) = self.next_frame() {
            self.prepared(opcode, &payload, dialect)?;
        }
        if self.unread.is_empty() {
            self.unread = Vec::new();
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let head = wire::head(&self.unread)?;
        let payload = self.unread.get(head.start..head.end)?.to_vec();
        self.unread.drain(..head.end);
        Some((head.opcode, payload))
    }

    fn prepared(&mut self, opcode: u8, payload: &[u8], dialect: Dialect) -> Result<(), String> {
        if opcode == wire::PING {
            return self.send(&wire::PONG);
        }
        let begins = |begin: Option<&[u8]>| begin.is_some_and(|begin| payload.starts_with(begin));
        if self.stage == Stage::Greeting && begins(dialect.greeting()) {
            self.stage = Stage::Open;
        } else if self.stage == Stage::Joining && begins(dialect.join(0).map(|(_, begin)| begin)) {
            self.stage = Stage::Reading;
        } else if let Some(Some(answer)) = dialect.aside(payload) {
            self.send(&wire::client_text(answer))?;
        }
        Ok(())
    }

    /// Nothing of a frame is left over.
    pub(crate) fn is_between_frames(&self) -> bool {
        self.unread.is_empty()
    }

    /// Takes bytes of the story; returns how many of the messages were this client's own.
    pub(crate) fn read(
        &mut self,
        number: usize,
        bytes: &[u8],
        story: &mut Story,
        dialect: Dialect,
        now: Instant,
    ) -> Result<usize, String> {
        if self.unread.is_empty() {
            return self.follow(number, bytes, story, dialect, now);
        }
        let mut all = std::mem::take(&mut self.unread);
        all.extend_from_slice(bytes);
        self.follow(number, &all, story, dialect, now)
    }

    fn follow(
        &mut self,
        number: usize,
        bytes: &[u8],
        story: &mut Story,
        dialect: Dialect,
        now: Instant,
    ) -> Result<usize, String> {
        let (mut at, mut own) = (0, 0);
        loop {
            let common = story.common(self.place, &bytes[at..]);
            own += story.advance(number, &mut self.place, common, now);
            at += common;
            if at == bytes.len() {
                return Ok(own);
            }
            // Not what the others read: from the start of the frame, what is it?
            at = at
                .checked_sub(story.within_frame(self.place))
                .ok_or("a frame differs from what others read")?;
            story.take_back(&mut self.place);
            let rest = &bytes[at..];
            let frame = wire::head(rest).and_then(|head| Some((head, rest.get(..head.end)?)));
            let Some((head, frame)) = frame else {
                self.unread = rest.to_vec();
                return Ok(own);
            };
            let payload = &frame[head.start..];
            if head.opcode == wire::PING {
                self.send(&wire::PONG)?;
                at += frame.len();
            } else if let Some(answer) = dialect.aside(payload) {
                if let Some(answer) = answer {
                    self.send(&wire::client_text(answer))?;
                }
                at += frame.len();
            } else if story.is_at_end(self.place) {
                story.append(frame, payload)?;
            } else {
                let text = payload.escape_ascii();
                return Err(format!("lost, doubled or out of order: {text}"));
            }
        }
    }
}
