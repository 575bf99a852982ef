//! The data of one run.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use tempfile::TempDir;
use vitrina_test_support::Outcome;
use vitrina_test_support::command::without_settings;
use vitrina_test_support::mongo::{Database, Server};

/// Which store a shop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    /// A file
    Sqlite,
    /// A database of the server that VITRINA_TEST_MONGODB names, or of one that is started
    Mongodb,
}

/// An empty store and the program that opens it; the data is deleted when this is dropped.
#[derive(Debug)]
pub(crate) struct TestStore {
    program: PathBuf,
    database: Option<Database>,
    folder: TempDir,
}

impl TestStore {
    pub(crate) fn new(kind: StoreKind, program: &Path) -> Outcome<Self> {
        let database = match kind {
            StoreKind::Sqlite => None,
            StoreKind::Mongodb => {
                let server = find_server()?;
                let process = server.pid.map_or("remote".into(), |pid| pid.to_string());
                crate::report::print(&format!("  MongoDB's process: {process}"));
                Some(server.database("soak"))
            }
        };
        Ok(Self {
            program: program.to_owned(),
            database,
            folder: tempfile::tempdir()?,
        })
    }

    /// The command that starts a server on this store.
    pub(crate) fn command(&self, listen: &str) -> Command {
        let store = match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", self.folder.path().join("shop.db").display()),
        };
        let mut command = without_settings(&self.program);
        command
            .args(["--listen", listen, "--store", &store])
            .arg("--uploads")
            .arg(self.folder.path().join("uploads"));
        command
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        // Deleting a database blocks on a runtime of its own.
        let database = self.database.take();
        if std::thread::spawn(move || drop(database)).join().is_err() {
            eprintln!("the database of a run was not deleted");
        }
    }
}

/// On a thread of its own: it blocks on another runtime.
fn find_server() -> Outcome<Server> {
    let found = std::thread::spawn(Server::find).join();
    found.map_err(|_| "looking for MongoDB panicked")?
}
