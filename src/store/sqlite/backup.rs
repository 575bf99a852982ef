//! A consistent copy of a data file, taken while another process may write it, with the images that
//! its products name.
//!
//! The copy is an ordinary database. Its images are stored as in a SQLite archive (table `sqlar`),
//! so `sqlite3 FILE -A -x` extracts them without this program.

use std::io::{self, Read, Write};
use std::path::Path;

use rusqlite::blob::Blob;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::connection::{open_reader, refusal};
use super::integrity;
use super::schema::{self, FileKind};
use crate::store::OpenError;

/// The directory of images in the archive.
const DIRECTORY: &str = "uploads/";
/// The table of SQLite archives (https://www.sqlite.org/sqlar.html). Content that is as long as
/// `sz` is not compressed.
const ARCHIVE: &str = "CREATE TABLE sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, \
                       data BLOB)";
/// Mode of an ordinary file in an archive.
const FILE_MODE: u32 = 0o100_644;

/// A copy in the making.
#[derive(Debug)]
pub struct Snapshot(Connection);

impl Snapshot {
    /// Copies the data file `from` into the empty file `into`, and refuses a damaged one.
    pub fn take(from: &Path, into: &Path) -> Result<Self, OpenError> {
        let failed = |error: rusqlite::Error| copy_failed(from, &error);
        let source = open_data_file(from)?;
        copy(&source, into).map_err(failed)?;
        let conn = open_draft(into).map_err(failed)?;
        check(&conn).map_err(|reason| OpenError::new(format!("{}: {reason}", from.display())))?;
        conn.execute_batch("DROP TABLE IF EXISTS sqlar")
            .and_then(|()| conn.execute_batch(ARCHIVE))
            .map_err(failed)?;
        Ok(Self(conn))
    }

    /// The first image name after `after`, in the order of names, of a product in the copy.
    pub fn next_image(&self, after: &str) -> io::Result<Option<String>> {
        let sql = "SELECT name FROM thumbnail_names WHERE name > ? ORDER BY name LIMIT 1";
        let name = self
            .0
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row([after], |row| row.get(0)).optional());
        name.map_err(io::Error::other)
    }

    /// Adds an image of `size` bytes to the copy.
    pub fn add_image(&self, name: &str, size: u64, content: &mut dyn Read) -> io::Result<()> {
        let bytes = i64::try_from(size).map_err(io::Error::other)?;
        let sql =
            "INSERT INTO sqlar (name, mode, mtime, sz, data) VALUES (?, ?, 0, ?, zeroblob(?))";
        let row = (|| {
            let name = format!("{DIRECTORY}{name}");
            self.0
                .prepare_cached(sql)?
                .execute(params![name, FILE_MODE, bytes, bytes])?;
            Ok::<_, rusqlite::Error>(self.0.last_insert_rowid())
        })();
        let row = row.map_err(io::Error::other)?;
        let blob = self.0.blob_open("main", "sqlar", "data", row, false);
        let mut blob = blob.map_err(io::Error::other)?;
        let copied = io::copy(&mut content.take(size), &mut blob)?;
        if copied < size {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the image {name} changed while it was read"),
            ));
        }
        blob.flush()
    }

    /// Finishes the copy.
    pub fn close(self) -> io::Result<()> {
        self.0.close().map_err(|(_, error)| io::Error::other(error))
    }
}

/// The first image of a backup after the name `after`. A backup may have no archive.
pub(super) fn next_image<'a>(
    backup: &'a Connection,
    after: &str,
) -> rusqlite::Result<Option<(String, Blob<'a>)>> {
    if !backup.table_exists(Some("main"), "sqlar")? {
        return Ok(None);
    }
    let sql = "SELECT name, rowid FROM sqlar WHERE name > ? AND name GLOB 'uploads/*' \
               AND length(data) = sz ORDER BY name LIMIT 1";
    let found: Option<(String, i64)> = backup
        .prepare_cached(sql)?
        .query_row([format!("{DIRECTORY}{after}")], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    let with_content = |(name, row): (String, i64)| {
        let content = backup.blob_open("main", "sqlar", "data", row, true)?;
        Ok((name[DIRECTORY.len()..].to_owned(), content))
    };
    found.map(with_content).transpose()
}

/// Opens a data file for reading only.
pub(super) fn open_data_file(path: &Path) -> Result<Connection, OpenError> {
    if !path.is_file() {
        return Err(OpenError::new(format!(
            "there is no file {}",
            path.display()
        )));
    }
    integrity::refuse_truncated(path)?;
    let failed = |error: rusqlite::Error| copy_failed(path, &error);
    let conn = open_reader(path).map_err(failed)?;
    match schema::inspect(&conn).map_err(failed)? {
        FileKind::Earlier | FileKind::Current => Ok(conn),
        FileKind::Empty => Err(OpenError::new(format!("{} is empty", path.display()))),
        kind => Err(refusal(path, kind)),
    }
}

/// Copies a database consistently into a file that is empty or missing.
pub(super) fn copy(source: &Connection, into: &Path) -> rusqlite::Result<()> {
    let into = into
        .to_str()
        .ok_or_else(|| rusqlite::Error::InvalidPath(into.to_owned()))?;
    source.execute("VACUUM INTO ?", [into]).map(drop)
}

/// Opens an unfinished copy. It needs no journal, because an unfinished copy is never used.
pub(super) fn open_draft(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    Ok(conn)
}

/// Checks the integrity of a database; the error is a reason without the file's name.
pub(super) fn check(conn: &Connection) -> Result<(), String> {
    let found = conn.query_row("PRAGMA integrity_check(1)", [], |row| {
        row.get::<_, String>(0)
    });
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(format!("it is damaged: {}", found.replace('\n', " "))),
        Err(error) => Err(format!("it is damaged: {error}")),
    }
}

pub(super) fn copy_failed(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.display();
    OpenError::new(match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => return OpenError::DiskFull,
        Some(rusqlite::ErrorCode::NotADatabase) => format!("{path} is not a SQLite database"),
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => format!("{path} is damaged: {error}"),
        _ => format!("{path} cannot be copied: {error}"),
    })
}
