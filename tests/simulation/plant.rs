//! Bugs that the harness makes around the types, to see that the simulation finds them.

/// A planted bug; `main.rs` says what each one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    ResumeOneTooFar,
    OpenAtTheEnd,
    ReplayPassing,
    TrimmedIsKnown,
    LivesMixed,
    WelcomeAdopted,
    PartialSnapshotAdopted,
    LastChunkDropped,
    EnteredAfterSnapshot,
    LapseIgnored,
    HistoryNotCut,
    SecondJoinFollowsOn,
    ChatConflated,
    BatchTwice,
    BatchesSwapped,
    NotFlushed,
    LoadLeavesSocketsOpen,
    FeedGapKept,
    NewestSeqKept,
    PlaceOfTheLog,
    TailForgotten,
    AlwaysSlow,
    TabsForgotten,
}
