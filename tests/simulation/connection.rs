//! The server's side of one socket: the production reader and entrance, run as a session runs them.

mod session;

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use vitrina::domain::ids::ProductId;
use vitrina::domain::position::Position;
use vitrina::realtime::{ChatEntrance, Entry, FrameLog, ProductEntrance, Pulled, Reader, Start};

use crate::hub::Known;
use crate::plan::{Config, Stream};
use crate::plant::Plant;
use crate::socket::Socket;
use crate::wire::Told;

/// How long frames wait before a reader may be told less.
const SLOW_AFTER: Duration = Duration::from_secs(2);

/// What a session is asked to do; it does so when its socket takes bytes and it waits for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    Opened,
    Close,
    Lapsed,
    Join(u8),
    Leave,
    Ask,
    Heartbeat,
}

/// What a session waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reading {
    Chunk(Option<u8>),
    Room(u8),
    History(i64),
}

/// What it waited for.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Chunk(Vec<(u8, u32)>, u64),
    Joined { online: usize },
    History(Vec<i64>),
}

/// Where a connection runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Around<'a> {
    pub(crate) known: &'a Known,
    pub(crate) now: Instant,
    pub(crate) config: &'a Config,
    pub(crate) plant: Option<Plant>,
}

impl Around<'_> {
    fn has(&self, plant: Plant) -> bool {
        self.plant == Some(plant)
    }
}

#[derive(Debug)]
enum Talk {
    Products(ProductEntrance),
    Chat {
        entrance: ChatEntrance,
        first: Start,
        /// The sequence number before which the history ends that the join needs.
        before: Option<i64>,
        online: usize,
        joining: Option<u8>,
        user: Option<u8>,
    },
}

/// A session, its reader and its socket.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) worker: usize,
    pub(crate) stream: Stream,
    pub(crate) session: u64,
    pub(crate) socket: Socket,
    pub(crate) reading: Option<Reading>,
    pub(crate) only: Option<Vec<u8>>,
    /// It stands in its worker's table.
    pub(crate) member: bool,
    /// The session has ended; what it said before may still be on its way.
    pub(crate) ended: bool,
    /// It has been behind for so long that it may be told less.
    pub(crate) slow: bool,
    /// It must be run: something woke it.
    pub(crate) woken: bool,
    /// It took no part any more, or never will again: the room must be told.
    pub(crate) left: bool,
    pub(crate) lapses: usize,
    reader: Reader,
    talk: Talk,
    inputs: VecDeque<Input>,
    answer: Option<Answer>,
    said: VecDeque<Told>,
    behind_since: Option<Instant>,
    passing_due: u64,
}

fn product_id(id: u8) -> ProductId {
    ProductId::from_bytes([id; 12])
}

impl Connection {
    pub(crate) fn new(
        (worker, session): (usize, u64),
        (stream, only): (Stream, Option<&Vec<u8>>),
        since: Option<&Position>,
        around: Around<'_>,
    ) -> Self {
        let log = &around.known.log;
        let (talk, next) = match stream {
            Stream::Products => {
                let entrance = ProductEntrance::new(log, since, true);
                let next = entrance.start().next;
                (Talk::Products(entrance), next)
            }
            Stream::Chat => {
                let entrance = ChatEntrance::new(log, since);
                let first = entrance.start().clone();
                let next = first.next;
                let talk = Talk::Chat {
                    entrance,
                    first,
                    before: None,
                    online: 0,
                    joining: None,
                    user: None,
                };
                (talk, next)
            }
        };
        let wanted = only.map(|ids| ids.iter().copied().map(product_id).collect::<HashSet<_>>());
        Self {
            worker,
            stream,
            session,
            socket: Socket::new(around.config.socket, around.has(Plant::TailForgotten)),
            reading: None,
            only: only.cloned(),
            member: false,
            ended: false,
            slow: false,
            woken: true,
            left: false,
            lapses: 0,
            reader: Reader::new(next, wanted),
            talk,
            inputs: VecDeque::from([Input::Opened]),
            answer: None,
            said: VecDeque::new(),
            behind_since: None,
            passing_due: around.known.serial + 1,
        }
    }

    fn start(&self) -> &Start {
        match &self.talk {
            Talk::Products(entrance) => entrance.start(),
            Talk::Chat { entrance, .. } => entrance.start(),
        }
    }

    pub(crate) fn is_joined(&self) -> bool {
        matches!(self.talk, Talk::Chat { user: Some(_), .. })
    }

    /// Nothing is left to be told.
    pub(crate) fn is_over(&self) -> bool {
        self.ended && self.said.is_empty() && self.socket.is_empty()
    }

    pub(crate) fn ask(&mut self, input: Input) {
        self.inputs.push_back(input);
        self.woken = true;
    }

    pub(crate) fn set_answer(&mut self, answer: Answer) {
        if let (Talk::Chat { online, before, .. }, Answer::Joined { online: now }) =
            (&mut self.talk, &answer)
        {
            *online = *now;
            if let Some(before) = *before {
                self.reading = Some(Reading::History(before));
                return;
            }
        }
        self.reading = None;
        self.answer = Some(answer);
        self.woken = true;
    }

    /// The worker has new frames: its sink writes to a free socket itself, and leaves the others to
    /// their tasks.
    pub(crate) fn deliver(&mut self, around: Around<'_>) -> Result<(), String> {
        if self.behind_since.is_none() && self.reader.is_behind(&around.known.log) {
            self.behind_since = Some(around.now);
        }
        if around.config.direct && self.socket.is_free() {
            let mut joined = Vec::new();
            while joined.len() < around.config.joined
                && let Some(entry) = self.pull(around)?
            {
                joined.extend_from_slice(entry.frame.bytes());
            }
            let wrote = self.socket.write(&joined);
            if wrote && !self.reader.is_behind(&around.known.log) {
                return Ok(());
            }
            self.behind_since.get_or_insert(around.now);
        }
        self.woken |= self.reader.expect(around.now);
        Ok(())
    }

    /// Runs the session's task: what the session says, then what the stream says.
    pub(crate) fn poll(&mut self, around: Around<'_>) -> Result<(), String> {
        if !std::mem::take(&mut self.woken) {
            return Ok(());
        }
        self.member = true;
        while self.socket.flush() {
            self.run(around);
            let bytes = match self.said.pop_front() {
                Some(told) => told.frame().bytes().clone(),
                None if self.ended => break,
                None => match self.pull(around)? {
                    Some(entry) => entry.frame.bytes().clone(),
                    None if self.inputs.is_empty() || self.reading.is_some() => break,
                    None => continue,
                },
            };
            self.socket.write(&bytes);
        }
        Ok(())
    }

    /// The next frame of the stream.
    fn pull(&mut self, around: Around<'_>) -> Result<Option<std::sync::Arc<Entry>>, String> {
        let waited = |since: Instant| around.now.duration_since(since) > SLOW_AFTER;
        self.slow |= self.behind_since.is_some_and(waited);
        let now = match around.has(Plant::AlwaysSlow) {
            true => around.now + SLOW_AFTER * 5,
            false => around.now,
        };
        match self.reader.pull(&around.known.log, now) {
            Pulled::Frame(entry) => {
                if entry.position.is_none() {
                    self.check_passing(&entry)?;
                }
                Ok(Some(entry))
            }
            Pulled::Nothing => {
                self.behind_since = None;
                Ok(None)
            }
            Pulled::Lapsed => {
                self.ask(Input::Lapsed);
                Ok(None)
            }
        }
    }

    /// Passing frames reach those who are there, each once.
    fn check_passing(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(Told::Passing { serial, .. }) = Told::read(&entry.frame.payload()) else {
            return Err("a frame without a position is no passing one".into());
        };
        if serial != self.passing_due {
            let due = self.passing_due;
            return Err(format!("passing frame {serial} told in place of {due}"));
        }
        self.passing_due += 1;
        Ok(())
    }

    /// At rest: nothing of the stream is left to be told, and the peer knows the newest place.
    pub(crate) fn check_rest(&self, log: &FrameLog) -> Result<(), String> {
        if self.reading.is_some() || !self.inputs.is_empty() || !self.said.is_empty() {
            return Err("a session still waits for something".into());
        }
        if self.reader.is_behind(log) {
            return Err("a reader still waits for frames".into());
        }
        Ok(())
    }
}
