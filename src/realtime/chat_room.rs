//! The hub of the chat stream.

use std::time::{Duration, Instant};

use actix::{Actor, AsyncContext, Context, Handler, MessageResult, Supervised};

use super::broadcaster::{Broadcaster, InHand};
use super::containment::contained;
use super::entry::Entry;
use super::frame_log::FrameLog;
use super::head::StreamHead;
use super::messages::{Join, Leave, Publish, Register, Reset, Settled, Stream};
use super::presence::{Notice, Presence};
use crate::domain::change::{Change, Fact};
use crate::metrics::RealtimeMetrics;
use crate::protocol::frame::Frame;
use crate::protocol::server_frame;

/// How often presence is told, and shards that were busy are told again.
const TICK: Duration = Duration::from_millis(100);

/// Owns the order of the chat and who is there. Does no I/O.
#[derive(Debug)]
pub struct ChatRoom {
    broadcaster: Broadcaster,
    presence: Presence,
    metrics: RealtimeMetrics,
}

impl ChatRoom {
    /// Takes over a stream where `log` ends.
    pub fn new(log: FrameLog, head: StreamHead, metrics: RealtimeMetrics) -> Self {
        Self {
            broadcaster: Broadcaster::new(Stream::Chat, log, head, metrics.chat.clone()),
            presence: Presence::default(),
            metrics,
        }
    }

    /// Takes a step with changes in hand. After one that panicked the stream begins anew, and whoever is
    /// there comes back and joins again.
    pub(super) fn step(&mut self, in_hand: &InHand, step: impl FnOnce(&mut Self)) {
        if contained("the chat room", || step(self)).is_none() {
            self.presence = Presence::default();
            self.broadcaster.begin_anew(in_hand);
        }
    }

    pub(super) fn publish(&mut self, changes: Vec<Change>) {
        let now = Instant::now();
        let entries = changes.into_iter().filter_map(|change| entry(change, now));
        self.broadcaster.publish(entries);
    }

    fn users(&self) -> Frame {
        server_frame::users(self.presence.users(), self.presence.online())
    }

    fn tick(&mut self, now: Instant) {
        let notices = self.presence.notices(now);
        self.metrics.people.set(self.presence.online() as i64);
        if notices.is_empty() {
            self.broadcaster.catch_up();
            return;
        }
        let online = self.presence.online();
        let entries: Vec<_> = notices
            .into_iter()
            .map(|notice| match notice {
                Notice::User(user, here) => server_frame::user(user.as_str(), here, online),
                Notice::Users => self.users(),
            })
            .map(|frame| Entry::passing(frame, now))
            .collect();
        self.broadcaster.publish(entries);
    }
}

fn entry(change: Change, at: Instant) -> Option<Entry> {
    let Change { position, fact } = change;
    match fact {
        Fact::MessageAppended(message) => {
            let frame = server_frame::chat_message(&position, &message);
            Some(Entry::chat(position, Some(message.seq), frame, at))
        }
        Fact::MessageDeleted { id, seq } => {
            let frame = server_frame::chat_deleted(&position, id, seq);
            Some(Entry::chat(position, None, frame, at))
        }
        Fact::Product(_) | Fact::Cart(_) => None,
    }
}

impl Actor for ChatRoom {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.run_interval(TICK, |room, _| {
            room.step(&InHand::default(), |room| room.tick(Instant::now()));
        });
    }
}

impl Supervised for ChatRoom {}

impl Handler<Publish> for ChatRoom {
    type Result = ();

    fn handle(&mut self, Publish(changes): Publish, _: &mut Self::Context) {
        let in_hand = InHand::from(&changes[..]);
        self.step(&in_hand, |room| room.publish(changes));
    }
}

impl Handler<Reset> for ChatRoom {
    type Result = ();

    fn handle(&mut self, message: Reset, _: &mut Self::Context) {
        let Reset { base, newest_seq } = message;
        self.step(&InHand::default(), |room| {
            room.broadcaster.restart(base, newest_seq);
        });
    }
}

impl Handler<Settled> for ChatRoom {
    type Result = ();

    fn handle(&mut self, _: Settled, _: &mut Self::Context) {
        self.step(&InHand::default(), |room| room.broadcaster.catch_up());
    }
}

impl Handler<Register> for ChatRoom {
    type Result = ();

    fn handle(&mut self, Register(shard): Register, _: &mut Self::Context) {
        self.step(&InHand::default(), |room| room.broadcaster.register(shard));
    }
}

impl Handler<Join> for ChatRoom {
    type Result = MessageResult<Join>;

    fn handle(&mut self, Join { session, user }: Join, _: &mut Self::Context) -> Self::Result {
        self.step(&InHand::default(), |room| {
            room.presence.join(session, user, Instant::now());
        });
        MessageResult(self.users())
    }
}

impl Handler<Leave> for ChatRoom {
    type Result = ();

    fn handle(&mut self, Leave { session }: Leave, _: &mut Self::Context) {
        self.step(&InHand::default(), |room| {
            room.presence.leave(session, Instant::now());
        });
    }
}
