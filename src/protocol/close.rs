//! Why a socket is closed. After every code except the policy ones a client may reconnect.

/// The reason of a close: a code of RFC 6455 section 7.4 or our own, and a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Close {
    /// The server shuts down.
    GoingAway {
        /// Seconds until the client should reconnect.
        reconnect_in: u32,
    },
    ProtocolError,
    /// A binary frame arrived.
    TextOnly,
    NotUtf8,
    /// A frame or message is too large.
    TooLarge,
    /// The peer exceeds a rate limit.
    TooFast,
    TooManyFragments,
    /// The position is lost: the client starts from a snapshot.
    Restart,
    /// A chat subscription lagged: the client can resume.
    TooSlow,
    /// The peer did not answer a ping.
    Silent,
    /// The peer closed, with this code or none, which the reply repeats.
    ByPeer(Option<u16>),
}

impl Close {
    /// The code on the wire; `None` for a close without one.
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::ByPeer(code) => *code,
            Self::GoingAway { .. } => Some(1001),
            Self::ProtocolError => Some(1002),
            Self::TextOnly => Some(1003),
            Self::NotUtf8 => Some(1007),
            Self::TooFast | Self::TooManyFragments => Some(1008),
            Self::TooLarge => Some(1009),
            Self::Restart => Some(1012),
            Self::TooSlow => Some(4008),
            Self::Silent => Some(4009),
        }
    }

    /// The code as a metric label: one label for all codes of peers.
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

    /// The text on the wire.
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
            Self::Restart => "position lost, resync".into(),
            Self::TooSlow => "too slow".into(),
            Self::Silent => "heartbeat timeout".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_close_has_its_code_and_reason_on_the_wire() {
        for (close, code, reason) in [
            (
                Close::GoingAway { reconnect_in: 3 },
                1001,
                "reconnect in 3 s",
            ),
            (Close::ProtocolError, 1002, "protocol error"),
            (Close::TextOnly, 1003, "text frames only"),
            (Close::NotUtf8, 1007, "not UTF-8"),
            (Close::TooFast, 1008, "too many frames"),
            (Close::TooManyFragments, 1008, "too many fragments"),
            (Close::TooLarge, 1009, "frame too large"),
            (Close::Restart, 1012, "position lost, resync"),
            (Close::TooSlow, 4008, "too slow"),
            (Close::Silent, 4009, "heartbeat timeout"),
        ] {
            assert_eq!(
                (close.code(), close.reason().as_str()),
                (Some(code), reason)
            );
            assert_eq!(close.label(), code.to_string());
        }
    }

    #[test]
    fn a_close_of_the_peer_is_repeated_without_a_reason() {
        for code in [None, Some(1000), Some(4999)] {
            let close = Close::ByPeer(code);
            assert_eq!((close.code(), close.label()), (code, "peer"));
            assert_eq!(close.reason(), "");
        }
    }
}
