//! Mutes: a row for each muted address.

use async_trait::async_trait;
use rusqlite::{Connection, params};

use super::SqliteStore;
use crate::domain::email::Email;
use crate::domain::mute::{MAX_MUTES, Mute};
use crate::domain::timestamp::Timestamp;
use crate::store::{MuteStore, Noun, StoreError, StoreResult};

#[async_trait]
impl MuteStore for SqliteStore {
    async fn mute(&self, mute: Mute) -> StoreResult<()> {
        self.writer.write(move |conn| keep(conn, &mute)).await
    }

    async fn unmute(&self, user: Email) -> StoreResult<()> {
        self.writer.write(move |conn| end(conn, &user)).await
    }

    async fn mutes(&self) -> StoreResult<Vec<Mute>> {
        self.points.at_once(list).await
    }
}

fn keep(conn: &Connection, mute: &Mute) -> StoreResult<()> {
    conn.prepare_cached("DELETE FROM mutes WHERE until <= ?")?
        .execute([Timestamp::now().millis()])?;
    conn.prepare_cached("INSERT OR REPLACE INTO mutes (user, until) VALUES (?, ?)")?
        .execute(params![mute.user.as_str(), mute.until.millis()])?;
    Ok(())
}

fn end(conn: &Connection, user: &Email) -> StoreResult<()> {
    let ended = conn
        .prepare_cached("DELETE FROM mutes WHERE user = ? AND until > ?")?
        .execute(params![user.as_str(), Timestamp::now().millis()])?;
    match ended {
        0 => Err(StoreError::NotFound(Noun::Mute)),
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

/// A row that somebody else wrote may hold no address.
fn mute((user, until): (String, i64)) -> Option<Mute> {
    Some(Mute {
        user: Email::parse(&user).ok()?,
        until: Timestamp::from_millis(until),
    })
}
