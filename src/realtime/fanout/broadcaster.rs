//! A hub's half of the fan-out: its log, and the offset of each worker's replica.

use std::sync::Arc;

use actix::Recipient;
use actix::prelude::SendError;

use super::messages::{ShardMessage, Stream};
use super::replica_offset::{Pending, ReplicaOffset};
use crate::catalogue::{self, Catalogue, Update};
use crate::domain::change::{Change, ChangeKind, ProductChange};
use crate::domain::position::Position;
use crate::metrics::{Counter, StreamMetrics};
use crate::realtime::log::{Entry, FrameLog, StreamHead};

/// Keeps a stream's log and sends it to the shards, once per batch. A shard with a full mailbox
/// gets its frames later from the log, so that no queue grows without bound.
#[derive(Debug)]
pub(super) struct Broadcaster {
    stream: Stream,
    log: FrameLog,
    /// At the end of the log; `None` in the chat.
    catalogue: Option<Catalogue>,
    head: StreamHead,
    replicas: Vec<Replica>,
    metrics: StreamMetrics,
}

impl Broadcaster {
    pub(super) fn new(
        stream: Stream,
        log: FrameLog,
        catalogue: Option<Catalogue>,
        head: StreamHead,
        metrics: StreamMetrics,
    ) -> Self {
        Self {
            stream,
            log,
            catalogue,
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
            if let Some(catalogue) = &mut self.catalogue {
                entry.apply_to(catalogue);
            }
            self.log.append(Arc::new(entry));
        }
        self.head.set((&self.log).into());
        self.update_replicas();
    }

    /// Starts again from `base`, with the products there: every shard gets the empty log and closes
    /// its sockets.
    pub(super) fn restart(
        &mut self,
        base: Position,
        newest_seq: i64,
        products: Vec<Arc<catalogue::Entry>>,
    ) {
        if let Some(catalogue) = &mut self.catalogue {
            *catalogue = Catalogue::new(base.clone(), products);
        }
        self.restart_log(base, newest_seq);
    }

    /// Restarts after a panic, behind the changes in flight: their frames in the log cannot be
    /// trusted, so older positions become unknown. The catalogue is built again from its products
    /// and these changes.
    pub(super) fn recover(&mut self, batch: &InFlightBatch) {
        let base = batch.last.as_ref().unwrap_or_else(|| self.log.cursor());
        let base = base.clone();
        if let Some(catalogue) = &mut self.catalogue {
            let products: Vec<_> = catalogue.entries().cloned().collect();
            *catalogue = Catalogue::new(base.clone(), products);
            for product in &batch.products {
                catalogue.apply(base.clone(), Update::from(product));
            }
        }
        self.restart_log(base, self.log.newest_seq().max(batch.newest_seq));
    }

    fn restart_log(&mut self, base: Position, newest_seq: i64) {
        self.log.restart(base, newest_seq);
        self.head.set((&self.log).into());
        self.replicas
            .iter_mut()
            .for_each(|replica| replica.offset.recover());
        self.update_replicas();
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
        let (stream, log, catalogue) = (self.stream, &self.log, self.catalogue.as_ref());
        let late = &self.metrics.late;
        self.replicas
            .retain_mut(|replica| replica.update(stream, log, catalogue, late));
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
    fn update(
        &mut self,
        stream: Stream,
        log: &FrameLog,
        catalogue: Option<&Catalogue>,
        late: &Counter,
    ) -> bool {
        let message = match self.offset.pending(log) {
            Pending::Nothing => return true,
            Pending::Frames(entries) => ShardMessage::Deliver { stream, entries },
            Pending::Log(log) => ShardMessage::LoadLog {
                stream,
                log,
                catalogue: catalogue.cloned().map(Box::new),
            },
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
    products: Vec<ProductChange>,
}

impl From<&[Change]> for InFlightBatch {
    fn from(changes: &[Change]) -> Self {
        let seqs = changes.iter().filter_map(|change| match &change.kind {
            ChangeKind::MessageAppended(message) => Some(message.seq),
            _ => None,
        });
        let products = changes.iter().filter_map(|change| match &change.kind {
            ChangeKind::Product(product) => Some(product.clone()),
            _ => None,
        });
        Self {
            products: products.collect(),
            last: changes.last().map(|change| change.position.clone()),
            newest_seq: seqs.max().unwrap_or_default(),
        }
    }
}
