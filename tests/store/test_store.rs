//! The data of one test: its own directory, or its own MongoDB database.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use mongodb::{Client, Database};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use vitrina::domain::hold::HoldLength;
use vitrina::domain::ids::CartId;
use vitrina::store::open::StoreUrl;
use vitrina::store::{OpenError, SharedStore, open};
use vitrina_test_support::test_mongo;

/// A test that takes longer hangs.
const TEST_TIMEOUT: Duration = Duration::from_secs(120);

/// An empty store. Dropping it deletes the data, also after a panic.
pub(crate) enum TestStore {
    Sqlite(TempDir),
    Mongo {
        /// The server's URL with the database.
        url: String,
        database: String,
    },
}

impl TestStore {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a temporary directory"))
    }

    /// `None` without a server: then the test must return, and is reported as not run.
    pub(crate) fn mongo() -> Option<Self> {
        let server = test_mongo::server()?;
        let random = CartId::generate().expect("random bytes");
        let database = format!("vitrina_test_{random}");
        Some(Self::Mongo {
            url: with_database(&server, &database),
            database,
        })
    }

    /// Another empty store of the same kind.
    pub(crate) fn another(&self) -> Self {
        match self {
            Self::Sqlite(_) => Self::sqlite(),
            Self::Mongo { .. } => Self::mongo().expect("the server of this store"),
        }
    }

    /// Opens the store without holds.
    pub(crate) async fn open(&self) -> SharedStore {
        self.try_open().await.expect("an open store")
    }

    /// Opens the store with holds of this length.
    pub(crate) async fn open_with_holds(&self, length: Duration) -> SharedStore {
        let opened = self.try_open_with(HoldLength::new(length)).await;
        opened.expect("an open store")
    }

    pub(crate) async fn try_open(&self) -> Result<SharedStore, OpenError> {
        self.try_open_with(HoldLength::OFF).await
    }

    async fn try_open_with(&self, hold: HoldLength) -> Result<SharedStore, OpenError> {
        let url = match self {
            Self::Sqlite(_) => StoreUrl::Sqlite(self.file()),
            Self::Mongo { url, .. } => StoreUrl::Mongo(url.clone()),
        };
        open::open(&url, hold).await
    }

    /// The file or the database, which a description of the store must name.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Sqlite(_) => self.file().display().to_string(),
            Self::Mongo { database, .. } => database.clone(),
        }
    }

    /// The data file of SQLite.
    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(directory) => directory.path().join("shop.db"),
            Self::Mongo { .. } => panic!("a store on MongoDB has no file"),
        }
    }

    /// The MongoDB database as another program sees it.
    pub(crate) async fn database(&self) -> Database {
        let Self::Mongo { url, database } = self else {
            panic!("a store on SQLite has no database");
        };
        let client = Client::with_uri_str(url).await.expect("a client");
        client.database(database)
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if matches!(self, Self::Mongo { .. }) {
            let drop = async { self.database().await.drop().await };
            // On a thread without a runtime: a test may drop a store inside its own runtime.
            let dropped = std::thread::scope(|scope| {
                let dropping = scope.spawn(|| runtime().block_on(drop));
                dropping.join().expect("a thread that does not panic")
            });
            // A panic here would hide the one of the test.
            if let Err(error) = dropped {
                eprintln!("database {} was not deleted: {error}", self.name());
            }
        }
    }
}

/// Runs a test on its own runtime, with a time limit.
pub(crate) fn run(test: impl Future<Output = ()>) {
    runtime()
        .block_on(async { timeout(TEST_TIMEOUT, test).await })
        .expect("the test ends");
}

/// With several threads, so that parallel calls really run in parallel.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Inserts the name of a database into a URL without one; its options stay.
fn with_database(server: &str, database: &str) -> String {
    let (host, options) = server.split_once('?').unwrap_or((server, ""));
    let host = host.trim_end_matches('/');
    format!("{host}/{database}?{options}")
}
