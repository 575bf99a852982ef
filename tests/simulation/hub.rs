//! The hubs, and what workers know: the production logs with a slow twin beside each.

use std::collections::VecDeque;
use std::sync::Arc;

use vitrina::domain::position::Position;
use vitrina::realtime::{Due, Entry, FrameLog, Limits, Supply};

use crate::plan::Stream;
use crate::ring::Ring;

/// One stream at its hub.
#[derive(Debug)]
pub(crate) struct Channel {
    stream: Stream,
    pub(crate) log: FrameLog,
    ring: Ring,
    supplies: Vec<Supply>,
    /// The newest passing frame.
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
            ring: Ring::new(base.clone(), limits),
            supplies: (0..workers).map(|_| Supply::default()).collect(),
            serial: 0,
        }
    }

    pub(crate) fn append(&mut self, entry: Entry) {
        self.ring.append(&entry);
        self.log.append(Arc::new(entry));
    }

    pub(crate) fn restart(&mut self, base: &Position, newest_seq: i64) {
        self.log.restart(base.clone(), newest_seq);
        self.ring.restart(base.clone());
        self.supplies.iter_mut().for_each(Supply::begin_anew);
    }

    /// Sends each worker what it lacks, where its mailbox takes it.
    pub(crate) fn catch_up(
        &mut self,
        workers: &mut [Worker],
        mailbox: usize,
    ) -> Result<(), String> {
        self.ring.compare(&self.log)?;
        for (supply, worker) in self.supplies.iter_mut().zip(workers) {
            let what = match supply.due(&self.log) {
                Due::Nothing => continue,
                Due::Frames(entries) => What::Frames(entries),
                Due::Log(log) => What::Log(Box::new(log), self.ring.clone(), self.serial),
            };
            if worker.mailbox.len() < mailbox {
                worker.mailbox.push_back(Batch {
                    stream: self.stream,
                    what,
                });
                supply.set_sent(&self.log);
            }
        }
        Ok(())
    }
}

/// What waits in a worker's mailbox.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) stream: Stream,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    Frames(Vec<Arc<Entry>>),
    Log(Box<FrameLog>, Ring, u64),
}

/// One worker.
#[derive(Debug, Default)]
pub(crate) struct Worker {
    pub(crate) mailbox: VecDeque<Batch>,
    products: Option<Known>,
    chat: Option<Known>,
}

/// A worker's copy of a stream's log.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) log: FrameLog,
    pub(crate) ring: Ring,
    /// The newest passing frame that it has.
    pub(crate) serial: u64,
}

impl Worker {
    pub(crate) fn known(&self, stream: Stream) -> Option<&Known> {
        match stream {
            Stream::Products => self.products.as_ref(),
            Stream::Chat => self.chat.as_ref(),
        }
    }

    fn slot(&mut self, stream: Stream) -> &mut Option<Known> {
        match stream {
            Stream::Products => &mut self.products,
            Stream::Chat => &mut self.chat,
        }
    }

    /// Takes a batch; returns whether it replaced a log, so that its readers lost their place.
    pub(crate) fn take(&mut self, batch: Batch) -> Result<bool, String> {
        let slot = self.slot(batch.stream);
        match batch.what {
            What::Log(log, ring, serial) => {
                ring.compare(&log)?;
                Ok(slot
                    .replace(Known {
                        log: *log,
                        ring,
                        serial,
                    })
                    .is_some())
            }
            What::Frames(entries) => {
                let Some(known) = slot else {
                    return Err("a worker was sent frames before it had a log".into());
                };
                for entry in entries {
                    known.ring.append(&entry);
                    known.serial += u64::from(entry.position.is_none());
                    known.log.append(entry);
                }
                known.ring.compare(&known.log)?;
                Ok(false)
            }
        }
    }
}
