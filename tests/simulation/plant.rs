//! Bugs that the harness makes around the types, to see that the simulation finds them.

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plant {
    /// A reader who resumes is not told the first frame that it missed.
    ResumeOneTooFar,
    /// A stream is entered where the log ends by then, not where its reader was.
    OpenAtTheEnd,
    /// A reader who resumes is told presence of the time when it was away.
    ReplayPassing,
    /// A place that the log has dropped counts as the oldest one that it holds.
    TrimmedIsKnown,
    /// A place of before a restored backup counts as the one of the same number.
    LivesMixed,
    /// A client keeps the cursor of a welcome before it has the snapshot.
    WelcomeAdopted,
    /// A client keeps the cursor of a snapshot's first part.
    PartialSnapshotAdopted,
    /// The last part of a snapshot is not told.
    LastChunkDropped,
    /// The place where the stream goes on is taken after the snapshot was read, not before.
    EnteredAfterSnapshot,
    /// A reader that the log has moved past goes on at the oldest frame, without a snapshot.
    LapseIgnored,
    /// A history brings messages from behind its own place.
    HistoryNotCut,
    /// Another join on the same socket goes on where the first one did.
    SecondJoinFollowsOn,
    /// Chat frames are conflated for a slow reader, as those of a product are.
    ChatConflated,
    /// A worker takes each batch twice.
    BatchTwice,
    /// A worker takes two batches in the wrong order.
    BatchesSwapped,
    /// Readers are not told that there are new frames.
    NotFlushed,
    /// Sockets stay open when their worker's log is replaced.
    LoadLeavesSocketsOpen,
    /// The feed goes on behind a gap, and the logs do not begin anew.
    FeedGapKept,
    /// The logs begin anew, but with the newest message of before.
    NewestSeqKept,
    /// A heartbeat tells the place of the log, not the reader's.
    PlaceOfTheLog,
    /// What the kernel did not take of a write is forgotten.
    TailForgotten,
    /// Readers count as slow from their first frame.
    AlwaysSlow,
    /// One tab's end is taken as the end of all tabs of its person.
    TabsForgotten,
}

impl Plant {
    /// Every one of them.
    pub(crate) const ALL: [Self; 23] = [
        Self::ResumeOneTooFar,
        Self::OpenAtTheEnd,
        Self::ReplayPassing,
        Self::TrimmedIsKnown,
        Self::LivesMixed,
        Self::WelcomeAdopted,
        Self::PartialSnapshotAdopted,
        Self::LastChunkDropped,
        Self::EnteredAfterSnapshot,
        Self::LapseIgnored,
        Self::HistoryNotCut,
        Self::SecondJoinFollowsOn,
        Self::ChatConflated,
        Self::BatchTwice,
        Self::BatchesSwapped,
        Self::NotFlushed,
        Self::LoadLeavesSocketsOpen,
        Self::FeedGapKept,
        Self::NewestSeqKept,
        Self::PlaceOfTheLog,
        Self::TailForgotten,
        Self::AlwaysSlow,
        Self::TabsForgotten,
    ];
}
