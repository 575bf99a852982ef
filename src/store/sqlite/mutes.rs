//! Mutes.

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::store::SqliteStore;
use crate::domain::email::Email;
use crate::domain::mute::{MAX_MUTES, Mute};
use crate::domain::refusal::{Refusal, Resource};
use crate::domain::timestamp::Timestamp;
use crate::store::{MuteStore, StoreResult};

#[async_trait]
impl MuteStore for SqliteStore {
    async fn mute(&self, mute: Mute) -> StoreResult<()> {
        self.writer.write(move |conn| save(conn, &mute)).await
    }

    async fn unmute(&self, user: Email) -> StoreResult<()> {
        self.writer.write(move |conn| delete(conn, &user)).await
    }

    async fn mutes(&self) -> StoreResult<Vec<Mute>> {
        self.points.read_inline(list).await
    }
}

fn save(conn: &Connection, mute: &Mute) -> StoreResult<()> {
    conn.prepare_cached("DELETE FROM mutes WHERE until <= ?")?
        .execute([Timestamp::now().millis()])?;
    conn.prepare_cached("INSERT OR REPLACE INTO mutes (user, until) VALUES (?, ?)")?
        .execute(params![mute.user.as_str(), mute.until.millis()])?;
    Ok(())
}

fn delete(conn: &Connection, user: &Email) -> StoreResult<()> {
    let deleted = conn
        .prepare_cached("DELETE FROM mutes WHERE user = ? AND until > ?")?
        .execute(params![user.as_str(), Timestamp::now().millis()])?;
    match deleted {
        0 => Err(Refusal::NotFound(Resource::Mute).into()),
        _ => Ok(()),
    }
}

fn list(conn: &Connection) -> StoreResult<Vec<Mute>> {
    let mut rows = conn.prepare_cached(
        "SELECT user, until FROM mutes WHERE until > ? ORDER BY until DESC, user LIMIT ?",
    )?;
    let limit = i64::try_from(MAX_MUTES).unwrap_or(i64::MAX);
    let rows = rows.query_map([Timestamp::now().millis(), limit], |row| {
        Ok((row.get::<_, String>(0)?, row.get(1)?))
    })?;
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(rows.into_iter().filter_map(mute).collect())
}

/// `None` for a row of another program without a valid address.
fn mute((user, until): (String, i64)) -> Option<Mute> {
    Some(Mute {
        user: Email::parse(&user).ok()?,
        until: Timestamp::from_millis(until),
    })
}
