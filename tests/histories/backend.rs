//! The data of a history, and the runs of the server on it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};
use tempfile::TempDir;
use vitrina::domain::hold::HoldLength;
use vitrina::domain::ids::CartId;
use vitrina::store::mongo::MongoStore;
use vitrina::store::sqlite::SqliteStore;

use crate::command::without_settings;
use crate::crash_injector::CrashInjector;
use crate::disk_snapshot::{DiskSnapshotter, copy, log_length};
use crate::driver::StoreClient;
use crate::http_shop::HttpShop;
use crate::mutant::Mutant;
use crate::process::Program;
use crate::proxy::Proxy;
use crate::test_mongo;

/// A directory in memory, if there is one: a crash is simulated by a copy, so no disk is needed.
const MEMORY: &str = "/dev/shm";

/// The store under test, and the process that it runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The embedded store, in this process.
    Sqlite,
    /// The store on MongoDB, in this process.
    Mongo,
    /// A separate server on the embedded store.
    SqliteServer,
    /// A separate server on MongoDB.
    MongoServer,
}

impl Kind {
    pub(crate) fn is_mongodb(self) -> bool {
        matches!(self, Self::Mongo | Self::MongoServer)
    }

    pub(crate) fn is_server(self) -> bool {
        matches!(self, Self::SqliteServer | Self::MongoServer)
    }

    /// Approximate number of crash points per call: before and after each statement. Those of a
    /// separate server are only units of time.
    pub(crate) fn points_per_call(self) -> u64 {
        match self {
            Self::Sqlite => 40,
            Self::Mongo => 12,
            Self::SqliteServer | Self::MongoServer => 100,
        }
    }
}

/// The data, and the current run of the server.
pub(crate) struct Backend {
    pub(crate) injector: Arc<CrashInjector>,
    run: usize,
    storage: Storage,
    loses_last_commit: bool,
    hold: HoldLength,
}

enum Storage {
    Files(TempDir),
    Database {
        database: TestDatabase,
        proxy: Option<Proxy>,
    },
    Server {
        dir: TempDir,
        database: Option<TestDatabase>,
        running: Mutex<Option<Program>>,
        /// The time between two crash points.
        point_interval: Duration,
    },
}

/// A database on the test server.
struct TestDatabase {
    server: String,
    name: String,
}

impl TestDatabase {
    fn new() -> Self {
        Self {
            server: test_mongo::server().expect("a MongoDB server"),
            name: format!("vitrina_test_{}", CartId::generate().expect("random bytes")),
        }
    }

    /// Its URL at an address of the server or of a proxy.
    fn url(&self, address: &str) -> String {
        format!("mongodb://{address}/{}?directConnection=true", self.name)
    }

    async fn drop(&self) {
        let client = Client::with_uri_str(&self.server).await.expect("a client");
        let database = client.database(&self.name);
        end_transactions(&database).await;
        database.drop().await.expect("the database is dropped");
    }
}

impl Backend {
    pub(crate) fn new(kind: Kind, mutant: Option<Mutant>, hold: HoldLength) -> Self {
        let storage = match kind {
            Kind::Sqlite if Path::new(MEMORY).is_dir() => {
                Storage::Files(tempfile::tempdir_in(MEMORY).expect("a directory"))
            }
            Kind::Sqlite => Storage::Files(tempfile::tempdir().expect("a directory")),
            Kind::Mongo => Storage::Database {
                database: TestDatabase::new(),
                proxy: None,
            },
            Kind::SqliteServer | Kind::MongoServer => Storage::Server {
                dir: tempfile::tempdir().expect("a directory"),
                database: kind.is_mongodb().then(TestDatabase::new),
                running: Mutex::default(),
                point_interval: Duration::from_micros(if kind.is_mongodb() { 200 } else { 50 }),
            },
        };
        Self {
            injector: Arc::new(CrashInjector::new()),
            run: 0,
            storage,
            hold,
            loses_last_commit: mutant == Some(Mutant::CommitNotOnDisk),
        }
    }

    /// Starts a run.
    pub(crate) async fn open(&mut self) -> StoreClient {
        self.injector = Arc::new(CrashInjector::new());
        let next = self.run + 1;
        match &mut self.storage {
            Storage::Files(dir) => {
                let file = file(dir, self.run);
                let next = self::file(dir, next);
                let mut snapshotter = DiskSnapshotter::new(
                    self.injector.clone(),
                    &file,
                    &next,
                    self.loses_last_commit,
                );
                let store =
                    SqliteStore::open_watched(&file, self.hold, move || snapshotter.crash_point());
                StoreClient::Store(Arc::new(store.expect("a store")))
            }
            Storage::Database { database, proxy } => {
                let started = Proxy::start(address(&database.server), self.injector.clone());
                let url = database.url(&started.address().to_string());
                *proxy = Some(started);
                let store = MongoStore::connect(&url, self.hold).await;
                StoreClient::Store(Arc::new(store.expect("a store")))
            }
            Storage::Server {
                dir,
                database,
                running,
                ..
            } => {
                let program = serve(dir, database.as_ref(), self.hold);
                let shop = HttpShop::at(program.address());
                *running.get_mut().expect("a server") = Some(program);
                StoreClient::Http(shop)
            }
        }
    }

    /// Crashes the server now, between two calls.
    pub(crate) fn crash(&self) {
        self.injector.crash();
        if let Storage::Files(dir) = &self.storage {
            let (file, next) = (file(dir, self.run), file(dir, self.run + 1));
            copy(&file, &next, log_length(&file)).expect("a copy of the file");
        }
        if let Storage::Server { running, .. } = &self.storage {
            // Dropping it kills it with SIGKILL.
            drop(running.lock().expect("a server").take());
        }
    }

    /// The time until the scheduled crash of a separate server.
    pub(crate) fn time_to_crash(&self) -> Option<Duration> {
        match (&self.storage, self.injector.remaining()?) {
            (Storage::Server { point_interval, .. }, after) => {
                Some(*point_interval * u32::try_from(after).expect("a short time"))
            }
            _ => None,
        }
    }

    /// Ends a crashed run, with all commands that MongoDB still executes for it.
    pub(crate) async fn clean_up_crash(&mut self, client: StoreClient) {
        match &mut self.storage {
            Storage::Files(_) => {
                close(&client).await;
                self.run += 1;
            }
            Storage::Database { proxy, .. } => {
                drop(client);
                proxy.take().expect("a proxy").close();
            }
            Storage::Server { .. } => {}
        }
    }

    /// Stops the server normally.
    pub(crate) async fn stop(&mut self, client: StoreClient) {
        close(&client).await;
        drop(client);
        match &mut self.storage {
            Storage::Files(_) => {}
            Storage::Database { proxy, .. } => proxy.take().expect("a proxy").close(),
            Storage::Server { running, .. } => {
                let program = running.get_mut().expect("a server").take();
                program.expect("a server").stop().expect("a clean shutdown");
            }
        }
    }

    pub(crate) async fn remove_data(self) {
        match &self.storage {
            Storage::Database { database, .. } => database.drop().await,
            Storage::Server {
                database: Some(database),
                ..
            } => database.drop().await,
            Storage::Files(_) | Storage::Server { .. } => {}
        }
    }
}

async fn close(client: &StoreClient) {
    if let StoreClient::Store(store) = client {
        store.close().await;
    }
}

/// Starts a separate server on the data of a history.
fn serve(dir: &TempDir, database: Option<&TestDatabase>, hold: HoldLength) -> Program {
    let store = match database {
        Some(database) => database.url(&address(&database.server)),
        None => format!("sqlite:{}", dir.path().join("shop.db").display()),
    };
    let mut command = without_settings(env!("CARGO_BIN_EXE_vitrina"));
    let hold = (hold.millis() / 1_000).to_string();
    command
        .args([
            "--listen",
            "127.0.0.1:0",
            "--store",
            &store,
            "--hold",
            &hold,
        ])
        .arg("--uploads")
        .arg(dir.path().join("uploads"));
    Program::start(&mut command).expect("a server")
}

/// Ends the transactions that the last run left open, which would block the drop of the database.
async fn end_transactions(database: &Database) {
    let leases = database.collection::<Document>("leases");
    let found = leases.find(doc! {}).await.expect("leases");
    let leases: Vec<_> = found.try_collect().await.expect("leases");
    let sessions = leases
        .iter()
        .filter_map(|lease| lease.get_array("sessions").ok());
    let sessions: Vec<_> = sessions.flatten().cloned().collect();
    if sessions.is_empty() {
        // An empty list would kill all sessions.
        return;
    }
    let kill = doc! { "killSessions": sessions };
    database
        .run_command(kill)
        .await
        .expect("the sessions are killed");
}

fn file(dir: &TempDir, run: usize) -> PathBuf {
    dir.path().join(run.to_string()).join("shop.db")
}

/// The host and port of a URL.
fn address(url: &str) -> String {
    let rest = url.split("//").nth(1).unwrap_or_default();
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}
