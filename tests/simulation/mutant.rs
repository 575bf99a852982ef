//! Bugs that the harness injects around the production types, each of which the simulation must
//! find.

/// An injected bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// A resumed subscription does not get the first frame that it missed.
    ResumeOneTooFar,
    /// A subscription is unpaused at the end of the log, not at its position.
    UnpauseAtEnd,
    /// A resumed subscription gets presence frames from before it connected.
    ReplayEphemeral,
    /// A position that the log has dropped counts as the oldest one that it holds.
    TrimmedCountsAsKnown,
    /// A position from before a restored backup counts as the new one with the same number.
    EpochsMixed,
    /// A client adopts the cursor of a welcome before it has the snapshot.
    WelcomeAdopted,
    /// A client adopts the cursor of an incomplete snapshot.
    PartialSnapshotAdopted,
    /// The last chunk of a snapshot is not sent.
    LastChunkDropped,
    /// The position at which the stream continues is taken after the snapshot was read, not before.
    PositionAfterSnapshot,
    /// A lagged subscription continues at the oldest frame, without a snapshot.
    LagIgnored,
    /// A history holds messages after its own position.
    HistoryUncut,
    /// A second join on the same socket continues at the position of the first.
    SecondJoinKeepsPosition,
    /// Chat frames are conflated for a slow subscription, as product frames are.
    ChatConflated,
    /// A worker applies each batch twice.
    BatchTwice,
    /// A worker applies two batches in the wrong order.
    BatchesSwapped,
    /// Subscriptions are not woken for new frames.
    FlushSkipped,
    /// Sockets stay open when their worker's log is replaced.
    ReplacedLogKeepsSockets,
    /// The feed continues after a gap, and the logs are not restarted.
    FeedGapIgnored,
    /// The logs are restarted, but keep the old number of the newest message.
    StaleNewestSeq,
    /// A heartbeat sends the position of the log, not of the subscription.
    LogPositionSent,
    /// The rest of a write that the kernel did not take is dropped.
    TailForgotten,
    /// Subscriptions count as slow from their first frame.
    AlwaysSlow,
    /// When one tab leaves, all tabs of that person leave.
    LeaveClosesAllTabs,
}

impl Mutant {
    pub(crate) const ALL: [Self; 23] = [
        Self::ResumeOneTooFar,
        Self::UnpauseAtEnd,
        Self::ReplayEphemeral,
        Self::TrimmedCountsAsKnown,
        Self::EpochsMixed,
        Self::WelcomeAdopted,
        Self::PartialSnapshotAdopted,
        Self::LastChunkDropped,
        Self::PositionAfterSnapshot,
        Self::LagIgnored,
        Self::HistoryUncut,
        Self::SecondJoinKeepsPosition,
        Self::ChatConflated,
        Self::BatchTwice,
        Self::BatchesSwapped,
        Self::FlushSkipped,
        Self::ReplacedLogKeepsSockets,
        Self::FeedGapIgnored,
        Self::StaleNewestSeq,
        Self::LogPositionSent,
        Self::TailForgotten,
        Self::AlwaysSlow,
        Self::LeaveClosesAllTabs,
    ];
}
