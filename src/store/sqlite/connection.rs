//! The file and its connections.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OpenFlags};

use super::integrity::refuse_truncated;
use super::schema::{self, FileKind};
use crate::store::OpenError;

/// How long to wait for another program (a backup, a shell) that locks the database; shorter than
/// the time limit of a request.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);
/// Prepared statements that a connection caches.
const MAX_STATEMENTS: usize = 64;
/// Size to which the write-ahead log is cut after a large burst, in bytes.
const MAX_LOG_BYTES: i64 = 16 * 1024 * 1024;

/// The canonical path of the data file, absolute and without links, so that one file has one lock.
/// Creates missing directories.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, OpenError> {
    let name = path
        .file_name()
        .ok_or_else(|| OpenError::new(format!("{} is not a file name", path.display())))?;
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory).map_err(|error| {
        OpenError::new(format!(
            "cannot create the directory {}: {error}",
            directory.display()
        ))
    })?;
    if path.is_dir() {
        return Err(OpenError::new(format!("{} is a directory", path.display())));
    }
    fs::canonicalize(path)
        .or_else(|_| fs::canonicalize(directory).map(|directory| directory.join(name)))
        .map_err(|error| OpenError::new(format!("cannot use {}: {error}", path.display())))
}

/// Opens the writing connection and brings the schema up to date. A file that is refused is not
/// changed.
pub(super) fn open_writer(path: &Path) -> Result<Connection, OpenError> {
    let failed = |error: rusqlite::Error| {
        let reason = match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => "it is not a SQLite database".to_owned(),
            _ => error.to_string(),
        };
        OpenError::new(format!("cannot open {}: {reason}", path.display()))
    };
    refuse_truncated(path)?;
    let mut conn = connect(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    )
    .map_err(failed)?;
    // Otherwise closing would write another program's log into its file.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map_err(failed)?;
    match schema::inspect(&conn).map_err(failed)? {
        FileKind::Empty | FileKind::Earlier | FileKind::Current => {}
        kind => return Err(refusal(path, kind)),
    }
    if conn.is_readonly("main").map_err(failed)? {
        return Err(OpenError::new(format!(
            "{} cannot be written",
            path.display()
        )));
    }
    configure_writer(&conn).map_err(failed)?;
    schema::migrate(&mut conn).map_err(failed)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        .map_err(failed)?;
    Ok(conn)
}

/// Why a file cannot be used.
pub(super) fn refusal(path: &Path, kind: FileKind) -> OpenError {
    let path = path.display();
    OpenError::new(match kind {
        FileKind::Newer { version, known } => format!(
            "{path} has schema version {version}, made by a newer Vitrina; this one knows {known}"
        ),
        _ => format!("{path} is a database of another program"),
    })
}

fn configure_writer(conn: &Connection) -> rusqlite::Result<()> {
    let mode: String =
        conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        // Without shared memory there can be no readers beside the writer.
        return Err(rusqlite::Error::InvalidParameterName(format!(
            "the file system does not support a write-ahead log (journal mode {mode})"
        )));
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update_and_check(None, "journal_size_limit", MAX_LOG_BYTES, |_| Ok(()))?;
    set_secure_delete(conn, "FAST")
}

/// How deleted rows are overwritten: `FAST` only where it costs no further write, `ON` always.
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
    // One thread at a time uses a connection, so it needs no mutex.
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_prepared_statement_cache_capacity(MAX_STATEMENTS);
    // One plan per statement. Without this, SQLite plans again for every value of a bound LIMIT and
    // of a parameter beside an ORDER BY, which was slower than reading a page of ten.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(conn)
}
