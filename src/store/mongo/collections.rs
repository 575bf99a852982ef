//! The collections of the shop, and what every operation on them needs.

use std::sync::Arc;

use mongodb::bson::{Document, RawDocumentBuf};
use mongodb::{Client, Collection, Database};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::idempotency::IdempotencyRecords;
use super::clock::ServerClock;
use super::code_index::CodeIndex;
use super::invalid_documents::InvalidDocuments;
use super::sessions::Sessions;
use super::step_queue::{self, StepQueue};
use super::striped_lock::StripedLock;
use crate::domain::hold::HoldLength;
use crate::metrics::StoreMetrics;
use crate::store::StoreResult;

/// The names of the collections, as mongoose chose them where it made them.
pub(super) mod name {
    /// The catalogue.
    pub(in crate::store::mongo) const PRODUCTS: &str = "products";
    /// The carts.
    pub(in crate::store::mongo) const CARTS: &str = "carts";
    /// The chat.
    pub(in crate::store::mongo) const MESSAGES: &str = "messages";
    /// What was bought.
    pub(in crate::store::mongo) const ORDERS: &str = "orders";
    /// What was answered under idempotency keys.
    pub(in crate::store::mongo) const ANSWERS: &str = "idempotency_answers";
    /// Who may not write in the chat.
    pub(in crate::store::mongo) const MUTES: &str = "mutes";
    /// The last sequence number given.
    pub(in crate::store::mongo) const COUNTERS: &str = "counters";
    /// What the feed must still say of a deleted document.
    pub(in crate::store::mongo) const TOMBSTONES: &str = "tombstones";
    /// Which sessions run transactions, and whether their processes live.
    pub(in crate::store::mongo) const LEASES: &str = "leases";
    /// Marks that feeds write to know where they stand.
    pub(in crate::store::mongo) const MARKERS: &str = "feed_markers";
    /// Where feeds have been, so that later ones can go back.
    pub(in crate::store::mongo) const PLACES: &str = "feed_places";
}

/// A collection whose documents are read by hand.
pub(super) type Raw = Collection<RawDocumentBuf>;

/// Handles of the collections; operations are methods of this type, spread over the files that
/// are named after their nouns.
#[derive(Debug)]
pub(super) struct Collections {
    pub(super) client: Client,
    pub(super) database: Database,
    pub(super) products: Raw,
    pub(super) carts: Raw,
    pub(super) messages: Raw,
    pub(super) orders: Raw,
    pub(super) answers: Raw,
    pub(super) mutes: Raw,
    pub(super) counters: Collection<Document>,
    pub(super) tombstones: Raw,
    pub(super) markers: Collection<Document>,
    pub(super) places: Raw,
    pub(super) invalid_documents: InvalidDocuments,
    pub(super) code_index: CodeIndex,
    pub(super) records: IdempotencyRecords,
    /// How long what is put into a cart is kept for it.
    pub(super) hold: HoldLength,
    /// The clock that holds go by.
    pub(super) clock: ServerClock,
    /// Held while messages are appended.
    pub(super) chat_turn: Mutex<()>,
    pub(super) cart_locks: StripedLock,
    pub(super) sessions: Arc<Sessions>,
    /// What changes several documents at once.
    pub(super) steps: StepQueue,
    pub(super) metrics: StoreMetrics,
}

impl Collections {
    /// Handles of the database's collections, whose steps are written where the handle leads; what is put into carts is kept for so long, and at most
    /// `max_records` idempotency keys are taken.
    pub(super) fn new(
        client: Client,
        database: Database,
        handle: &Handle,
        hold: HoldLength,
        max_records: u64,
        metrics: StoreMetrics,
    ) -> Self {
        let sessions = Arc::new(Sessions::new(client.clone(), &database));
        Self {
            products: database.collection(name::PRODUCTS),
            carts: database.collection(name::CARTS),
            messages: database.collection(name::MESSAGES),
            orders: database.collection(name::ORDERS),
            answers: database.collection(name::ANSWERS),
            mutes: database.collection(name::MUTES),
            counters: database.collection(name::COUNTERS),
            tombstones: database.collection(name::TOMBSTONES),
            markers: database.collection(name::MARKERS),
            places: database.collection(name::PLACES),
            invalid_documents: InvalidDocuments::default(),
            code_index: CodeIndex::default(),
            records: IdempotencyRecords::new(max_records),
            hold,
            clock: ServerClock::default(),
            chat_turn: Mutex::default(),
            cart_locks: StripedLock::default(),
            steps: step_queue::open(sessions.clone(), database.clone(), handle, &metrics),
            metrics,
            sessions,
            client,
            database,
        }
    }
}

/// A document in the form in which collections take it.
pub(super) fn raw(document: &Document) -> StoreResult<RawDocumentBuf> {
    RawDocumentBuf::try_from(document).map_err(|error| mongodb::error::Error::from(error).into())
}
