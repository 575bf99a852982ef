//! The server's side of one socket: the production log cursor and catch-up, driven as a session
//! drives them.

mod session;

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use vitrina::domain::ids::ProductId;
use vitrina::domain::position::Position;
use vitrina::realtime::{
    ChatCatchUp, Entry, FrameLog, LogCursor, ProductCatchUp, Pulled, ResumePoint,
};

use crate::hub::Replica;
use crate::mutant::Mutant;
use crate::plan::{Config, Stream};
use crate::socket::Socket;
use crate::wire::Received;

/// How long a subscription is behind before its frames may be conflated.
const SLOW_AFTER: Duration = Duration::from_secs(2);

/// An input of a session, handled when its socket takes bytes and no query is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    Opened,
    Close,
    Lagged,
    Join(u8),
    Leave,
    Ask,
    Heartbeat,
}

/// A query that a session waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Query {
    Chunk(Option<u8>),
    Join(u8),
    History(i64),
}

#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Chunk(Vec<(u8, u32)>, u64),
    Join { online: usize },
    History(Vec<i64>),
}

/// The part of the world that a running connection can access.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) replica: &'a Replica,
    pub(crate) now: Instant,
    pub(crate) config: &'a Config,
    pub(crate) mutant: Option<Mutant>,
}

impl Env<'_> {
    fn has(&self, mutant: Mutant) -> bool {
        self.mutant == Some(mutant)
    }
}

#[derive(Debug)]
enum Handler {
    Products(ProductCatchUp),
    Chat {
        catch_up: ChatCatchUp,
        first: ResumePoint,
        /// The history that the join needs ends before this sequence number.
        before: Option<i64>,
        online: usize,
        joining: Option<u8>,
        user: Option<u8>,
    },
}

/// A session, its log cursor and its socket.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) worker: usize,
    pub(crate) stream: Stream,
    pub(crate) session: u64,
    pub(crate) socket: Socket,
    pub(crate) awaiting: Option<Query>,
    pub(crate) only: Option<Vec<u8>>,
    /// It is in its worker's table.
    pub(crate) registered: bool,
    /// The session has ended; earlier frames may still be in its queue or socket.
    pub(crate) ended: bool,
    /// It was behind for longer than `SLOW_AFTER`, so its frames may be conflated.
    pub(crate) slow: bool,
    /// Its task was woken and must run.
    pub(crate) woken: bool,
    /// It left the chat, or ended, and the chat room must be notified.
    pub(crate) must_leave: bool,
    pub(crate) lags: usize,
    log_cursor: LogCursor,
    handler: Handler,
    inputs: VecDeque<Input>,
    answer: Option<Answer>,
    outgoing: VecDeque<Received>,
    behind_since: Option<Instant>,
    next_serial: u64,
}

fn product_id(id: u8) -> ProductId {
    ProductId::from_bytes([id; 12])
}

impl Connection {
    pub(crate) fn new(
        (worker, session): (usize, u64),
        (stream, only): (Stream, Option<&Vec<u8>>),
        since: Option<&Position>,
        env: Env<'_>,
    ) -> Self {
        let log = &env.replica.log;
        let (handler, next) = match stream {
            Stream::Products => {
                let catch_up = ProductCatchUp::new(log, since, true);
                let next = catch_up.resume_point().next;
                (Handler::Products(catch_up), next)
            }
            Stream::Chat => {
                let catch_up = ChatCatchUp::new(log, since);
                let first = catch_up.resume_point().clone();
                let next = first.next;
                let handler = Handler::Chat {
                    catch_up,
                    first,
                    before: None,
                    online: 0,
                    joining: None,
                    user: None,
                };
                (handler, next)
            }
        };
        let filter = only.map(|ids| ids.iter().copied().map(product_id).collect::<HashSet<_>>());
        Self {
            worker,
            stream,
            session,
            socket: Socket::new(env.config.socket, env.has(Mutant::TailForgotten)),
            awaiting: None,
            only: only.cloned(),
            registered: false,
            ended: false,
            slow: false,
            woken: true,
            must_leave: false,
            lags: 0,
            log_cursor: LogCursor::new(next, filter),
            handler,
            inputs: VecDeque::from([Input::Opened]),
            answer: None,
            outgoing: VecDeque::new(),
            behind_since: None,
            next_serial: env.replica.serial + 1,
        }
    }

    fn resume_point(&self) -> &ResumePoint {
        match &self.handler {
            Handler::Products(catch_up) => catch_up.resume_point(),
            Handler::Chat { catch_up, .. } => catch_up.resume_point(),
        }
    }

    pub(crate) fn is_joined(&self) -> bool {
        matches!(self.handler, Handler::Chat { user: Some(_), .. })
    }

    /// Whether it has ended and its peer has everything.
    pub(crate) fn is_over(&self) -> bool {
        self.ended && self.outgoing.is_empty() && self.socket.is_empty()
    }

    pub(crate) fn enqueue(&mut self, input: Input) {
        self.inputs.push_back(input);
        self.woken = true;
    }

    pub(crate) fn set_answer(&mut self, answer: Answer) {
        if let (Handler::Chat { online, before, .. }, Answer::Join { online: now }) =
            (&mut self.handler, &answer)
        {
            *online = *now;
            if let Some(before) = *before {
                self.awaiting = Some(Query::History(before));
                return;
            }
        }
        self.awaiting = None;
        self.answer = Some(answer);
        self.woken = true;
    }

    /// The worker has new frames: its sink writes to a free socket directly, and wakes the tasks of
    /// the others.
    pub(crate) fn deliver(&mut self, env: Env<'_>) -> Result<(), String> {
        if self.behind_since.is_none() && self.log_cursor.is_behind(&env.replica.log) {
            self.behind_since = Some(env.now);
        }
        if env.config.direct && self.socket.is_free() {
            let mut batch = Vec::new();
            while batch.len() < env.config.write_size
                && let Some(entry) = self.pull(env)?
            {
                batch.extend_from_slice(entry.frame.bytes());
            }
            let is_written = self.socket.write(&batch);
            if is_written && !self.log_cursor.is_behind(&env.replica.log) {
                return Ok(());
            }
            self.behind_since.get_or_insert(env.now);
        }
        self.woken |= self.log_cursor.mark_pending(env.now);
        Ok(())
    }

    /// Runs the session's task: its own frames first, then those of the stream.
    pub(crate) fn poll(&mut self, env: Env<'_>) -> Result<(), String> {
        if !std::mem::take(&mut self.woken) {
            return Ok(());
        }
        self.registered = true;
        while self.socket.flush() {
            self.run(env);
            let bytes = match self.outgoing.pop_front() {
                Some(own) => own.frame().bytes().clone(),
                None if self.ended => break,
                None => match self.pull(env)? {
                    Some(entry) => entry.frame.bytes().clone(),
                    None if self.inputs.is_empty() || self.awaiting.is_some() => break,
                    None => continue,
                },
            };
            self.socket.write(&bytes);
        }
        Ok(())
    }

    /// The next frame of the stream.
    fn pull(&mut self, env: Env<'_>) -> Result<Option<std::sync::Arc<Entry>>, String> {
        let is_slow = |since: Instant| env.now.duration_since(since) > SLOW_AFTER;
        self.slow |= self.behind_since.is_some_and(is_slow);
        let mut now = env.now;
        if env.has(Mutant::AlwaysSlow) {
            now += SLOW_AFTER * 5;
        }
        match self.log_cursor.pull(&env.replica.log, now) {
            Pulled::Frame(entry) => {
                if entry.position.is_none() {
                    self.check_ephemeral(&entry)?;
                }
                Ok(Some(entry))
            }
            Pulled::Nothing => {
                self.behind_since = None;
                Ok(None)
            }
            Pulled::Lagged => {
                self.enqueue(Input::Lagged);
                Ok(None)
            }
        }
    }

    /// Checks that a live session gets each ephemeral frame once.
    fn check_ephemeral(&mut self, entry: &Entry) -> Result<(), String> {
        let Some(Received::Ephemeral { serial, .. }) = Received::read(&entry.frame.payload())
        else {
            return Err("a frame without a position is not ephemeral".into());
        };
        if serial != self.next_serial {
            let expected = self.next_serial;
            return Err(format!(
                "ephemeral frame {serial} sent instead of {expected}"
            ));
        }
        self.next_serial += 1;
        Ok(())
    }

    /// Checks that the session waits for nothing and has pulled all frames.
    pub(crate) fn check_idle(&self, log: &FrameLog) -> Result<(), String> {
        if self.awaiting.is_some() || !self.inputs.is_empty() || !self.outgoing.is_empty() {
            return Err("a session still waits for something".into());
        }
        if self.log_cursor.is_behind(log) {
            return Err("a subscription is still behind".into());
        }
        Ok(())
    }
}
