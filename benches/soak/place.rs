//! Where the data of a run lies.

use std::process::Command;

use clap::ValueEnum;
use tempfile::TempDir;

use crate::command::without_settings;
use crate::mongo::{Database, Server};
use crate::{Outcome, VITRINA};

/// Which store a shop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StoreKind {
    /// A file
    Sqlite,
    /// A database of the server that VITRINA_TEST_MONGODB names, or of one that is started
    Mongodb,
}

/// Data that is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    database: Option<Database>,
    folder: TempDir,
}

impl Place {
    /// An empty place.
    pub(crate) fn new(kind: StoreKind) -> Outcome<Self> {
        let database = match kind {
            StoreKind::Sqlite => None,
            StoreKind::Mongodb => {
                let server = Server::find().map_err(|error| error.to_string())?;
                let process = server.pid.map_or("elsewhere".into(), |pid| pid.to_string());
                crate::figures::say(&format!("  MongoDB's process: {process}"));
                Some(server.database("soak"))
            }
        };
        Ok(Self {
            database,
            folder: tempfile::tempdir()?,
        })
    }

    /// The command that starts a shop here.
    pub(crate) fn command(&self, listen: &str) -> Command {
        let store = match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", self.folder.path().join("shop.db").display()),
        };
        let mut command = without_settings(VITRINA);
        command
            .args(["--listen", listen, "--store", &store])
            .arg("--uploads")
            .arg(self.folder.path().join("uploads"));
        command
    }
}
