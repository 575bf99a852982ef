//! The database: its collections, and the other parts that operations use.

use std::sync::Arc;

use mongodb::bson::Document;
use mongodb::error::Result;
use mongodb::{ClientSession, Collection, Database};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::clock::ServerClock;
use super::code_index::CodeIndex;
use super::commit::{CommitQueue, Sessions};
use super::documents::Raw;
use super::idempotency::IdempotencyRecords;
use super::invalid_documents::InvalidDocuments;
use super::names;
use super::striped_lock::StripedLock;
use crate::domain::hold::HoldLength;
use crate::metrics::StoreMetrics;
use crate::store::mark::NewestMark;

/// The argument of every operation. Operations are functions in the files of their resources.
#[derive(Debug)]
pub(super) struct Db {
    pub(super) database: Database,
    pub(super) products: Raw,
    pub(super) carts: Raw,
    pub(super) messages: Raw,
    pub(super) orders: Raw,
    pub(super) mutes: Raw,
    pub(super) tombstones: Raw,
    pub(super) checkpoints: Raw,
    pub(super) counters: Collection<Document>,
    pub(super) markers: Collection<Document>,
    pub(super) records: IdempotencyRecords,
    pub(super) code_index: CodeIndex,
    pub(super) invalid_documents: InvalidDocuments,
    pub(super) sessions: Arc<Sessions>,
    pub(super) commit_queue: CommitQueue,
    /// Raised by writes of products.
    pub(super) written: NewestMark,
    pub(super) clock: ServerClock,
    pub(super) hold: HoldLength,
    /// Held while messages are appended.
    pub(super) chat_lock: Mutex<()>,
    /// Held while a cart is changed or bought.
    pub(super) cart_locks: StripedLock,
    pub(super) metrics: StoreMetrics,
}

impl Db {
    /// `max_records` bounds the idempotency records; the handle runs the commit queue.
    pub(super) fn new(
        database: Database,
        handle: &Handle,
        hold: HoldLength,
        max_records: u64,
        metrics: StoreMetrics,
    ) -> Self {
        let written = NewestMark::default();
        let sessions = Arc::new(Sessions::new(&database, written.clone()));
        Self {
            written,
            products: database.collection(names::PRODUCTS),
            carts: database.collection(names::CARTS),
            messages: database.collection(names::MESSAGES),
            orders: database.collection(names::ORDERS),
            mutes: database.collection(names::MUTES),
            tombstones: database.collection(names::TOMBSTONES),
            checkpoints: database.collection(names::FEED_CHECKPOINTS),
            counters: database.collection(names::COUNTERS),
            markers: database.collection(names::FEED_MARKERS),
            records: IdempotencyRecords::new(&database, max_records, metrics.keys_kept.clone()),
            code_index: CodeIndex::new(&database),
            invalid_documents: InvalidDocuments::default(),
            commit_queue: CommitQueue::start(sessions.clone(), handle, metrics.clone()),
            sessions,
            clock: ServerClock::default(),
            hold,
            chat_lock: Mutex::default(),
            cart_locks: StripedLock::default(),
            metrics,
            database,
        }
    }

    /// A session for a write whose mark is needed.
    pub(super) async fn session(&self) -> Result<ClientSession> {
        self.database.client().start_session().await
    }
}
