//! The hubs and the workers' replicas: production logs, each compared with a model.

use std::collections::VecDeque;
use std::sync::Arc;

use vitrina::domain::position::Position;
use vitrina::realtime::{Entry, FrameLog, Limits, Pending, ReplicaOffset};

use crate::model_log::ModelLog;
use crate::plan::Stream;

/// One stream at its hub.
#[derive(Debug)]
pub(crate) struct Channel {
    stream: Stream,
    pub(crate) log: FrameLog,
    model: ModelLog,
    replica_offsets: Vec<ReplicaOffset>,
    /// Serial number of the newest ephemeral frame.
    pub(crate) serial: u64,
}

impl Channel {
    pub(crate) fn new(
        stream: Stream,
        base: &Position,
        newest_seq: i64,
        limits: Limits,
        workers: usize,
    ) -> Self {
        Self {
            stream,
            log: FrameLog::new(base.clone(), newest_seq, limits),
            model: ModelLog::new(base.clone(), limits),
            replica_offsets: (0..workers).map(|_| ReplicaOffset::default()).collect(),
            serial: 0,
        }
    }

    pub(crate) fn append(&mut self, entry: Entry) {
        self.model.append(&entry);
        self.log.append(Arc::new(entry));
    }

    pub(crate) fn restart(&mut self, base: &Position, newest_seq: i64) {
        self.log.restart(base.clone(), newest_seq);
        self.model.restart(base.clone());
        self.replica_offsets
            .iter_mut()
            .for_each(ReplicaOffset::recover);
    }

    /// Sends each worker the entries it lacks, unless its mailbox is full.
    pub(crate) fn catch_up(
        &mut self,
        workers: &mut [Worker],
        mailbox: usize,
    ) -> Result<(), String> {
        self.model.compare(&self.log)?;
        for (replica_offset, worker) in self.replica_offsets.iter_mut().zip(workers) {
            let delivery = match replica_offset.pending(&self.log) {
                Pending::Nothing => continue,
                Pending::Frames(entries) => Delivery::Frames(entries),
                Pending::Log(log) => Delivery::Log(Box::new(log), self.model.clone(), self.serial),
            };
            if worker.mailbox.len() < mailbox {
                worker.mailbox.push_back(Batch {
                    stream: self.stream,
                    delivery,
                });
                replica_offset.set_sent(&self.log);
            }
        }
        Ok(())
    }
}

/// A message in a worker's mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) stream: Stream,
    pub(crate) delivery: Delivery,
}

#[derive(Debug, Clone)]
pub(crate) enum Delivery {
    Frames(Vec<Arc<Entry>>),
    Log(Box<FrameLog>, ModelLog, u64),
}

#[derive(Debug, Default)]
pub(crate) struct Worker {
    pub(crate) mailbox: VecDeque<Batch>,
    products: Option<Replica>,
    chat: Option<Replica>,
}

/// A worker's copy of a stream's log.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) log: FrameLog,
    pub(crate) model: ModelLog,
    /// Serial number of its newest ephemeral frame.
    pub(crate) serial: u64,
}

impl Worker {
    pub(crate) fn replica(&self, stream: Stream) -> Option<&Replica> {
        match stream {
            Stream::Products => self.products.as_ref(),
            Stream::Chat => self.chat.as_ref(),
        }
    }

    fn slot(&mut self, stream: Stream) -> &mut Option<Replica> {
        match stream {
            Stream::Products => &mut self.products,
            Stream::Chat => &mut self.chat,
        }
    }

    /// Returns whether the batch replaced a log, so that its subscriptions lost their position.
    pub(crate) fn apply(&mut self, batch: Batch) -> Result<bool, String> {
        let slot = self.slot(batch.stream);
        match batch.delivery {
            Delivery::Log(log, model, serial) => {
                model.compare(&log)?;
                Ok(slot
                    .replace(Replica {
                        log: *log,
                        model,
                        serial,
                    })
                    .is_some())
            }
            Delivery::Frames(entries) => {
                let Some(replica) = slot else {
                    return Err("a worker was sent frames before it had a log".into());
                };
                for entry in entries {
                    replica.model.append(&entry);
                    replica.serial += u64::from(entry.position.is_none());
                    replica.log.append(entry);
                }
                replica.model.compare(&replica.log)?;
                Ok(false)
            }
        }
    }
}
