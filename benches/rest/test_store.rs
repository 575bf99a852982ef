//! The data of one shop.

use std::ffi::OsStr;
use std::process::Command;

use tempfile::TempDir;
use vitrina_test_support::Outcome;
use vitrina_test_support::command::without_settings;
use vitrina_test_support::mongo::Database;

/// An empty store; deleted when this is dropped.
#[derive(Debug)]
pub(crate) struct TestStore {
    database: Option<Database>,
    folder: TempDir,
}

impl TestStore {
    /// An SQLite file that does not exist yet.
    pub(crate) fn sqlite() -> Outcome<Self> {
        Ok(Self {
            database: None,
            folder: tempfile::tempdir()?,
        })
    }

    pub(crate) fn mongodb(database: Database) -> Outcome<Self> {
        Ok(Self {
            database: Some(database),
            folder: tempfile::tempdir()?,
        })
    }

    pub(crate) fn is_mongodb(&self) -> bool {
        self.database.is_some()
    }

    /// The command that starts a server on this store, at a free port.
    pub(crate) fn command(&self, binary: impl AsRef<OsStr>) -> Command {
        let store = match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", self.folder.path().join("shop.db").display()),
        };
        let mut command = without_settings(binary);
        command
            .args(["--listen", "127.0.0.1:0", "--store", &store, "--uploads"])
            .arg(self.folder.path().join("uploads"));
        command
    }
}
