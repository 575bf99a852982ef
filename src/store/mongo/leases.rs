//! Leases on sessions, by which the transactions of a process that died are found and ended.
//!
//! Each process that runs transactions keeps one record: the ids of its sessions, and until when
//! it certainly lives. A process that meets a lock, or starts, kills the sessions of records that
//! have run out. To kill those of a process that lives after all is harmless: its transaction is
//! undone, and tried again.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use mongodb::error::Result;
use mongodb::{Client, Collection, Database};

use super::collections::name;

/// How long a lease holds, by the database's clock: shorter than an operation tries again, so that
/// whoever waits for a dead process's lock gets through.
const LEASE: Duration = Duration::from_secs(2);

/// The leases of all processes, and this one's own.
#[derive(Debug)]
pub(super) struct Leases {
    client: Client,
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
    pub(super) fn new(client: Client, database: &Database) -> Self {
        Self {
            client,
            records: database.collection(name::LEASES),
            process: ObjectId::new(),
            own: Mutex::default(),
        }
    }

    /// Makes sure that a session is on record, and that the record holds for a while.
    pub(super) async fn hold(&self, session: &Document) -> Result<()> {
        if self.is_held(session) {
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
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.renewed = Some(asked);
        own.sessions.insert(session.to_string());
        Ok(())
    }

    fn is_held(&self, session: &Document) -> bool {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let is_young = |renewed: Instant| renewed.elapsed() < LEASE / 2;
        own.renewed.is_some_and(is_young) && own.sessions.contains(&session.to_string())
    }

    /// Kills the sessions of processes whose leases have run out, and forgets them.
    pub(super) async fn end_expired(&self) -> Result<()> {
        let expired = doc! {
            "_id": { "$ne": self.process },
            "$expr": { "$lt": ["$until", "$$NOW"] },
        };
        let records: Vec<_> = self.records.find(expired).await?.try_collect().await?;
        for record in records {
            if let Ok(sessions) = record.get_array("sessions") {
                kill(&self.client, sessions.clone()).await?;
                log::info!("{} sessions of a dead process were ended", sessions.len());
            }
            let as_read = doc! { "_id": record.get("_id"), "until": record.get("until") };
            self.records.delete_one(as_read).await?;
        }
        Ok(())
    }
}

/// Ends sessions, and with them whatever they have under way.
pub(super) async fn kill(client: &Client, sessions: Vec<Bson>) -> Result<()> {
    // The server takes none for all that it has.
    if sessions.is_empty() {
        return Ok(());
    }
    let kill = doc! { "killSessions": sessions };
    client.database("admin").run_command(kill).await.map(drop)
}
