//! Idempotency keys: a request and the record of its answer are one operation of the writer.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};

use super::{SqliteStore, carts, catalogue, chat, products, purchase};
use crate::domain::hold::HoldLength;
use crate::domain::idempotency::IdempotencyKey;
use crate::domain::ids::{CartId, ChatMessageId, OrderId, ProductId};
use crate::domain::timestamp::Timestamp;
use crate::metrics::Gauge;
use crate::store::{
    Effect, IdempotencyStore, KEPT_FOR, KeyedRequest, Once, Reply, StoreError, StoreResult,
};

/// Answers that have had their time and are deleted along with each one that is kept: more than one,
/// so that they grow fewer.
const STEP: u32 = 20;

#[async_trait]
impl IdempotencyStore for SqliteStore {
    async fn answer_once(&self, once: Once) -> StoreResult<Reply> {
        let (most, length) = (self.kept_answers, self.hold);
        let kept = self.metrics.keys_kept.clone();
        self.writer
            .write(move |conn| {
                let now = Timestamp::now();
                if let Some(known) = begin(conn, &once.key, (most, &kept), now)? {
                    return Ok(known);
                }
                let outcome = refusable(conn, once.request, length)?;
                keep(conn, &once.key, (once.answer)(outcome), now)
            })
            .await
    }

    async fn keep_answer(&self, key: IdempotencyKey, answer: Vec<u8>) -> StoreResult<Reply> {
        let (most, kept) = (self.kept_answers, self.metrics.keys_kept.clone());
        self.writer
            .write(move |conn| {
                let now = Timestamp::now();
                match begin(conn, &key, (most, &kept), now)? {
                    Some(known) => Ok(known),
                    None => keep(conn, &key, answer, now),
                }
            })
            .await
    }
}

/// The answer that is kept for a key; without one, makes room for it, of `most` that there may be. How many
/// there are is told.
fn begin(
    conn: &Connection,
    key: &IdempotencyKey,
    (most, told): (u64, &Gauge),
    now: Timestamp,
) -> StoreResult<Option<Reply>> {
    let kept = conn
        .prepare_cached(
            "SELECT fingerprint, answer FROM answers WHERE key = ? AND answered_at > ?",
        )?
        .query_row(params![key.id(), expired(now)], |row| {
            Ok((row.get::<_, [u8; 32]>(0)?, row.get(1)?))
        })
        .optional()?;
    match kept {
        Some((fingerprint, _)) if fingerprint != key.fingerprint() => {
            Err(StoreError::IdempotencyMismatch)
        }
        Some((_, answer)) => Ok(Some(Reply::Replayed(answer))),
        None => {
            trim(conn, key, now)?;
            let kept = conn
                .prepare_cached("SELECT answers FROM answer_tally")?
                .query_row([], catalogue::counted)?;
            told.set(i64::try_from(kept).unwrap_or(i64::MAX));
            if kept >= most {
                return Err(StoreError::KeysExhausted);
            }
            Ok(None)
        }
    }
}

/// Deletes a few of the oldest answers that have had their time, and this key's if it is one.
fn trim(conn: &Connection, key: &IdempotencyKey, now: Timestamp) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "DELETE FROM answers WHERE row IN (SELECT row FROM answers WHERE answered_at <= ? \
         ORDER BY answered_at LIMIT ?)",
    )?
    .execute(params![expired(now), STEP])?;
    conn.prepare_cached("DELETE FROM answers WHERE key = ? AND answered_at <= ?")?
        .execute(params![key.id(), expired(now)])
        .map(drop)
}

/// Answers up to this moment have had their time.
fn expired(now: Timestamp) -> i64 {
    now.millis() - KEPT_FOR.as_millis() as i64
}

fn keep(
    conn: &Connection,
    key: &IdempotencyKey,
    answer: Vec<u8>,
    now: Timestamp,
) -> StoreResult<Reply> {
    conn.prepare_cached(
        "INSERT INTO answers (key, fingerprint, answered_at, answer) VALUES (?, ?, ?, ?)",
    )?
    .execute(params![key.id(), key.fingerprint(), now.millis(), answer])?;
    Ok(Reply::First(answer))
}

/// Does a request. A refusal that is an answer takes back what it wrote, and is returned to be kept;
/// any other error ends the operation.
fn refusable(
    conn: &Connection,
    request: KeyedRequest,
    length: HoldLength,
) -> StoreResult<StoreResult<Effect>> {
    conn.prepare_cached("SAVEPOINT effect")?.execute([])?;
    let outcome = done(conn, request, length);
    match &outcome {
        Ok(_) => {}
        Err(refusal) if refusal.is_final() => {
            conn.prepare_cached("ROLLBACK TO effect")?.execute([])?;
        }
        Err(_) => return outcome.map(Ok),
    }
    conn.prepare_cached("RELEASE effect")?.execute([])?;
    Ok(outcome)
}

fn done(conn: &Connection, request: KeyedRequest, length: HoldLength) -> StoreResult<Effect> {
    match request {
        KeyedRequest::CreateProduct(new) => {
            let search = catalogue::search_text(&new.title, &new.description, &new.code);
            products::create(conn, ProductId::generate()?, new, &search).map(Effect::Product)
        }
        KeyedRequest::CreateCart(lines) => {
            carts::create(conn, CartId::generate()?, &lines, length).map(Effect::Cart)
        }
        KeyedRequest::AddToCart(cart, line) => {
            carts::add(conn, cart, line, length).map(Effect::Cart)
        }
        KeyedRequest::SetCartLine(cart, line) => {
            carts::set(conn, cart, line, length).map(Effect::Cart)
        }
        KeyedRequest::ReplaceCart(cart, lines) => {
            carts::replace(conn, cart, &lines, length).map(Effect::Cart)
        }
        KeyedRequest::RemoveCartLine(cart, product) => {
            carts::remove(conn, cart, product, length).map(Effect::Cart)
        }
        KeyedRequest::Purchase(cart, request) => {
            purchase::purchase(conn, OrderId::generate()?, cart, &request, length)
                .map(Effect::Purchase)
        }
        KeyedRequest::AppendMessage(new) => {
            chat::append(conn, ChatMessageId::generate()?, &new).map(Effect::Message)
        }
    }
}
