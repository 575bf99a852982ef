//! A copy of a data file in one state of it, taken beside the process that writes it, with the images
//! that its products name.
//!
//! The copy is a database as any other. Images lie in it as a SQLite archive does it (table `sqlar`),
//! so that `sqlite3 FILE -A -x` takes them out without this program.

use std::io::{self, Read, Write};
use std::path::Path;

use rusqlite::blob::Blob;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::connection::{open_reader, refusal};
use super::schema::{self, Found};
use super::whole;
use crate::store::open::OpenError;

/// The folder of images in the archive.
const FOLDER: &str = "uploads/";
/// The table of SQLite archives (https://www.sqlite.org/sqlar.html); contents of full size are not
/// compressed.
const ARCHIVE: &str = "CREATE TABLE sqlar (name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, \
                       data BLOB)";
/// Mode of an ordinary file in an archive.
const FILE_MODE: u32 = 0o100_644;

/// A copy on its way.
#[derive(Debug)]
pub struct Snapshot(Connection);

impl Snapshot {
    /// Copies the file `from` into the empty file `into`.
    ///
    /// # Errors
    /// There is no such file, it is not ours, it is damaged, or the disk is full.
    pub fn take(from: &Path, into: &Path) -> Result<Self, OpenError> {
        let told = |error: rusqlite::Error| told(from, &error);
        let source = open_ours(from)?;
        copy(&source, into).map_err(told)?;
        let conn = open_draft(into).map_err(told)?;
        check(&conn).map_err(|reason| OpenError::new(format!("{}: {reason}", from.display())))?;
        conn.execute_batch("DROP TABLE IF EXISTS sqlar")
            .and_then(|()| conn.execute_batch(ARCHIVE))
            .map_err(told)?;
        Ok(Self(conn))
    }

    /// The first name of an image behind `after` that a product of the copy has.
    ///
    /// # Errors
    /// The copy cannot be read.
    pub fn image_behind(&self, after: &str) -> io::Result<Option<String>> {
        let sql = "SELECT name FROM thumbnail_names WHERE name > ? ORDER BY name LIMIT 1";
        let name = self
            .0
            .prepare_cached(sql)
            .and_then(|mut found| found.query_row([after], |row| row.get(0)).optional());
        name.map_err(io::Error::other)
    }

    /// Puts an image of so many bytes into the copy.
    ///
    /// # Errors
    /// It cannot be read to its end, or the copy cannot be written.
    pub fn add_image(&self, name: &str, size: u64, content: &mut dyn Read) -> io::Result<()> {
        let bytes = i64::try_from(size).map_err(io::Error::other)?;
        let sql =
            "INSERT INTO sqlar (name, mode, mtime, sz, data) VALUES (?, ?, 0, ?, zeroblob(?))";
        let row = (|| {
            let name = format!("{FOLDER}{name}");
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
                format!("the image {name} has changed while it was read"),
            ));
        }
        blob.flush()
    }

    /// Finishes the copy.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn close(self) -> io::Result<()> {
        self.0.close().map_err(|(_, error)| io::Error::other(error))
    }
}

/// Images of an archive, which may have none.
#[derive(Debug)]
pub(super) struct Archive<'a>(pub(super) &'a Connection);

impl<'a> Archive<'a> {
    pub(super) fn is_there(&self) -> rusqlite::Result<bool> {
        self.0.table_exists(Some("main"), "sqlar")
    }

    /// The first name of an image behind `after`, and its row.
    pub(super) fn image_behind(&self, after: &str) -> rusqlite::Result<Option<(String, i64)>> {
        let sql = "SELECT name, rowid FROM sqlar WHERE name > ? AND name GLOB 'uploads/*' \
                   AND length(data) = sz ORDER BY name LIMIT 1";
        let after = format!("{FOLDER}{after}");
        self.0
            .prepare_cached(sql)?
            .query_row([after], |row| {
                let name: String = row.get(0)?;
                Ok((name[FOLDER.len()..].to_owned(), row.get(1)?))
            })
            .optional()
    }

    pub(super) fn content(&self, row: i64) -> rusqlite::Result<Blob<'a>> {
        self.0.blob_open("main", "sqlar", "data", row, true)
    }
}

/// Opens a file of ours that is not to be changed.
pub(super) fn open_ours(path: &Path) -> Result<Connection, OpenError> {
    if !path.is_file() {
        return Err(OpenError::new(format!(
            "there is no file {}",
            path.display()
        )));
    }
    whole::refuse_cut(path)?;
    let told = |error: rusqlite::Error| told(path, &error);
    let conn = open_reader(path).map_err(told)?;
    match schema::inspect(&conn).map_err(told)? {
        Found::Usable if schema::is_of_ours(&conn).map_err(told)? => Ok(conn),
        Found::Usable => Err(OpenError::new(format!("{} holds no shop", path.display()))),
        found => Err(refusal(path, found)),
    }
}

/// Copies a database, in one state of it, into a file that is empty or not there.
pub(super) fn copy(source: &Connection, into: &Path) -> rusqlite::Result<()> {
    let into = into
        .to_str()
        .ok_or_else(|| rusqlite::Error::InvalidPath(into.to_owned()))?;
    source.execute("VACUUM INTO ?", [into]).map(drop)
}

/// Opens a copy that is nobody's yet: a crash leaves nothing that anybody would take for whole.
pub(super) fn open_draft(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    Ok(conn)
}

/// Looks whether a database is whole.
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

pub(super) fn told(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.display();
    OpenError::new(match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => return OpenError::disk_full(),
        Some(rusqlite::ErrorCode::NotADatabase) => format!("{path} is no SQLite database"),
        Some(rusqlite::ErrorCode::DatabaseCorrupt) => format!("{path} is damaged: {error}"),
        _ => format!("{path} cannot be copied: {error}"),
    })
}
