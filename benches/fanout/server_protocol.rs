//! The protocol of each server: how to join, what to send, and which replies it needs.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerProtocol {
    /// Vitrina's chat: a join with an e-mail address, then events in JSON.
    Chat,
    /// Texts are broadcast unchanged.
    Plain,
    /// socket.io over Engine.IO 4.
    SocketIo,
}

/// Characters of a message to vitrina. The others send payloads as long as its frames.
const CHAT_TEXT: usize = 60;

impl ServerProtocol {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Chat => "/ws/chat",
            Self::Plain => "/ws",
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        }
    }

    /// How the first frame begins, if the server sends one on connect.
    pub(crate) fn greeting(self) -> Option<&'static [u8]> {
        match self {
            Self::Chat => Some(br#"{"event":"welcome""#),
            Self::Plain => None,
            Self::SocketIo => Some(b"0{"),
        }
    }

    /// What a client sends to join, and how the reply begins.
    pub(crate) fn join(self, client: usize) -> Option<(String, &'static [u8])> {
        match self {
            Self::Chat => {
                let join =
                    format!(r#"{{"event":"join","data":{{"user":"reader{client}@example.com"}}}}"#);
                Some((join, br#"{"event":"chat-messages""#))
            }
            Self::Plain => None,
            Self::SocketIo => Some(("40".into(), b"40{")),
        }
    }

    /// A message whose broadcast frame has `payload` bytes, if its length can be chosen.
    pub(crate) fn message(self, publisher: usize, number: u64, payload: usize) -> String {
        let (before, after) = match self {
            Self::Chat => (r#"{"event":"chat-message","data":{"message":""#, r#""}}"#),
            Self::Plain => ("", ""),
            Self::SocketIo => (r#"42["say",""#, r#""]"#),
        };
        let length = match self {
            Self::Chat => CHAT_TEXT,
            Self::Plain | Self::SocketIo => payload - before.len() - after.len(),
        };
        let id = format!("#p{publisher:04}n{number:08}#");
        format!("{before}{id:x<length$}{after}")
    }

    /// The reply, if any, to a frame outside the load; `None` for a frame of the load.
    pub(crate) fn control_reply(self, payload: &[u8]) -> Option<Option<&'static str>> {
        match self {
            Self::Chat => (!payload.starts_with(br#"{"event":"chat-message","#)).then_some(None),
            Self::Plain => None,
            Self::SocketIo => (payload == b"2").then_some(Some("3")),
        }
    }
}

/// The publisher of a message, and its number: `#p<publisher>n<number>#`.
pub(crate) fn message_id(payload: &[u8]) -> Option<(usize, u64)> {
    let at = payload.windows(2).position(|window| window == b"#p")?;
    let digits = |range| std::str::from_utf8(payload.get(range)?).ok();
    let publisher = digits(at + 2..at + 6)?.parse().ok()?;
    let number = digits(at + 7..at + 15)?.parse().ok()?;
    Some((publisher, number))
}
