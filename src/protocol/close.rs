//! Why a socket is closed. A client may connect again after every code but the policy ones.

/// A close code of RFC 6455 section 7.4 or of our own, with what the client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Close {
    /// The server stops; the client should come back after so many seconds.
    GoingAway {
        /// Seconds to wait.
        reconnect_in: u32,
    },
    /// A frame that is none: the socket cannot be understood any more.
    ProtocolError,
    /// A binary frame: only text is taken.
    TextOnly,
    /// Text that is no UTF-8.
    NotUtf8,
    /// A frame larger than what is taken.
    TooLarge,
    /// The server lost its place in the store's changes: start from a snapshot.
    Restart,
    /// The reader was too slow for the retained window; it can resume or start anew.
    TooSlow,
    /// No sign of life after a ping.
    Silent,
    /// The peer closed; it is answered in kind.
    ByPeer,
}

impl Close {
    /// The code on the wire.
    pub const fn code(&self) -> u16 {
        match self {
            Self::ByPeer => 1000,
            Self::GoingAway { .. } => 1001,
            Self::ProtocolError => 1002,
            Self::TextOnly => 1003,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            Self::Restart => 1012,
            Self::TooSlow => 4008,
            Self::Silent => 4009,
        }
    }

    /// The reason on the wire.
    pub fn reason(&self) -> String {
        match self {
            Self::ByPeer => String::new(),
            Self::GoingAway { reconnect_in } => format!("reconnect in {reconnect_in} s"),
            Self::ProtocolError => "protocol error".into(),
            Self::TextOnly => "text frames only".into(),
            Self::NotUtf8 => "not UTF-8".into(),
            Self::TooLarge => "frame too large".into(),
            Self::Restart => "place lost, start from a snapshot".into(),
            Self::TooSlow => "too slow".into(),
            Self::Silent => "no sign of life".into(),
        }
    }
}
