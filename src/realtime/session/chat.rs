//! What a chat socket says: after a join, history or the missed messages, then the stream.

use std::sync::atomic::{AtomicU64, Ordering};

use actix::{ActorFutureExt, Addr, AsyncContext, WrapFuture};

use super::{PART_BYTES, Session, SessionContext, Talk, unhurried};
use crate::domain::chat_message::{Appended, ChatHistory, NewChatMessage};
use crate::domain::email::Email;
use crate::domain::position::Position;
use crate::protocol::client_frame::{self, ChatCommand, DEFAULT_HISTORY};
use crate::protocol::close::Close;
use crate::protocol::frame::Frame;
use crate::protocol::server_frame::{self, ErrorCode};
use crate::realtime::backing::{BackingError, NotAppended, SharedBacking};
use crate::realtime::chat_entrance::ChatEntrance;
use crate::realtime::chat_room::ChatRoom;
use crate::realtime::messages::{Join, Leave};
use crate::realtime::outbox::Outbox;
use crate::realtime::reader::Reader;
use crate::realtime::worker::WorkerStream;

/// The chat's part of a session.
pub struct ChatTalk {
    id: u64,
    backing: SharedBacking,
    room: Addr<ChatRoom>,
    entrance: ChatEntrance,
    user: Option<Email>,
    /// The room was told that it joins.
    joined: bool,
    may_say: MaySay,
}

/// Asked before each thing that is said: whether there is room for it in what all sockets of its client may say.
pub type MaySay = Box<dyn Fn() -> bool>;

impl Drop for ChatTalk {
    /// However a session ends, nobody stays behind in the room.
    fn drop(&mut self) {
        self.leave_room();
    }
}

impl std::fmt::Debug for ChatTalk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatTalk")
            .field("id", &self.id)
            .field("entrance", &self.entrance)
            .finish_non_exhaustive()
    }
}

impl ChatTalk {
    /// A reader who was at `since`; `None` while the worker has no log.
    pub fn new(
        backing: SharedBacking,
        room: Addr<ChatRoom>,
        stream: &WorkerStream,
        since: Option<&Position>,
        may_say: MaySay,
    ) -> Option<(Self, Outbox)> {
        static SESSIONS: AtomicU64 = AtomicU64::new(0);

        let entrance = ChatEntrance::new(&*stream.log()?, since);
        let resumed = entrance.start().resumed;
        stream.metrics().entered(since.map(|_| resumed));
        let outbox = Outbox::new(Reader::new(entrance.start().next, None));
        let talk = Self {
            id: SESSIONS.fetch_add(1, Ordering::Relaxed),
            backing,
            room,
            entrance,
            user: None,
            joined: false,
            may_say,
        };
        Some((talk, outbox))
    }

    fn leave_room(&mut self) {
        if std::mem::take(&mut self.joined) {
            self.room.do_send(Leave { session: self.id });
        }
    }
}

impl Talk for ChatTalk {
    fn opened(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let start = session.talk.entrance.start();
        let frame = server_frame::welcome(&start.cursor, start.resumed);
        session.say(&frame, ctx);
    }

    fn text(session: &mut Session<Self>, text: &str, ctx: &mut SessionContext<Self>) {
        match ChatCommand::parse(text) {
            Err(refusal) => session.refuse(refusal.code, refusal.nonce.as_deref(), ctx),
            Ok(ChatCommand::Leave) => session.leave(),
            Ok(_) if !(session.talk.may_say)() => {
                let nonce = client_frame::nonce_of(text);
                session.refuse(ErrorCode::RateLimited, nonce.as_deref(), ctx);
            }
            Ok(ChatCommand::Join(user)) => session.join(user, ctx),
            Ok(ChatCommand::Say { text, nonce }) => session.append(text, nonce, ctx),
            Ok(ChatCommand::History { before, limit }) => session.history(before, limit, ctx),
        }
    }

    /// The chat is lossless: a reader too slow for the log must come back and say where it was.
    fn lapsed(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        session.stream.metrics().lapsed.inc();
        session.close(&Close::TooSlow, ctx);
    }

    fn closed(session: &mut Session<Self>) {
        session.leave();
    }
}

/// What a join needs to be answered.
struct Welcomed {
    users: Frame,
    /// The history up to where the stream is entered; `None` for a resumed reader.
    history: Option<ChatHistory>,
}

/// A part of the history that is no burden while its reader does not read.
async fn part(
    backing: &SharedBacking,
    before: Option<i64>,
    limit: u32,
) -> Result<ChatHistory, BackingError> {
    let history = backing.history(before, limit).await?;
    Ok(history.within(PART_BYTES))
}

impl Session<ChatTalk> {
    fn refuse(&self, code: ErrorCode, nonce: Option<&str>, ctx: &mut SessionContext<ChatTalk>) {
        self.say(&server_frame::error(code, nonce), ctx);
    }

    /// Takes part: the reader's place is fixed before anything is read.
    fn join(&mut self, user: Email, ctx: &mut SessionContext<ChatTalk>) {
        let stream = self.stream.clone();
        let Some(history_before) = stream.log().map(|log| self.talk.entrance.join(&log)) else {
            return self.close(&Close::Restart, ctx);
        };
        if history_before.is_some() {
            self.outbox.shut();
        }

        let (backing, room, session) = (
            self.talk.backing.clone(),
            self.talk.room.clone(),
            self.talk.id,
        );
        let joining = Join {
            session,
            user: user.clone(),
        };
        self.talk.joined = true;
        let welcomed = async move {
            let users = room.send(joining).await.map_err(|_| BackingError)?;
            let history = match history_before {
                None => None,
                before => Some(part(&backing, before, DEFAULT_HISTORY).await?),
            };
            Ok(Welcomed { users, history })
        };
        let answered = unhurried(welcomed)
            .into_actor(self)
            .map(move |welcomed, session, ctx| session.joined(user, welcomed, ctx));
        ctx.wait(answered);
    }

    fn joined(
        &mut self,
        user: Email,
        welcomed: Result<Welcomed, BackingError>,
        ctx: &mut SessionContext<ChatTalk>,
    ) {
        self.talk.user = Some(user);
        let Ok(Welcomed { users, history }) = welcomed else {
            self.leave();
            return self.refuse(ErrorCode::Unavailable, None, ctx);
        };
        self.say(&users, ctx);
        let start = self.talk.entrance.joined();
        if let Some(history) = history {
            self.stream.metrics().snapshots.inc();
            let frame = server_frame::chat_messages(&start.cursor, &history);
            self.say(&frame, ctx);
        }
        self.outbox.open(start.next, start.live_from);
    }

    /// Stores a message. Nothing else of this socket is read meanwhile: messages of one sender stay
    /// in order, and a sender cannot be faster than the store.
    fn append(&mut self, text: String, nonce: Option<String>, ctx: &mut SessionContext<ChatTalk>) {
        let Some(user) = self.talk.user.clone() else {
            return self.refuse(ErrorCode::NotJoined, nonce.as_deref(), ctx);
        };
        let Ok(new) = NewChatMessage::new(user, text, nonce.clone()) else {
            return self.refuse(ErrorCode::BadFrame, nonce.as_deref(), ctx);
        };
        let backing = self.talk.backing.clone();
        let stored = async move { backing.append_message(new).await };
        let answered = unhurried(stored)
            .into_actor(self)
            .map(move |outcome, session, ctx| session.appended(outcome, nonce.as_deref(), ctx));
        ctx.wait(answered);
    }

    /// The stream brings a new message to everybody, its sender included; only a repeated one is
    /// answered here.
    fn appended(
        &mut self,
        outcome: Result<Appended, NotAppended>,
        nonce: Option<&str>,
        ctx: &mut SessionContext<ChatTalk>,
    ) {
        match outcome {
            Err(NotAppended::Muted) => self.refuse(ErrorCode::Muted, nonce, ctx),
            Err(NotAppended::Unavailable(_)) => self.refuse(ErrorCode::Unavailable, nonce, ctx),
            Ok(appended) if appended.repeated => {
                let Some(reached) = self.reached() else {
                    return;
                };
                let frame = server_frame::chat_message(&reached, &appended.message);
                self.say(&frame, ctx);
            }
            Ok(_) => {}
        }
    }

    fn history(&mut self, before: Option<i64>, limit: u32, ctx: &mut SessionContext<ChatTalk>) {
        if self.talk.user.is_none() {
            return self.refuse(ErrorCode::NotJoined, None, ctx);
        }
        let newest = self.stream.log().map_or(0, |log| log.newest_seq());
        let before = before.unwrap_or(i64::MAX).min(newest + 1);
        let backing = self.talk.backing.clone();
        let read = async move { part(&backing, Some(before), limit).await };
        let answered = unhurried(read)
            .into_actor(self)
            .map(|history, session, ctx| {
                let Some(reached) = session.reached() else {
                    return;
                };
                match history {
                    Ok(history) => {
                        session.say(&server_frame::chat_messages(&reached, &history), ctx)
                    }
                    Err(BackingError) => session.refuse(ErrorCode::Unavailable, None, ctx),
                }
            });
        ctx.wait(answered);
    }

    /// Where this reader stands; `None` for one that the log has moved past, which is closed.
    fn reached(&self) -> Option<Position> {
        self.stream.log().and_then(|log| self.outbox.reached(&log))
    }

    fn leave(&mut self) {
        self.outbox.shut();
        self.talk.user = None;
        self.talk.leave_room();
    }
}
