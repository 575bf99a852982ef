//! Bugs that the harness makes around the guard and the decoder, to see that it finds them.

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    /// Where a frame stands is forgotten between two pieces.
    StateLostBetweenPieces,
    /// What came behind a frame in the same piece is forgotten.
    RestForgotten,
    /// A reader is let on to the next frame before it has looked at the last one.
    NoPause,
    /// A broken frame takes the sound ones of its piece with it.
    RefusedWithItsPiece,
    /// A history of any length is taken.
    AnyLimit,
    /// A blank message is taken.
    BlankTaken,
    /// A refusal does not name the frame that it refuses.
    NonceForgotten,
    /// An address is not kept as its owner wrote it.
    AddressRewritten,
    /// A message is shortened in place of refused.
    LongTextCut,
}

impl Plant {
    /// Every one of them.
    pub(crate) const ALL: [Self; 9] = [
        Self::StateLostBetweenPieces,
        Self::RestForgotten,
        Self::NoPause,
        Self::RefusedWithItsPiece,
        Self::AnyLimit,
        Self::BlankTaken,
        Self::NonceForgotten,
        Self::AddressRewritten,
        Self::LongTextCut,
    ];

    /// Whether it is one of the decoder of chat frames.
    pub(crate) fn is_of_chat(self) -> bool {
        match self {
            Self::StateLostBetweenPieces
            | Self::RestForgotten
            | Self::NoPause
            | Self::RefusedWithItsPiece => false,
            Self::AnyLimit
            | Self::BlankTaken
            | Self::NonceForgotten
            | Self::AddressRewritten
            | Self::LongTextCut => true,
        }
    }
}
