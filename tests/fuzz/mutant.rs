//! Bugs that the harness injects around the guard and the decoder, each of which must be found.

/// An injected bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The parser's state is lost between two chunks.
    StateLostBetweenChunks,
    /// Bytes after a frame in the same chunk are dropped.
    RestDropped,
    /// The guard passes on a frame before the previous one was handled.
    NoPause,
    /// An invalid frame discards the valid ones in its chunk.
    ChunkRefusedWhole,
    /// A history of any length is accepted.
    LimitUnchecked,
    /// A blank message is accepted.
    BlankAccepted,
    /// An error has no nonce of the refused frame.
    NonceDropped,
    /// An e-mail address is changed to lower case.
    AddressLowercased,
    /// A message that is too long is truncated, not refused.
    LongTextTruncated,
}

impl Mutant {
    pub(crate) const ALL: [Self; 9] = [
        Self::StateLostBetweenChunks,
        Self::RestDropped,
        Self::NoPause,
        Self::ChunkRefusedWhole,
        Self::LimitUnchecked,
        Self::BlankAccepted,
        Self::NonceDropped,
        Self::AddressLowercased,
        Self::LongTextTruncated,
    ];

    pub(crate) fn is_in_chat_decoder(self) -> bool {
        match self {
            Self::StateLostBetweenChunks
            | Self::RestDropped
            | Self::NoPause
            | Self::ChunkRefusedWhole => false,
            Self::LimitUnchecked
            | Self::BlankAccepted
            | Self::NonceDropped
            | Self::AddressLowercased
            | Self::LongTextTruncated => true,
        }
    }
}
