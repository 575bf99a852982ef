//! What the servers want to hear before they broadcast, and how they say it.

/// A server's manner of speaking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Vitrina's chat: a join by e-mail, then events in JSON.
    Chat,
    /// A text that comes back as it is.
    Plain,
    /// Engine.io 4 under socket.io.
    SocketIo,
}

/// Characters of a message that vitrina stores; the others send as much as its frame then has.
const CHAT_TEXT: usize = 60;

impl Dialect {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Chat => "/ws/chat",
            Self::Plain => "/ws",
            Self::SocketIo => "/socket.io/?EIO=4&transport=websocket",
        }
    }

    /// How the first frame begins, where the server speaks first.
    pub(crate) fn greeting(self) -> Option<&'static [u8]> {
        match self {
            Self::Chat => Some(br#"{"event":"welcome""#),
            Self::Plain => None,
            Self::SocketIo => Some(b"0{"),
        }
    }

    /// What a client says to take part, and how the answer begins.
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

    /// A message of which the broadcast frame has `payload` bytes where the text is free.
    pub(crate) fn say(self, publisher: usize, number: u64, payload: usize) -> String {
        let (before, after) = match self {
            Self::Chat => (r#"{"event":"chat-message","data":{"message":""#, r#""}}"#),
            Self::Plain => ("", ""),
            Self::SocketIo => (r#"42["say",""#, r#""]"#),
        };
        let length = match self {
            Self::Chat => CHAT_TEXT,
            Self::Plain | Self::SocketIo => payload - before.len() - after.len(),
        };
        let mark = format!("#p{publisher:04}n{number:08}#");
        format!("{before}{mark:x<length$}{after}")
    }

    /// What is to be answered to a frame that is no part of the load; `None` for one that is.
    pub(crate) fn aside(self, payload: &[u8]) -> Option<Option<&'static str>> {
        match self {
            Self::Chat => (!payload.starts_with(br#"{"event":"chat-message","#)).then_some(None),
            Self::Plain => None,
            Self::SocketIo => (payload == b"2").then_some(Some("3")),
        }
    }
}

/// Who sent a message, and which of theirs it is: `#p<publisher>n<number>#`.
pub(crate) fn mark(payload: &[u8]) -> Option<(usize, u64)> {
    let at = payload.windows(2).position(|window| window == b"#p")?;
    let digits = |range| std::str::from_utf8(payload.get(range)?).ok();
    let publisher = digits(at + 2..at + 6)?.parse().ok()?;
    let number = digits(at + 7..at + 15)?.parse().ok()?;
    Some((publisher, number))
}
