//! One client: a socket, the bytes of an incomplete frame, and its position in the transcript.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::Instant;

use mio::net::TcpStream;

use crate::server_protocol::ServerProtocol;
use crate::transcript::{Position, Transcript};
use crate::wire;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Connecting,
    Upgrading,
    Greeting,
    /// Open, not joined yet.
    Open,
    Joining,
    /// Joined.
    Reading,
}

#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) stream: TcpStream,
    pub(crate) stage: Stage,
    pub(crate) position: Position,
    /// No longer reads.
    pub(crate) stalled: bool,
    unread: Vec<u8>,
}

impl Client {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            stage: Stage::Connecting,
            position: Position::default(),
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
    pub(crate) fn upgrade(
        &mut self,
        protocol: ServerProtocol,
        server: SocketAddr,
    ) -> Result<(), String> {
        self.stage = Stage::Upgrading;
        self.send(&wire::handshake(protocol.path(), &server.to_string()))
    }

    pub(crate) fn join(&mut self, protocol: ServerProtocol, number: usize) -> Result<(), String> {
        let Some((text, _)) = protocol.join(number) else {
            self.stage = Stage::Reading;
            return Ok(());
        };
        self.stage = Stage::Joining;
        self.send(&wire::client_text(&text))
    }

    /// Reads available bytes, at most a buffer.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        match self.stream.read(buffer) {
            Ok(0) => Err("a client was disconnected".into()),
            Ok(count) => Ok(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(format!("a client cannot read: {error}")),
        }
    }

    /// Takes bytes until the transcript begins.
    pub(crate) fn prepare(&mut self, bytes: &[u8], protocol: ServerProtocol) -> Result<(), String> {
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
            self.stage = match protocol.greeting() {
                Some(_) => Stage::Greeting,
                None => Stage::Open,
            };
        }
        while let Some((opcode, payload)) = self.next_frame() {
            self.prepared(opcode, &payload, protocol)?;
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

    fn prepared(
        &mut self,
        opcode: u8,
        payload: &[u8],
        protocol: ServerProtocol,
    ) -> Result<(), String> {
        if opcode == wire::PING {
            return self.send(&wire::PONG);
        }
        let begins = |begin: Option<&[u8]>| begin.is_some_and(|begin| payload.starts_with(begin));
        if self.stage == Stage::Greeting && begins(protocol.greeting()) {
            self.stage = Stage::Open;
        } else if self.stage == Stage::Joining && begins(protocol.join(0).map(|(_, begin)| begin)) {
            self.stage = Stage::Reading;
        } else if let Some(Some(reply)) = protocol.control_reply(payload) {
            self.send(&wire::client_text(reply))?;
        }
        Ok(())
    }

    /// Whether it has no incomplete frame.
    pub(crate) fn is_between_frames(&self) -> bool {
        self.unread.is_empty()
    }

    /// Compares bytes with the transcript; returns how many of the messages were this client's own.
    pub(crate) fn read(
        &mut self,
        number: usize,
        bytes: &[u8],
        transcript: &mut Transcript,
        protocol: ServerProtocol,
        now: Instant,
    ) -> Result<usize, String> {
        if self.unread.is_empty() {
            return self.follow(number, bytes, transcript, protocol, now);
        }
        let mut all = std::mem::take(&mut self.unread);
        all.extend_from_slice(bytes);
        self.follow(number, &all, transcript, protocol, now)
    }

    fn follow(
        &mut self,
        number: usize,
        bytes: &[u8],
        transcript: &mut Transcript,
        protocol: ServerProtocol,
        now: Instant,
    ) -> Result<usize, String> {
        let (mut at, mut own) = (0, 0);
        loop {
            let common = transcript.common(self.position, &bytes[at..]);
            own += transcript.advance(number, &mut self.position, common, now);
            at += common;
            if at == bytes.len() {
                return Ok(own);
            }
            // Not what the others read: look at the whole frame.
            at = at
                .checked_sub(transcript.within_frame(self.position))
                .ok_or("a frame differs from what others read")?;
            transcript.rewind(&mut self.position);
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
            } else if let Some(reply) = protocol.control_reply(payload) {
                if let Some(reply) = reply {
                    self.send(&wire::client_text(reply))?;
                }
                at += frame.len();
            } else if transcript.is_at_end(self.position) {
                transcript.append(frame, payload)?;
            } else {
                let text = payload.escape_ascii();
                return Err(format!("lost, duplicated or out of order: {text}"));
            }
        }
    }
}
