//! Idempotency keys: a command and the record of its conclusion are one operation of the writer.

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::read_count;
use crate::domain::command::{Conclusion, Outcome};
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::timestamp::Timestamp;
use crate::metrics::Gauge;
use crate::store::idempotency::{decode, encode};
use crate::store::{Executed, RECORD_LIFE, StoreError, StoreResult};

/// Expired records that are deleted along with each new one: more than one, so that they become
/// fewer.
const TRIM: u32 = 20;

/// Bounds the records, and counts them.
#[derive(Debug, Clone)]
pub(super) struct Records {
    /// Most live records.
    pub(super) max: u64,
    pub(super) kept: Gauge,
}

/// Executes a command unless its key has a record, and saves the conclusion.
pub(super) fn run_once(
    conn: &Connection,
    records: &Records,
    key: &IdempotencyKey,
    command: impl FnOnce() -> StoreResult<Conclusion>,
) -> StoreResult<Executed> {
    let now = Timestamp::now();
    if let Some(bytes) = find(conn, key, now)? {
        return Ok(Executed {
            saved: decode(bytes)?,
            replayed: true,
        });
    }
    make_space(conn, records, key, now)?;
    let conclusion = command()?;
    save(conn, key, &conclusion, now)?;
    Ok(Executed::first(conclusion))
}

/// Runs a command so that a refusal undoes what it wrote and becomes a conclusion; any other error
/// ends the operation.
pub(super) fn conclude(
    conn: &Connection,
    command: impl FnOnce() -> StoreResult<Outcome>,
) -> StoreResult<Conclusion> {
    conn.prepare_cached("SAVEPOINT command")?.execute([])?;
    let conclusion = match command() {
        Ok(outcome) => Conclusion::Done(outcome),
        Err(StoreError::Refused(refusal)) => {
            conn.prepare_cached("ROLLBACK TO command")?.execute([])?;
            Conclusion::Refused(refusal)
        }
        Err(failure) => return Err(failure),
    };
    conn.prepare_cached("RELEASE command")?.execute([])?;
    Ok(conclusion)
}

fn find(conn: &Connection, key: &IdempotencyKey, now: Timestamp) -> StoreResult<Option<Vec<u8>>> {
    let record = conn
        .prepare_cached(
            "SELECT fingerprint, answer FROM answers WHERE key = ? AND answered_at > ?",
        )?
        .query_row(params![key.id(), expired(now)], |row| {
            Ok((row.get::<_, [u8; 32]>(0)?, row.get(1)?))
        })
        .optional()?;
    match record {
        Some((fingerprint, _)) if fingerprint != key.fingerprint() => {
            Err(StoreError::IdempotencyMismatch)
        }
        found => Ok(found.map(|(_, bytes)| bytes)),
    }
}

/// Deletes some expired records and refuses a new one beyond the bound.
fn make_space(
    conn: &Connection,
    records: &Records,
    key: &IdempotencyKey,
    now: Timestamp,
) -> StoreResult<()> {
    trim(conn, key, now)?;
    let count = conn
        .prepare_cached("SELECT answers FROM answer_tally")?
        .query_row([], read_count)?;
    records.kept.set(i64::try_from(count).unwrap_or(i64::MAX));
    if count >= records.max {
        return Err(StoreError::KeysExhausted);
    }
    Ok(())
}

/// Deletes a few of the oldest expired records, and this key's if it is one.
fn trim(conn: &Connection, key: &IdempotencyKey, now: Timestamp) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "DELETE FROM answers WHERE row IN (SELECT row FROM answers WHERE answered_at <= ? \
         ORDER BY answered_at LIMIT ?)",
    )?
    .execute(params![expired(now), TRIM])?;
    conn.prepare_cached("DELETE FROM answers WHERE key = ? AND answered_at <= ?")?
        .execute(params![key.id(), expired(now)])
        .map(drop)
}

/// Records up to this moment have expired.
fn expired(now: Timestamp) -> i64 {
    now.millis() - RECORD_LIFE.as_millis() as i64
}

fn save(
    conn: &Connection,
    key: &IdempotencyKey,
    conclusion: &Conclusion,
    now: Timestamp,
) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO answers (key, fingerprint, answered_at, answer) VALUES (?, ?, ?, ?)",
    )?
    .execute(params![
        key.id(),
        key.fingerprint(),
        now.millis(),
        encode(conclusion)
    ])
    .map(drop)
}
