//! The chat's part of a session: after a join, the history or the missed messages, then the stream.

use std::sync::atomic::{AtomicU64, Ordering};

use actix::Addr;

use super::shop_api::{AppendError, SharedShopApi, ShopApiError};
use super::{MAX_PART_BYTES, Session, SessionContext, SessionHandler};
use crate::domain::chat_message::{AppendedMessage, ChatHistory, MessageText, NewChatMessage};
use crate::domain::email::Email;
use crate::domain::position::Position;
use crate::protocol::client_frame::{self, ChatCommand, DEFAULT_HISTORY};
use crate::protocol::close::Close;
use crate::protocol::frame::Frame;
use crate::protocol::server_frame::{self, ErrorCode};
use crate::realtime::fanout::{ChatRoom, Join, Leave, WorkerStream};
use crate::realtime::subscription::{ChatCatchUp, LogCursor, Subscription};

/// The handler of a chat socket.
pub struct ChatSession {
    id: u64,
    shop_api: SharedShopApi,
    chat_room: Addr<ChatRoom>,
    catch_up: ChatCatchUp,
    user: Option<Email>,
    /// A `Join` was sent: a `Leave` must follow.
    joined: bool,
    chat_quota: ChatQuota,
}

/// Takes one command from the quota that all sockets of a client share; `false` if none is left.
pub type ChatQuota = Box<dyn Fn() -> bool>;

impl Drop for ChatSession {
    /// However a session ends, it leaves the chat.
    fn drop(&mut self) {
        self.leave();
    }
}

impl ChatSession {
    /// A session and its subscription from `since` on; `None` while the worker has no log.
    pub fn new(
        shop_api: SharedShopApi,
        chat_room: Addr<ChatRoom>,
        stream: &WorkerStream,
        since: Option<&Position>,
        chat_quota: ChatQuota,
    ) -> Option<(Self, Subscription)> {
        static SESSIONS: AtomicU64 = AtomicU64::new(0);

        let catch_up = ChatCatchUp::new(&*stream.log()?, since);
        let resume_point = catch_up.resume_point();
        let resumed = resume_point.resumed;
        stream.metrics().opened(since.map(|_| resumed));
        let subscription = Subscription::new(LogCursor::new(resume_point.next, None));
        let session = Self {
            id: SESSIONS.fetch_add(1, Ordering::Relaxed),
            shop_api,
            chat_room,
            catch_up,
            user: None,
            joined: false,
            chat_quota,
        };
        Some((session, subscription))
    }

    fn leave(&mut self) {
        if std::mem::take(&mut self.joined) {
            self.chat_room.do_send(Leave { session: self.id });
        }
    }
}

impl SessionHandler for ChatSession {
    fn on_open(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        let resume_point = session.handler.catch_up.resume_point();
        let frame = server_frame::welcome(&resume_point.cursor, resume_point.resumed);
        session.send(&frame, ctx);
    }

    fn on_text(session: &mut Session<Self>, text: &str, ctx: &mut SessionContext<Self>) {
        match ChatCommand::parse(text) {
            Err(error) => session.send_error(error.code, error.nonce.as_deref(), ctx),
            Ok(ChatCommand::Leave) => session.leave(),
            Ok(_) if !(session.handler.chat_quota)() => {
                let nonce = client_frame::nonce_of(text);
                session.send_error(ErrorCode::RateLimited, nonce.as_deref(), ctx);
            }
            Ok(ChatCommand::Join(user)) => session.join(user, ctx),
            Ok(ChatCommand::Send { text, nonce }) => session.append(text, nonce, ctx),
            Ok(ChatCommand::History { before, limit }) => session.history(before, limit, ctx),
        }
    }

    /// The chat is lossless: a client that lags must reconnect with its cursor.
    fn on_lagged(session: &mut Session<Self>, ctx: &mut SessionContext<Self>) {
        session.stream.metrics().lagged.inc();
        session.close(&Close::TooSlow, ctx);
    }

    fn on_closed(session: &mut Session<Self>) {
        session.leave();
    }
}

/// The frames after a join.
struct JoinReply {
    users: Frame,
    /// `None` for a resumed subscription.
    history: Option<ChatHistory>,
}

/// A part of the history, bounded in bytes.
async fn history_part(
    shop_api: &SharedShopApi,
    before: i64,
    limit: u32,
) -> Result<ChatHistory, ShopApiError> {
    let history = shop_api.history(Some(before), limit).await?;
    Ok(history.within(MAX_PART_BYTES))
}

impl Session<ChatSession> {
    /// The position is fixed before anything is read.
    fn join(&mut self, user: Email, ctx: &mut SessionContext<ChatSession>) {
        let stream = self.stream.clone();
        let Some(log) = stream.log() else {
            return self.close(&Close::Restart, ctx);
        };
        let history_end = self.handler.catch_up.join(&log);
        if history_end.is_some() {
            self.subscription.cursor().pause();
        }

        let shop_api = self.handler.shop_api.clone();
        let chat_room = self.handler.chat_room.clone();
        let join = Join {
            session: self.handler.id,
            user: user.clone(),
        };
        self.handler.joined = true;
        let request = async move {
            let users = chat_room.send(join).await.map_err(|_| ShopApiError)?;
            let history = match history_end {
                Some(before) => Some(history_part(&shop_api, before, DEFAULT_HISTORY).await?),
                None => None,
            };
            Ok(JoinReply { users, history })
        };
        let joined = move |session: &mut Self, reply, ctx: &mut _| {
            session.joined(user, reply, ctx);
        };
        self.request(request, joined, ctx);
    }

    fn joined(
        &mut self,
        user: Email,
        reply: Result<JoinReply, ShopApiError>,
        ctx: &mut SessionContext<ChatSession>,
    ) {
        self.handler.user = Some(user);
        let Ok(JoinReply { users, history }) = reply else {
            self.leave();
            return self.send_error(ErrorCode::Unavailable, None, ctx);
        };
        self.send(&users, ctx);
        let resume_point = self.handler.catch_up.joined();
        if let Some(history) = history {
            self.stream.metrics().snapshots.inc();
            let frame = server_frame::chat_messages(&resume_point.cursor, &history);
            self.send(&frame, ctx);
        }
        self.subscription
            .unpause(resume_point.next, resume_point.live_from);
    }

    /// Stores a message. A session has one request at a time: the messages of one sender stay in
    /// order, and a sender cannot be faster than the store.
    fn append(
        &mut self,
        text: MessageText,
        nonce: Option<String>,
        ctx: &mut SessionContext<ChatSession>,
    ) {
        let Some(user) = self.handler.user.clone() else {
            return self.send_error(ErrorCode::NotJoined, nonce.as_deref(), ctx);
        };
        let new = NewChatMessage::from_text(user, text, nonce.clone());
        let shop_api = self.handler.shop_api.clone();
        let append = async move { shop_api.append_message(new).await };
        let appended = move |session: &mut Self, result, ctx: &mut _| {
            session.appended(result, nonce.as_deref(), ctx);
        };
        self.request(append, appended, ctx);
    }

    /// The stream brings a new message to everyone, including its sender. Only a repeated one is
    /// sent here.
    fn appended(
        &mut self,
        result: Result<AppendedMessage, AppendError>,
        nonce: Option<&str>,
        ctx: &mut SessionContext<ChatSession>,
    ) {
        match result {
            Err(AppendError::Muted) => self.send_error(ErrorCode::Muted, nonce, ctx),
            Err(AppendError::Unavailable(_)) => {
                self.send_error(ErrorCode::Unavailable, nonce, ctx);
            }
            Ok(appended) if appended.repeated => {
                if let Some(reached) = self.reached() {
                    let frame = server_frame::chat_message(&reached, &appended.message);
                    self.send(&frame, ctx);
                }
            }
            Ok(_) => {}
        }
    }

    fn history(&mut self, before: Option<i64>, limit: u32, ctx: &mut SessionContext<ChatSession>) {
        if self.handler.user.is_none() {
            return self.send_error(ErrorCode::NotJoined, None, ctx);
        }
        let newest = self.stream.log().map_or(0, |log| log.newest_seq());
        let before = before.unwrap_or(i64::MAX).min(newest + 1);
        let shop_api = self.handler.shop_api.clone();
        let read = async move { history_part(&shop_api, before, limit).await };
        self.request(read, Self::send_history, ctx);
    }

    fn send_history(
        &mut self,
        history: Result<ChatHistory, ShopApiError>,
        ctx: &mut SessionContext<ChatSession>,
    ) {
        let Some(reached) = self.reached() else {
            return;
        };
        match history {
            Ok(history) => self.send(&server_frame::chat_messages(&reached, &history), ctx),
            Err(ShopApiError) => self.send_error(ErrorCode::Unavailable, None, ctx),
        }
    }

    /// The position of the subscription; `None` if it lags, in which case the socket is closed.
    fn reached(&self) -> Option<Position> {
        let log = self.stream.log()?;
        self.subscription.cursor().reached(&log)
    }

    fn leave(&mut self) {
        self.subscription.cursor().pause();
        self.handler.user = None;
        self.handler.leave();
    }
}
