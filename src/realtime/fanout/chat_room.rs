//! The hub of the chat stream.

use std::time::{Duration, Instant};

use actix::{Handler, MessageResult};

use super::broadcaster::Broadcaster;
use super::hub::{Hub, HubStream};
use super::messages::{Join, Leave, Stream};
use super::presence::{Presence, PresenceEvent};
use crate::domain::change::{Change, ChangeKind};
use crate::metrics::{Gauge, RealtimeMetrics};
use crate::protocol::frame::Frame;
use crate::protocol::server_frame;
use crate::realtime::log::{Entry, FrameLog, StreamHead};

/// Owns the order of the chat, and presence.
pub type ChatRoom = Hub<ChatStream>;

/// The chat's part of a hub.
pub struct ChatStream {
    presence: Presence,
    people: Gauge,
}

impl ChatRoom {
    /// Continues the stream at the end of `log`.
    pub fn new(log: FrameLog, head: StreamHead, metrics: RealtimeMetrics) -> Self {
        Self {
            broadcaster: Broadcaster::new(Stream::Chat, log, None, head, metrics.chat),
            stream: ChatStream {
                presence: Presence::default(),
                people: metrics.people,
            },
        }
    }
}

impl ChatStream {
    fn users(&self) -> Frame {
        server_frame::users(self.presence.users(), self.presence.online())
    }
}

impl HubStream for ChatStream {
    const NAME: &'static str = "chat hub";
    const TICK: Duration = Duration::from_millis(100);

    fn entry(&self, change: Change, at: Instant) -> Option<Entry> {
        let Change { position, kind } = change;
        match kind {
            ChangeKind::MessageAppended(message) => {
                let frame = server_frame::chat_message(&position, &message);
                Some(Entry::chat(position, Some(message.seq), frame, at))
            }
            ChangeKind::MessageDeleted { id, seq } => {
                let frame = server_frame::chat_deleted(&position, id, seq);
                Some(Entry::chat(position, None, frame, at))
            }
            ChangeKind::Product(_) | ChangeKind::Cart(_) => None,
        }
    }

    /// Presence.
    fn due(&mut self, now: Instant) -> Vec<Entry> {
        let events = self.presence.events(now);
        let online = self.presence.online();
        self.people.set(online as i64);
        let frames = events.into_iter().map(|event| match event {
            PresenceEvent::User(user, is_here) => {
                server_frame::user(user.as_str(), is_here, online)
            }
            PresenceEvent::Users => self.users(),
        });
        frames.map(|frame| Entry::ephemeral(frame, now)).collect()
    }

    /// Everyone joins again.
    fn recover(&mut self) {
        self.presence = Presence::default();
    }
}

impl Handler<Join> for ChatRoom {
    type Result = MessageResult<Join>;

    fn handle(&mut self, Join { session, user }: Join, _: &mut Self::Context) -> Self::Result {
        self.step(|hub| hub.stream.presence.join(session, user, Instant::now()));
        MessageResult(self.stream.users())
    }
}

impl Handler<Leave> for ChatRoom {
    type Result = ();

    fn handle(&mut self, Leave { session }: Leave, _: &mut Self::Context) {
        self.step(|hub| hub.stream.presence.leave(session, Instant::now()));
    }
}
