//! One web worker's share of the realtime engine.

use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix::prelude::MailboxError;
use actix::{Actor, Addr, Context, Handler};

use super::hubs::Hubs;
use super::messages::{Drained, Register};
use super::shard::Shard;
use super::worker_stream::WorkerStream;
use crate::domain::position::Position;
use crate::metrics::RealtimeMetrics;

/// A handle; it never leaves the worker's thread.
#[derive(Clone)]
pub struct Worker {
    pub products: Rc<WorkerStream>,
    pub chat: Rc<WorkerStream>,
    pub hubs: Hubs,
    pub shard: Addr<Shard>,
}

impl Worker {
    /// Starts the worker's shard and waits until it has both logs. Fails if a hub is gone.
    pub async fn start(hubs: Hubs, metrics: RealtimeMetrics) -> Result<Self, MailboxError> {
        static WORKERS: AtomicU64 = AtomicU64::new(0);

        let worker = WORKERS.fetch_add(1, Ordering::Relaxed);
        let products = Rc::new(WorkerStream::new(metrics.products));
        let chat = Rc::new(WorkerStream::new(metrics.chat));
        let shard =
            Shard::new(worker, Rc::clone(&products), Rc::clone(&chat), hubs.clone()).start();
        let recipient = shard.clone().recipient();
        hubs.products.send(Register(recipient.clone())).await?;
        hubs.chat.send(Register(recipient)).await?;
        shard.send(Drained).await?;
        Ok(Self {
            products,
            chat,
            hubs,
            shard,
        })
    }

    /// Waits until this worker has a position of the product stream, if its hub has it. A client
    /// may bring a cursor from a worker that is ahead of this one.
    pub async fn await_product_position(&self, position: &Position) {
        self.await_position(&self.products, position, &self.hubs.products)
            .await;
    }

    /// [`Worker::await_product_position`] for the chat.
    pub async fn await_chat_position(&self, position: &Position) {
        self.await_position(&self.chat, position, &self.hubs.chat)
            .await;
    }

    async fn await_position<H>(&self, stream: &WorkerStream, position: &Position, hub: &Addr<H>)
    where
        H: Actor<Context = Context<H>> + Handler<Drained>,
    {
        // Without a hub no frames are on their way.
        if !stream.has_position(position)
            && hub.send(Drained).await.is_ok()
            && let Err(error) = self.shard.send(Drained).await
        {
            log::warn!("shard is not responding: {error}");
        }
    }
}
