//! The schema's versions and migrations.

use rusqlite::{Connection, TransactionBehavior};

/// Each migration leads to the version that is its place here, from 1.
const MIGRATIONS: [&str; 6] = [
    include_str!("migrations/0001_shop.sql"),
    include_str!("migrations/0002_orders.sql"),
    include_str!("migrations/0003_answers.sql"),
    include_str!("migrations/0004_holds.sql"),
    include_str!("migrations/0005_mutes.sql"),
    include_str!("migrations/0006_catalogue.sql"),
];

/// Set by the first migration in the file's header.
const APPLICATION_ID: i64 = 0x5669_7472;

/// The kind of a file, by its header and schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileKind {
    /// A database without a schema.
    Empty,
    /// A data file that an earlier program made: it can be migrated.
    Earlier,
    Current,
    /// A data file that a newer program has migrated.
    Newer {
        version: i64,
        /// The last version that this program knows.
        known: i64,
    },
    /// A database of another program.
    Foreign,
}

/// Inspects a file without changing it.
pub(super) fn inspect(conn: &Connection) -> rusqlite::Result<FileKind> {
    let version = user_version(conn)?;
    let application: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let known = MIGRATIONS.len() as i64;
    Ok(match version {
        _ if application != APPLICATION_ID && (tables > 0 || version != 0) => FileKind::Foreign,
        ..=0 => FileKind::Empty,
        _ if version > known => FileKind::Newer { version, known },
        _ if version < known => FileKind::Earlier,
        _ => FileKind::Current,
    })
}

/// Migrates an empty or earlier file to the newest version.
pub(super) fn migrate(conn: &mut Connection) -> rusqlite::Result<()> {
    run_migrations(conn, &MIGRATIONS)
}

/// Runs each new migration in one transaction with its version number, so that a crash leaves the
/// file before or after it.
fn run_migrations(conn: &mut Connection, migrations: &[&str]) -> rusqlite::Result<()> {
    let current = user_version(conn)?;
    let new = (1..).zip(migrations);
    for (version, sql) in new.filter(|(version, _)| *version > current) {
        let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(sql)?;
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
    fn an_empty_file_is_migrated_and_stays_usable() {
        let mut conn = Connection::open_in_memory().unwrap();
        assert_eq!(inspect(&conn), Ok(FileKind::Empty));
        run_migrations(&mut conn, &MIGRATIONS[..1]).unwrap();
        assert_eq!(inspect(&conn), Ok(FileKind::Earlier));
        migrate(&mut conn).unwrap();
        migrate(&mut conn).unwrap();
        assert_eq!(user_version(&conn), Ok(MIGRATIONS.len() as i64));
        assert_eq!(inspect(&conn), Ok(FileKind::Current));
    }

    #[test]
    fn a_later_version_is_recognised() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        conn.pragma_update(None, "user_version", 1000).unwrap();
        let found = inspect(&conn).unwrap();
        assert!(
            matches!(found, FileKind::Newer { version: 1000, .. }),
            "{found:?}"
        );
    }

    #[test]
    fn a_database_of_another_program_is_recognised() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("CREATE TABLE notes (text TEXT)")
            .unwrap();
        assert_eq!(inspect(&conn), Ok(FileKind::Foreign));
    }

    #[test]
    fn only_new_migrations_run_and_a_failure_leaves_the_former_version() {
        let mut conn = Connection::open_in_memory().unwrap();
        let first = "CREATE TABLE a (x)";
        run_migrations(&mut conn, &[first]).unwrap();

        let broken = "CREATE TABLE b (x); CREATE TABLE a (x)";
        run_migrations(&mut conn, &[first, broken]).unwrap_err();
        assert_eq!(user_version(&conn), Ok(1));

        run_migrations(&mut conn, &[first, "CREATE TABLE b (x)"]).unwrap();
        assert_eq!(user_version(&conn), Ok(2));
    }
}
