//! A client of the chat, which may post messages.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout_at};
use vitrina_test_support::Outcome;

use super::connection::{Connection, Event, Transcript};
use super::{FinalState, Phase};
use crate::frames::{Frame, History, Message, Position, Welcome, client};

/// How long the last messages may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The text of a message.
pub(super) fn text_of(user: &str, nonce: &str) -> String {
    format!("{user}: message {nonce}")
}

/// What a chat client sent and received.
#[derive(Debug, Default)]
pub(super) struct Received {
    pub(super) user: String,
    /// The newest message of its first history.
    pub(super) begin: i64,
    /// Sequence numbers of the messages since, in the order of arrival.
    pub(super) seqs: Vec<i64>,
    /// Nonces of its own messages that came back, and so are stored.
    pub(super) acknowledged: Vec<String>,
    /// How many messages it posted, and how often it repeated one.
    pub(super) posted: usize,
    pub(super) repeated: usize,
}

pub(super) struct ChatClient {
    connection: Connection,
    received: Received,
    /// The interval of its messages, if it posts any.
    post_interval: Option<Duration>,
    next_post: Instant,
    /// Nonces of messages that are not acknowledged, in their order.
    pending: VecDeque<String>,
    /// Nonces of messages that were repeated: their acknowledgement may come out of order.
    repeats: HashSet<String>,
    cursor: Option<String>,
    has_joined: bool,
    has_history: bool,
}

impl ChatClient {
    pub(super) fn new(
        number: usize,
        connection: Connection,
        post_interval: Option<Duration>,
    ) -> Self {
        Self {
            connection,
            received: Received {
                user: format!("client-{number}@example.com"),
                ..Received::default()
            },
            post_interval,
            next_post: Instant::now(),
            pending: VecDeque::new(),
            repeats: HashSet::new(),
            cursor: None,
            has_joined: false,
            has_history: false,
        }
    }

    /// Runs until it has all messages of the database, or times out.
    pub(super) async fn run(mut self) -> (Transcript, Received) {
        let mut deadline = None;
        loop {
            if let Phase::CatchingUp(final_state) = self.connection.phase() {
                let until = *deadline.get_or_insert_with(|| Instant::now() + TIMEOUT);
                if self.has_all(&final_state) || timeout_at(until, self.step()).await.is_err() {
                    return (self.connection.transcript, self.received);
                }
            } else {
                self.step().await;
            }
        }
    }

    fn has_all(&self, final_state: &Arc<FinalState>) -> bool {
        let newest = final_state.messages.last().map_or(0, |message| message.seq);
        self.last() >= newest
    }

    fn last(&self) -> i64 {
        self.received
            .seqs
            .last()
            .copied()
            .unwrap_or(self.received.begin)
    }

    async fn step(&mut self) {
        let tick = (self.post_interval.is_some() && self.has_joined).then_some(self.next_post);
        let is_writing = matches!(self.connection.phase(), Phase::Writing) && self.has_history;
        match self.connection.next(tick.filter(|_| is_writing)).await {
            Event::Gone => {
                self.has_joined = false;
                let path = match &self.cursor {
                    Some(cursor) => format!("/ws/chat?since={cursor}"),
                    None => "/ws/chat".to_owned(),
                };
                self.connection.connect(&path).await;
            }
            Event::Tick => self.post().await,
            Event::Phase => {}
            Event::Text(text) => {
                if let Err(error) = self.on_text(&text).await {
                    self.connection
                        .transcript
                        .unexpected
                        .push(error.to_string());
                }
            }
        }
    }

    async fn post(&mut self) {
        self.next_post = Instant::now() + self.post_interval.unwrap_or_default();
        let nonce = self.received.posted.to_string();
        self.received.posted += 1;
        self.connection.barrier.message_posted();
        self.pending.push_back(nonce.clone());
        self.send_message(&nonce).await;
    }

    async fn send_message(&mut self, nonce: &str) {
        let data = json!({ "message": text_of(&self.received.user, nonce), "nonce": nonce });
        self.connection.send(&client("chat-message", &data)).await;
    }

    async fn on_text(&mut self, text: &[u8]) -> Outcome<()> {
        let frame = Frame::parse(text)?;
        match frame.event {
            "welcome" => {
                let welcome: Welcome = frame.data()?;
                match (self.cursor.is_some(), welcome.resumed) {
                    (true, true) => self.connection.transcript.resumed += 1,
                    (true, false) => self.connection.transcript.not_resumed += 1,
                    (false, _) => {}
                }
                let join = client("join", &json!({ "user": self.received.user }));
                self.connection.send(&join).await;
                self.has_joined = true;
                self.repeat().await;
            }
            "chat-messages" => {
                let history: History<'_> = frame.data()?;
                self.cursor = Some(history.cursor.to_owned());
                if !self.has_history {
                    let newest = history.messages.last();
                    self.received.begin = newest.map_or(0, |message| message.seq);
                    self.has_history = true;
                    self.connection.barrier.client_joined();
                }
            }
            "chat-message" => self.on_message(&frame.data()?),
            "position" => {
                let position: Position<'_> = frame.data()?;
                self.cursor = Some(position.cursor.to_owned());
            }
            // The store was unavailable for a moment.
            "error" => self.repeat().await,
            "user" | "users" => {}
            other => return Err(format!("{other} in the chat").into()),
        }
        Ok(())
    }

    /// Sends all messages again that are not acknowledged.
    async fn repeat(&mut self) {
        for nonce in self.pending.clone() {
            self.received.repeated += 1;
            self.repeats.insert(nonce.clone());
            self.send_message(&nonce).await;
        }
    }

    fn on_message(&mut self, message: &Message<'_>) {
        let own = message.nonce.as_deref();
        let own = own.filter(|_| message.user == self.received.user.as_str());
        if let Some(nonce) = own
            && let Some(index) = self.pending.iter().position(|pending| pending == nonce)
        {
            self.pending.remove(index);
            self.received.acknowledged.push(nonce.to_owned());
            self.connection.barrier.message_acknowledged();
        }
        let cursor = &mut self.cursor;
        cursor.get_or_insert_default().clear();
        cursor.get_or_insert_default().push_str(message.cursor);
        // The acknowledgement of a repeat comes outside the order of the stream, whose numbers have
        // no gaps.
        let is_repeat = own.is_some_and(|nonce| self.repeats.contains(nonce));
        if !is_repeat || message.seq == self.last() + 1 {
            self.received.seqs.push(message.seq);
        }
    }
}
