//! Leases on sessions: they show which transactions belong to dead processes.
//!
//! Every process that runs transactions has one record, with the ids of its sessions and the time
//! until which it certainly lives.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Result;
use mongodb::{Client, Collection, Database};

use crate::store::mongo::names;

/// How long a lease is valid, by the server's clock. Shorter than `RETRY_FOR`: a command that meets
/// a dead process's lock gets through.
const LEASE: Duration = Duration::from_secs(2);

/// The records of all processes, and this process's own.
#[derive(Debug)]
pub(super) struct Leases {
    records: Collection<Document>,
    process: ObjectId,
    own: Mutex<OwnLease>,
}

#[derive(Debug, Default)]
struct OwnLease {
    renewed: Option<Instant>,
    sessions: HashSet<String>,
}

impl Leases {
    pub(super) fn new(database: &Database) -> Self {
        Self {
            records: database.collection(names::LEASES),
            process: ObjectId::new(),
            own: Mutex::default(),
        }
    }

    /// Makes sure that the lease includes a session, and is valid for a while.
    pub(super) async fn include(&self, session: &Document) -> Result<()> {
        if self.is_included(session) {
            return Ok(());
        }
        let asked = Instant::now();
        let id = Bson::Document(session.clone());
        let known = doc! { "$ifNull": ["$sessions", { "$literal": [] }] };
        let renewed = doc! { "$set": {
            "until": { "$add": ["$$NOW", LEASE.as_millis() as i64] },
            "sessions": { "$setUnion": [known, { "$literal": [id] }] },
        } };
        self.records
            .update_one(doc! { "_id": self.process }, vec![renewed])
            .upsert(true)
            .await?;
        let mut own = self.own();
        own.renewed = Some(asked);
        own.sessions.insert(session.to_string());
        Ok(())
    }

    fn is_included(&self, session: &Document) -> bool {
        let own = self.own();
        let is_recent = |renewed: Instant| renewed.elapsed() < LEASE / 2;
        own.renewed.is_some_and(is_recent) && own.sessions.contains(&session.to_string())
    }

    fn own(&self) -> MutexGuard<'_, OwnLease> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Kills the sessions of processes whose leases have expired, and deletes their records.
    pub(super) async fn kill_expired(&self) -> Result<()> {
        let expired = doc! {
            "_id": { "$ne": self.process },
            "$expr": { "$lt": ["$until", "$$NOW"] },
        };
        let records: Vec<_> = self.records.find(expired).await?.try_collect().await?;
        for record in records {
            if let Ok(sessions) = record.get_array("sessions") {
                kill(self.records.client(), sessions.clone()).await?;
                log::info!("killed {} sessions of a dead node", sessions.len());
            }
            let as_read = doc! { "_id": record.get("_id"), "until": record.get("until") };
            self.records.delete_one(as_read).await?;
        }
        Ok(())
    }
}

/// Kills sessions, and with them their open transactions.
pub(super) async fn kill(client: &Client, sessions: Vec<Bson>) -> Result<()> {
    // For the server an empty list means all sessions.
    if sessions.is_empty() {
        return Ok(());
    }
    let kill = doc! { "killSessions": sessions };
    client.database("admin").run_command(kill).await.map(drop)
}
