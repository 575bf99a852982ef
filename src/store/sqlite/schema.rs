//! The versions of the schema, and the way from each to the next.

use rusqlite::{Connection, TransactionBehavior};

/// Each text leads from the version before it to its own, which is its place here, from 1.
const MIGRATIONS: [&str; 5] = [
    include_str!("migrations/0001_shop.sql"),
    include_str!("migrations/0002_orders.sql"),
    include_str!("migrations/0003_answers.sql"),
    include_str!("migrations/0004_holds.sql"),
    include_str!("migrations/0005_mutes.sql"),
];

/// The mark that the first migration leaves in the file's header.
const APPLICATION_ID: i64 = 0x5669_7472;

/// What a file is, before anything was changed in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// An empty database, or one of ours with a version that we know.
    Usable,
    /// One of ours that a later program has changed.
    Newer {
        /// Its version.
        version: i64,
        /// The last version that we know.
        known: i64,
    },
    /// A database of some other program.
    Foreign,
}

/// Looks at a file without changing it.
pub(super) fn inspect(conn: &Connection) -> rusqlite::Result<Found> {
    let version = user_version(conn)?;
    let mark: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    Ok(if mark != APPLICATION_ID && (tables > 0 || version != 0) {
        Found::Foreign
    } else if version > known {
        Found::Newer { version, known }
    } else {
        Found::Usable
    })
}

/// Whether a usable file has a schema of ours at all.
pub(super) fn is_of_ours(conn: &Connection) -> rusqlite::Result<bool> {
    Ok(user_version(conn)? > 0)
}

/// Whether a usable file has this program's version.
pub(super) fn is_current(conn: &Connection) -> rusqlite::Result<bool> {
    Ok(user_version(conn)? == MIGRATIONS.len() as i64)
}

/// Brings a usable file to the newest version.
pub(super) fn migrate(conn: &mut Connection) -> rusqlite::Result<()> {
    migrate_by(conn, &MIGRATIONS)
}

/// Runs what the file has not seen yet, each text in its own transaction together with its number,
/// so that a crash leaves the file before or after a migration, never within.
fn migrate_by(conn: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    let seen = user_version(conn)?;
    for (version, text) in (1..).zip(migrations).filter(|(version, _)| *version > seen) {
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(text)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
        log::info!("schema version={version}");
    }
    Ok(())
}

fn user_version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_becomes_ours_and_stays_so() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert_eq!(inspect(&conn), Ok(Found::Usable));
        migrate(&mut conn).unwrap();
        migrate(&mut conn).unwrap();
        assert_eq!(user_version(&conn), Ok(MIGRATIONS.len() as i64));
        assert_eq!(inspect(&conn), Ok(Found::Usable));
    }

    #[test]
    fn a_later_version_is_told() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        conn.pragma_update(None, "user_version", 1000).unwrap();
        let found = inspect(&conn).unwrap();
        assert!(
            matches!(found, Found::Newer { version: 1000, .. }),
            "{found:?}"
        );
    }

    #[test]
    fn a_database_of_another_program_is_told() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE notes (text TEXT)")
            .unwrap();
        assert_eq!(inspect(&conn), Ok(Found::Foreign));
    }

    #[test]
    fn only_what_is_new_runs_and_a_failure_leaves_the_version_before_it() {
        let mut conn = Connection::open_in_memory().unwrap();
        let first = "CREATE TABLE a (x)";
        migrate_by(&mut conn, &[first]).unwrap();

        let broken = "CREATE TABLE b (x); CREATE TABLE a (x)";
        migrate_by(&mut conn, &[first, broken]).unwrap_err();
        assert_eq!(user_version(&conn), Ok(1));

        migrate_by(&mut conn, &[first, "CREATE TABLE b (x)"]).unwrap();
        assert_eq!(user_version(&conn), Ok(2));
    }
}
