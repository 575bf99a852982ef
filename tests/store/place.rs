//! Where the data of one test lies: a folder or a database of its own, gone afterwards.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use mongodb::{Client, Database};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::time::timeout;
use vitrina::domain::hold::HoldLength;
use vitrina::domain::ids::CartId;
use vitrina::store::open::{OpenError, StoreUrl};
use vitrina::store::{SharedStore, open};

/// The server of the tests with MongoDB: a URL without a database.
const SERVER: &str = "VITRINA_TEST_MONGODB";

/// A test that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// A place for one test's data. Dropping it deletes the data, also after a panic.
pub(crate) enum Place {
    /// A file in a folder of its own.
    Sqlite(TempDir),
    /// A database of its own.
    Mongo {
        /// The server's URL with the database in it.
        url: String,
        /// The database.
        database: String,
    },
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn mongo() -> Self {
        let server = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!(
                "{SERVER} is not set: these tests need a MongoDB replica set, and it names the \
                 server (mongodb://…, no database). `scripts/mongod run COMMAND` sets it"
            )
        });
        let random = CartId::generate().expect("random bytes");
        let database = format!("vitrina_test_{random}");
        Self::Mongo {
            url: with_database(&server, &database),
            database,
        }
    }

    /// One more place of the same kind.
    pub(crate) fn another(&self) -> Self {
        match self {
            Self::Sqlite(_) => Self::sqlite(),
            Self::Mongo { .. } => Self::mongo(),
        }
    }

    /// Opens the store, as the program does at its start.
    pub(crate) async fn open(&self) -> SharedStore {
        self.try_open().await.expect("an open store")
    }

    /// Opens the store so that what is put into carts is kept for so long.
    pub(crate) async fn open_holding(&self, length: Duration) -> SharedStore {
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

    /// What a description of the store must name.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Sqlite(_) => self.file().display().to_string(),
            Self::Mongo { database, .. } => database.clone(),
        }
    }

    /// The file of SQLite.
    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().join("shop.db"),
            Self::Mongo { .. } => panic!("a place in MongoDB has no file"),
        }
    }

    /// The database of MongoDB as another program sees it.
    pub(crate) async fn database(&self) -> Database {
        let Self::Mongo { url, database } = self else {
            panic!("only a place in MongoDB has a database");
        };
        let client = Client::with_uri_str(url).await.expect("a client");
        client.database(database)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if matches!(self, Self::Mongo { .. }) {
            let drop = async { self.database().await.drop().await };
            // On a thread without a runtime: a test may drop a place inside its own.
            let dropped = std::thread::scope(|scope| {
                let dropping = scope.spawn(|| runtime().block_on(drop));
                dropping.join().expect("a thread that ends")
            });
            // A panic here would hide the one of the test.
            if let Err(error) = dropped {
                eprintln!("{} was not dropped: {error}", self.name());
            }
        }
    }
}

/// Runs a test to its end on a runtime of its own.
pub(crate) fn run(test: impl Future<Output = ()>) {
    runtime()
        .block_on(async { timeout(PATIENCE, test).await })
        .expect("the test ends");
}

/// Several threads, so that parallel calls are parallel indeed.
fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Puts the name of a database into a URL that has none; its options stay.
fn with_database(server: &str, database: &str) -> String {
    let (host, options) = server.split_once('?').unwrap_or((server, ""));
    let host = host.trim_end_matches('/');
    format!("{host}/{database}?{options}")
}
