//! A hub's half of the fan-out: its log, and the offset of each worker's replica.

use std::sync::Arc;

use actix::Recipient;
use actix::prelude::SendError;

use super::messages::{ShardMessage, Stream};
use super::replica_offset::{Pending, ReplicaOffset};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::position::Position;
use crate::metrics::{Counter, StreamMetrics};
use crate::realtime::log::{Entry, FrameLog, StreamHead};

/// Keeps a stream's log and sends it to the shards, once per batch. A shard with a full mailbox
/// gets its frames later from the log, so that no queue grows without bound.
#[derive(Debug)]
pub(super) struct Broadcaster {
    stream: Stream,
    log: FrameLog,
    head: StreamHead,
    replicas: Vec<Replica>,
    metrics: StreamMetrics,
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
            replicas: Vec::new(),
            metrics,
        }
    }

    /// The newest position of the stream.
    pub(super) fn cursor(&self) -> &Position {
        self.log.cursor()
    }

    /// Appends frames and sends them to all shards.
    pub(super) fn publish(&mut self, entries: impl IntoIterator<Item = Entry>) {
        for entry in entries {
            self.log.append(Arc::new(entry));
        }
        self.head.set((&self.log).into());
        self.update_replicas();
    }

    /// Starts again from `base`: every shard gets the empty log and closes its sockets.
    pub(super) fn restart(&mut self, base: Position, newest_seq: i64) {
        self.log.restart(base, newest_seq);
        self.head.set((&self.log).into());
        self.replicas
            .iter_mut()
            .for_each(|replica| replica.offset.recover());
        self.update_replicas();
    }

    /// Restarts after a panic, behind the changes in flight: their frames in the log cannot be
    /// trusted, so older positions become unknown.
    pub(super) fn recover(&mut self, batch: &InFlightBatch) {
        let base = batch.last.as_ref().unwrap_or_else(|| self.log.cursor());
        let newest_seq = self.log.newest_seq().max(batch.newest_seq);
        self.restart(base.clone(), newest_seq);
    }

    /// Adds a shard, or restarts one that lost its replicas, and sends it the log.
    pub(super) fn register(&mut self, shard: Recipient<ShardMessage>) {
        self.replicas.retain(|replica| replica.shard != shard);
        self.replicas.push(Replica {
            shard,
            offset: ReplicaOffset::default(),
        });
        self.update_replicas();
    }

    /// Has every shard close its sockets. The sockets of a shard that is too busy end with the
    /// server.
    pub(super) fn close_all(&self) {
        for replica in &self.replicas {
            if let Err(error) = replica.shard.try_send(ShardMessage::CloseAll) {
                log::warn!("reconnect notice not sent: {error}");
            }
        }
    }

    /// Sends each shard its pending frames, and forgets shards that are gone.
    pub(super) fn update_replicas(&mut self) {
        let (stream, log) = (self.stream, &self.log);
        let late = &self.metrics.late;
        self.replicas
            .retain_mut(|replica| replica.update(stream, log, late));
        self.metrics.log_frames.set(log.len() as i64);
        self.metrics.log_bytes.set(log.bytes() as i64);
    }
}

#[derive(Debug)]
struct Replica {
    shard: Recipient<ShardMessage>,
    offset: ReplicaOffset,
}

impl Replica {
    /// Returns `false` if the shard is gone.
    fn update(&mut self, stream: Stream, log: &FrameLog, late: &Counter) -> bool {
        let message = match self.offset.pending(log) {
            Pending::Nothing => return true,
            Pending::Frames(entries) => ShardMessage::Deliver { stream, entries },
            Pending::Log(log) => ShardMessage::LoadLog { stream, log },
        };
        match self.shard.try_send(message) {
            Ok(()) => self.offset.set_sent(log),
            Err(SendError::Full(_)) => {
                late.inc();
            }
            Err(SendError::Closed(_)) => return false,
        }
        true
    }
}

/// The end of the changes that a hub is handling, should handling them panic.
#[derive(Debug, Default)]
pub(crate) struct InFlightBatch {
    last: Option<Position>,
    newest_seq: i64,
}

impl From<&[Change]> for InFlightBatch {
    fn from(changes: &[Change]) -> Self {
        let seqs = changes.iter().filter_map(|change| match &change.kind {
            ChangeKind::MessageAppended(message) => Some(message.seq),
            _ => None,
        });
        Self {
            last: changes.last().map(|change| change.position.clone()),
            newest_seq: seqs.max().unwrap_or_default(),
        }
    }
}
