//! One who chats: hears all, and perhaps speaks.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout_at};

use super::link::{Event, Link, Story};
use super::{Phase, Truth};
use crate::Outcome;
use crate::frames::{At, Frame, History, Message, Welcome, client};

/// How long the last messages may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a chatter heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Who it is.
    pub(super) user: String,
    /// The newest message of the histories that it began with.
    pub(super) begin: i64,
    /// The sequence numbers that were told since, in the order in which they came.
    pub(super) seqs: Vec<i64>,
    /// Its own words that it heard again, and so knows as stored.
    pub(super) acknowledged: Vec<String>,
    /// How many of its words it said, and how often it repeated one.
    pub(super) said: usize,
    pub(super) repeated: usize,
}

/// A client of the chat.
pub(super) struct Chatter {
    link: Link,
    heard: Heard,
    speaks: Option<Duration>,
    next_words: Instant,
    /// What was said and not heard again, in its order.
    waiting: VecDeque<String>,
    /// What was said again: it may be answered beside the stream.
    repeats: HashSet<String>,
    cursor: Option<String>,
    has_joined: bool,
    has_arrived: bool,
}

impl Chatter {
    pub(super) fn new(number: usize, link: Link, speaks: Option<Duration>) -> Self {
        Self {
            link,
            heard: Heard {
                user: format!("chatter-{number}@example.com"),
                ..Heard::default()
            },
            speaks,
            next_words: Instant::now(),
            waiting: VecDeque::new(),
            repeats: HashSet::new(),
            cursor: None,
            has_joined: false,
            has_arrived: false,
        }
    }

    /// Lives until all is heard that the database holds, or that takes too long.
    pub(super) async fn live(mut self) -> (Story, Heard) {
        let mut deadline = None;
        loop {
            if let Phase::Catching(truth) = self.link.phase() {
                let until = *deadline.get_or_insert_with(|| Instant::now() + PATIENCE);
                if self.has_all(&truth) || timeout_at(until, self.step()).await.is_err() {
                    return (self.link.story, self.heard);
                }
            } else {
                self.step().await;
            }
        }
    }

    fn has_all(&self, truth: &Arc<Truth>) -> bool {
        let newest = truth.messages.last().map_or(0, |message| message.seq);
        self.last() >= newest
    }

    fn last(&self) -> i64 {
        self.heard.seqs.last().copied().unwrap_or(self.heard.begin)
    }

    async fn step(&mut self) {
        let speaks = (self.speaks.is_some() && self.has_joined).then_some(self.next_words);
        let is_writing = matches!(self.link.phase(), Phase::Writing) && self.has_arrived;
        match self.link.next(speaks.filter(|_| is_writing)).await {
            Event::Gone => {
                self.has_joined = false;
                let path = match &self.cursor {
                    Some(cursor) => format!("/ws/chat?since={cursor}"),
                    None => "/ws/chat".to_owned(),
                };
                self.link.connect(&path).await;
            }
            Event::Tick => self.speak().await,
            Event::Phase => {}
            Event::Text(text) => {
                if let Err(error) = self.hear(&text).await {
                    self.link.story.odd.push(error.to_string());
                }
            }
        }
    }

    async fn speak(&mut self) {
        self.next_words = Instant::now() + self.speaks.unwrap_or_default();
        // Before the first message of all the others are still arriving.
        let words = self.heard.said.to_string();
        self.heard.said += 1;
        self.link.muster.say();
        self.waiting.push_back(words.clone());
        self.say(&words).await;
    }

    async fn say(&mut self, words: &str) {
        let data =
            json!({ "message": format!("{} says {words}", self.heard.user), "nonce": words });
        self.link.send(&client("chat-message", &data)).await;
    }

    async fn hear(&mut self, text: &[u8]) -> Outcome<()> {
        let frame = Frame::read(text)?;
        match frame.event {
            "welcome" => {
                let welcome: Welcome = frame.data()?;
                match (self.cursor.is_some(), welcome.resumed) {
                    (true, true) => self.link.story.resumed += 1,
                    (true, false) => self.link.story.anew += 1,
                    (false, _) => {}
                }
                let join = client("join", &json!({ "user": self.heard.user }));
                self.link.send(&join).await;
                self.has_joined = true;
                self.repeat().await;
            }
            "chat-messages" => {
                let history: History<'_> = frame.data()?;
                self.cursor = Some(history.cursor.to_owned());
                if !self.has_arrived {
                    let newest = history.messages.last();
                    self.heard.begin = newest.map_or(0, |message| message.seq);
                    self.has_arrived = true;
                    self.link.muster.arrive();
                }
            }
            "chat-message" => self.hear_message(&frame.data()?),
            "position" => {
                let at: At<'_> = frame.data()?;
                self.cursor = Some(at.cursor.to_owned());
            }
            // The store was away for a moment: the words are said again with the next connection,
            // or here.
            "error" => self.repeat().await,
            "user" | "users" => {}
            other => return Err(format!("{other} in the chat").into()),
        }
        Ok(())
    }

    /// Says again what was not heard.
    async fn repeat(&mut self) {
        for words in self.waiting.clone() {
            self.heard.repeated += 1;
            self.repeats.insert(words.clone());
            self.say(&words).await;
        }
    }

    fn hear_message(&mut self, message: &Message<'_>) {
        let own = message.nonce.as_deref();
        let own = own.filter(|_| message.user == self.heard.user.as_str());
        if let Some(words) = own
            && let Some(place) = self.waiting.iter().position(|waiting| waiting == words)
        {
            self.waiting.remove(place);
            self.heard.acknowledged.push(words.to_owned());
            self.link.muster.hear();
        }
        let cursor = &mut self.cursor;
        cursor.get_or_insert_default().clear();
        cursor.get_or_insert_default().push_str(message.cursor);
        // The answer to a repeat stands beside the stream; numbers have no holes here.
        let is_answer =
            own.is_some_and(|words| self.repeats.contains(words)) && message.seq != self.last() + 1;
        if !is_answer {
            self.heard.seqs.push(message.seq);
        }
    }
}
