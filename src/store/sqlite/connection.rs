//! The file and its connections.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OpenFlags};

use super::schema::{self, Found};
use super::whole::refuse_cut;
use crate::store::open::OpenError;

/// How long to wait for a foreign program (a backup, a shell) that holds the database; below the
/// time in which a request has to be answered.
const BUSY: Duration = Duration::from_secs(2);
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;
/// What is left of the write-ahead log on the disk after a large burst, in bytes.
const LOG_BYTES: i64 = 16 * 1024 * 1024;

/// The one name of the data file: absolute and without links, so that one file has one lock. Makes
/// the folders that lead to it.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    let name = path
        .file_name()
        .ok_or_else(|| OpenError::new(format!("{} is no file name", path.display())))?;
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(|error| {
        OpenError::new(format!(
            "cannot make the folder {}: {error}",
            folder.display()
        ))
    })?;
    if path.is_dir() {
        return Err(OpenError::new(format!("{} is a folder", path.display())));
    }
    fs::canonicalize(path)
        .or_else(|_| fs::canonicalize(folder).map(|folder| folder.join(name)))
        .map_err(|error| OpenError::new(format!("cannot use {}: {error}", path.display())))
}

/// Opens the writing connection and brings the schema up to date. A file that is refused is left as
/// it was.
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let told = |error: rusqlite::Error| {
        let reason = match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => "it is no SQLite database".to_owned(),
            _ => error.to_string(),
        };
        OpenError::new(format!("cannot open {}: {reason}", path.display()))
    };
    refuse_cut(path)?;
    let mut conn = connect(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )
    .map_err(told)?;
    // Closing would otherwise write a foreign file's log into it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(told)?;
    refuse_strangers(path, schema::inspect(&conn).map_err(told)?)?;
    if conn.is_readonly("main").map_err(told)? {
        return Err(OpenError::new(format!(
            "{} cannot be written",
            path.display()
        )));
    }
    configure_writer(&conn).map_err(told)?;
    schema::migrate(&mut conn).map_err(told)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        .map_err(told)?;
    Ok(conn)
}

fn refuse_strangers(path: &Path, found: Found) -> Result<(), OpenError> {
    match found {
        Found::Usable => Ok(()),
        found => Err(refusal(path, found)),
    }
}

/// What to say of a file that is not ours to use.
pub(super) fn refusal(path: &Path, found: Found) -> OpenError {
    let path = path.display();
    OpenError::new(match found {
        Found::Newer { version, known } => format!(
            "{path} has schema version {version}, made by a newer Vitrina; this one knows {known}"
        ),
        Found::Usable | Found::Foreign => format!("{path} is a database of another program"),
    })
}

fn configure_writer(conn: &Connection) -> rusqlite::Result<()> {
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        // A file system without shared memory cannot have readers beside the writer.
        return Err(rusqlite::Error::InvalidParameterName(format!(
            "the file system takes no write-ahead log (journal mode {mode})"
        )));
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    set_secure_delete(conn, "FAST")
}

/// How thoroughly deleted rows are overwritten: `FAST` where it costs no further write, `ON` always.
pub(super) fn set_secure_delete(conn: &Connection, mode: &str) -> rusqlite::Result<()> {
    conn.pragma_update_and_check(None, "secure_delete", mode, |_| Ok(()))
}

/// Opens a connection that cannot write.
pub(super) fn open_reader(path: &Path) -> rusqlite::Result<Connection> {
    connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

/// Calls `moment` before and after each statement of the connection.
pub(super) fn watch(
    conn: &mut Connection,
    mut moment: impl FnMut() + Send + 'static,
) -> rusqlite::Result<()> {
    let both = TraceEventCodes::SQLITE_TRACE_STMT | TraceEventCodes::SQLITE_TRACE_PROFILE;
    conn.trace_v2(both, Some(move |_: TraceEvent<'_>| moment()))
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection is used by one thread at a time: its own mutex would be idle work.
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    // A plan is made once per statement. Without this, SQLite plans anew for every value of a bound LIMIT, and of a
    // parameter beside an ORDER BY, which took longer than to read a page of ten.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(conn)
}
