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
    /// More, or more often, than a socket may send.
    TooFast,
    /// A message in more fragments than are put together.
    TooManyFragments,
    /// The server lost its place in the store's changes: start from a snapshot.
    Restart,
    /// The reader was too slow for the retained window; it can resume or start anew.
    TooSlow,
    /// No sign of life after a ping.
    Silent,
    /// The peer closed, with this code or none; it is answered in kind.
    ByPeer(Option<u16>),
}

impl Close {
    /// The code on the wire; `None` for a close without one.
    pub const fn code(&self) -> Option<u16> {
        Some(match self {
            Self::ByPeer(code) => return *code,
            Self::GoingAway { .. } => 1001,
            Self::ProtocolError => 1002,
            Self::TextOnly => 1003,
            Self::NotUtf8 => 1007,
            Self::TooFast | Self::TooManyFragments => 1008,
            Self::TooLarge => 1009,
            Self::Restart => 1012,
            Self::TooSlow => 4008,
            Self::Silent => 4009,
        })
    }

    /// The code as text, from a set of few: `peer` for whatever a peer closed with.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::ByPeer(_) => "peer",
            Self::GoingAway { .. } => "1001",
            Self::ProtocolError => "1002",
            Self::TextOnly => "1003",
            Self::NotUtf8 => "1007",
            Self::TooFast | Self::TooManyFragments => "1008",
            Self::TooLarge => "1009",
            Self::Restart => "1012",
            Self::TooSlow => "4008",
            Self::Silent => "4009",
        }
    }

    /// The reason on the wire.
    pub fn reason(&self) -> String {
        match self {
            Self::ByPeer(_) => String::new(),
            Self::GoingAway { reconnect_in } => format!("reconnect in {reconnect_in} s"),
            Self::ProtocolError => "protocol error".into(),
            Self::TextOnly => "text frames only".into(),
            Self::NotUtf8 => "not UTF-8".into(),
            Self::TooLarge => "frame too large".into(),
            Self::TooFast => "too many frames".into(),
            Self::TooManyFragments => "too many fragments".into(),
            Self::Restart => "place lost, start from a snapshot".into(),
            Self::TooSlow => "too slow".into(),
            Self::Silent => "no sign of life".into(),
        }
    }
}
