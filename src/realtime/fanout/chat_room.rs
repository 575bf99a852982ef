//! The hub of the chat stream.

use std::time::{Duration, Instant};

use actix::{Actor, AsyncContext, Context, Handler, MessageResult, Supervised};

use super::broadcaster::{Broadcaster, InFlightBatch};
use super::messages::{Drained, Join, Leave, Publish, Register, Reset, Stream};
use super::panic_guard::catch_panic;
use super::presence::{Presence, PresenceEvent};
use crate::domain::change::{Change, ChangeKind};
use crate::metrics::RealtimeMetrics;
use crate::protocol::frame::Frame;
use crate::protocol::server_frame;
use crate::realtime::log::{Entry, FrameLog, StreamHead};

/// How often presence is sent, and frames again to shards that were busy.
const TICK: Duration = Duration::from_millis(100);

/// Owns the order of the chat, and presence. Does no I/O.
pub struct ChatRoom {
    broadcaster: Broadcaster,
    presence: Presence,
    metrics: RealtimeMetrics,
}

impl ChatRoom {
    /// Continues the stream at the end of `log`.
    pub fn new(log: FrameLog, head: StreamHead, metrics: RealtimeMetrics) -> Self {
        Self {
            broadcaster: Broadcaster::new(Stream::Chat, log, head, metrics.chat.clone()),
            presence: Presence::default(),
            metrics,
        }
    }

    /// Runs a step that handles a batch. After a panic the stream restarts, and all clients
    /// reconnect and join again.
    pub(crate) fn step(&mut self, batch: &InFlightBatch, step: impl FnOnce(&mut Self)) {
        if catch_panic("chat hub", || step(self)).is_none() {
            self.presence = Presence::default();
            self.broadcaster.recover(batch);
        }
    }

    pub(crate) fn publish(&mut self, changes: Vec<Change>) {
        let now = Instant::now();
        let entries = changes.into_iter().filter_map(|change| entry(change, now));
        self.broadcaster.publish(entries);
    }

    fn users(&self) -> Frame {
        server_frame::users(self.presence.users(), self.presence.online())
    }

    fn tick(&mut self, now: Instant) {
        let events = self.presence.events(now);
        self.metrics.people.set(self.presence.online() as i64);
        if events.is_empty() {
            self.broadcaster.update_replicas();
            return;
        }
        let online = self.presence.online();
        let entries: Vec<_> = events
            .into_iter()
            .map(|event| match event {
                PresenceEvent::User(user, is_here) => {
                    server_frame::user(user.as_str(), is_here, online)
                }
                PresenceEvent::Users => self.users(),
            })
            .map(|frame| Entry::ephemeral(frame, now))
            .collect();
        self.broadcaster.publish(entries);
    }
}

fn entry(change: Change, at: Instant) -> Option<Entry> {
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

impl Actor for ChatRoom {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, |chat, _| {
            chat.step(&InFlightBatch::default(), |chat| chat.tick(Instant::now()));
        });
    }
}

impl Supervised for ChatRoom {}

impl Handler<Publish> for ChatRoom {
    type Result = ();

    fn handle(&mut self, Publish(changes): Publish, _: &mut Self::Context) {
        let batch = InFlightBatch::from(&changes[..]);
        self.step(&batch, |chat| chat.publish(changes));
    }
}

impl Handler<Reset> for ChatRoom {
    type Result = ();

    fn handle(&mut self, message: Reset, _: &mut Self::Context) {
        let Reset { base, newest_seq } = message;
        self.step(&InFlightBatch::default(), |chat| {
            chat.broadcaster.restart(base, newest_seq);
        });
    }
}

impl Handler<Drained> for ChatRoom {
    type Result = ();

    fn handle(&mut self, _: Drained, _: &mut Self::Context) {
        self.step(&InFlightBatch::default(), |chat| {
            chat.broadcaster.update_replicas();
        });
    }
}

impl Handler<Register> for ChatRoom {
    type Result = ();

    fn handle(&mut self, Register(shard): Register, _: &mut Self::Context) {
        self.step(&InFlightBatch::default(), |chat| {
            chat.broadcaster.register(shard);
        });
    }
}

impl Handler<Join> for ChatRoom {
    type Result = MessageResult<Join>;

    fn handle(&mut self, Join { session, user }: Join, _: &mut Self::Context) -> Self::Result {
        self.step(&InFlightBatch::default(), |chat| {
            chat.presence.join(session, user, Instant::now());
        });
        MessageResult(self.users())
    }
}

impl Handler<Leave> for ChatRoom {
    type Result = ();

    fn handle(&mut self, Leave { session }: Leave, _: &mut Self::Context) {
        self.step(&InFlightBatch::default(), |chat| {
            chat.presence.leave(session, Instant::now());
        });
    }
}
