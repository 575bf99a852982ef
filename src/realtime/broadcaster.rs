//! A hub's half of the fan-out: the log, and one link to each worker's shard.

use std::sync::Arc;

use actix::Addr;
use actix::prelude::SendError;

use super::entry::Entry;
use super::frame_log::FrameLog;
use super::head::StreamHead;
use super::messages::{CloseAll, Deliver, Load, Stream};
use super::shard::Shard;
use super::supply::{Due, Supply};
use crate::domain::change::{Change, Fact};
use crate::domain::position::Position;
use crate::metrics::{Counter, StreamMetrics};

/// Keeps a stream's log and tells the shards, once per batch. A shard whose mailbox is full is told
/// later from the log, so that nothing queues without bound.
#[derive(Debug)]
pub(super) struct Broadcaster {
    stream: Stream,
    log: FrameLog,
    head: StreamHead,
    links: Vec<Link>,
    metrics: StreamMetrics,
}

#[derive(Debug)]
struct Link {
    shard: Addr<Shard>,
    supply: Supply,
}

impl Broadcaster {
    pub(super) fn new(
        stream: Stream,
        log: FrameLog,
        head: StreamHead,
        metrics: StreamMetrics,
    ) -> Self {
        Self {
            stream,
            log,
            head,
            links: Vec::new(),
            metrics,
        }
    }

    /// Where the stream stands.
    pub(super) fn cursor(&self) -> &Position {
        self.log.cursor()
    }

    /// Appends frames and tells all shards.
    pub(super) fn publish(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.log.append(Arc::new(entry));
        }
        self.head.set((&self.log).into());
        self.catch_up();
    }

    /// Begins anew: every shard gets the empty log and closes its sockets.
    pub(super) fn restart(&mut self, base: Position, newest_seq: i64) {
        self.log.restart(base, newest_seq);
        self.head.set((&self.log).into());
        self.links
            .iter_mut()
            .for_each(|link| link.supply.begin_anew());
        self.catch_up();
    }

    /// Begins anew after a step that panicked, behind the changes that it had in hand: what the log
    /// holds of them cannot be trusted, and nothing older is known from now on.
    pub(super) fn begin_anew(&mut self, in_hand: &InHand) {
        let base = in_hand.last.as_ref().unwrap_or_else(|| self.log.cursor());
        let newest_seq = self.log.newest_seq().max(in_hand.newest_seq);
        self.restart(base.clone(), newest_seq);
    }

    /// Adds a shard, or one that begins anew, and gives it the log.
    pub(super) fn register(&mut self, shard: Addr<Shard>) {
        self.links.retain(|link| link.shard != shard);
        self.links.push(Link {
            shard,
            supply: Supply::default(),
        });
        self.catch_up();
    }

    /// Has every shard close its sockets; one that is too busy to hear it is cut off with the server.
    pub(super) fn close_all(&self) {
        for link in &self.links {
            if let Err(error) = link.shard.try_send(CloseAll) {
                log::warn!("a worker's sockets were not told to come back: {error}");
            }
        }
    }

    /// Sends each shard what it has not been sent yet; those that are gone are forgotten.
    pub(super) fn catch_up(&mut self) {
        let (stream, log) = (self.stream, &self.log);
        let late = &self.metrics.late;
        self.links
            .retain_mut(|link| link.catch_up(stream, log, late));
        self.metrics.log_frames.set(log.len() as i64);
        self.metrics.log_bytes.set(log.bytes() as i64);
    }
}

/// Where a stream stands behind the changes that a step has in hand.
#[derive(Debug, Default)]
pub(super) struct InHand {
    last: Option<Position>,
    newest_seq: i64,
}

impl From<&[Change]> for InHand {
    fn from(changes: &[Change]) -> Self {
        let seqs = changes.iter().filter_map(|change| match &change.fact {
            Fact::MessageAppended(message) => Some(message.seq),
            _ => None,
        });
        Self {
            last: changes.last().map(|change| change.position.clone()),
            newest_seq: seqs.max().unwrap_or_default(),
        }
    }
}

impl Link {
    /// Whether the shard still lives.
    fn catch_up(&mut self, stream: Stream, log: &FrameLog, late: &Counter) -> bool {
        let sent = match self.supply.due(log) {
            Due::Nothing => return true,
            Due::Frames(entries) => outcome(&self.shard.try_send(Deliver { stream, entries })),
            Due::Log(log) => outcome(&self.shard.try_send(Load { stream, log })),
        };
        match sent {
            Sent::Yes => self.supply.set_sent(log),
            Sent::Later => {
                late.inc();
            }
            Sent::Gone => return false,
        }
        true
    }
}

enum Sent {
    Yes,
    Later,
    Gone,
}

fn outcome<T>(result: &Result<(), SendError<T>>) -> Sent {
    match result {
        Ok(()) => Sent::Yes,
        Err(SendError::Full(_)) => Sent::Later,
        Err(SendError::Closed(_)) => Sent::Gone,
    }
}
