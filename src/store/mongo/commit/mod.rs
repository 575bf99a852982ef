//! Atomic writes to several documents.
//!
//! **Units of work.** A command reads, decides by the rules of the domain, and hands over a list of
//! [`Write`]s. The filter of each write repeats what the decision depends on: the cart as it was
//! read, the price that was shown, enough stock. A write that matches nothing is a conflict, and a
//! unit with a conflict writes nothing. Filters are as weak as the decision allows (`stock >= n`
//! and not "the same version"), so that two sales of one product disturb each other only at its
//! last units. All writes of a unit are one transaction. Those to one collection share a command
//! where they are of one kind, because every command is a round trip that prolongs the locks.
//!
//! **Group commit.** Transactions that write the same document abort each other: with one
//! transaction for each, 500 buyers of one product needed 3,370 retries and 2.5 s on mongod 6.0.5;
//! queued, they needed no retry and 0.5 s. So the units of a process go through one queue
//! (`queue`). Its committer takes all that are waiting and commits them as one transaction; the
//! next group gathers meanwhile. So units of one process do not abort each other (unless a group
//! exceeds its time limit, and continues beside the next), and a majority write costs a group as
//! much as a single unit. The price is a shared end: one conflict, or one duplicate key, aborts the
//! group. The committer then halves it until the failing unit is by itself, and every other unit is
//! committed. A unit whose caller stopped waiting before the group began is left out.
//!
//! **Retries.** After a conflict the command reads and decides again: the cart may be empty by now,
//! or the stock too low. [`Retry`](super::retry::Retry) bounds the attempts by a time, with
//! jittered pauses; a command that never gets through is unavailable, not refused. Ids are
//! generated once for all attempts of a command, so that no two attempts can both take effect.
//!
//! **Commits in doubt.** The reply to a commit can be lost. The server accepts a second commit of
//! the same transaction, so the commit is sent again while its end is unknown. If the time is up,
//! the result is *in doubt*: it may be stored or not. Then the command looks for its traces (the
//! order with its id, the record of its key, the cart as it left it), see
//! [`CommitResult::resolve`]. A trace is success. Without one the command is attempted again where
//! that is safe, and otherwise fails as unavailable.
//!
//! **Sessions.** A transaction keeps what it wrote locked until it ends. One whose client was
//! killed or cut off stays open until the server's clock ends it, 66.7 s when it was measured, and
//! all that time every purchase of its products waits. The server ends it at once (the next write
//! needed 3 ms) if it is asked to kill the session, which takes the session's id. So transactions
//! run in few sessions that are used again (`sessions`). If it is unknown whether a transaction
//! has ended, as when its task was dropped or its connection was lost, the session is killed before
//! the next transaction begins.
//!
//! **Leases.** For a process that died, others do that (`leases`). Before a process runs a
//! transaction, the ids of its sessions are in its lease, which is valid for a short time by the
//! server's clock and is renewed only while transactions run. A process that starts, or whose
//! transaction conflicted with another one, kills the sessions of every lease that has run out. A
//! lease is shorter than the time for which a command is retried, so a command that meets the locks
//! of a dead node succeeds within its first request. If the owner was only slow, it loses a
//! transaction and retries it.
//!
//! Chat messages, upserts and the sequence backfill read or take numbers within their transaction,
//! so they cannot be planned as units of work. They begin transactions of their own, in the same
//! sessions.

mod leases;
mod queue;
mod sessions;
mod unit_of_work;

pub(super) use queue::CommitQueue;
pub(super) use sessions::{Sessions, Transaction};
pub(super) use unit_of_work::{CommitResult, Write};
