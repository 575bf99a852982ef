//! Where a history's data lies, and the lives of the program over it.

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

use crate::axe::Axe;
use crate::command::without_settings;
use crate::photo::{Photographer, log_length, take};
use crate::plant::Plant;
use crate::process::Program;
use crate::proxy::Proxy;
use crate::site::Site;
use crate::till::Door;

/// The server of the tests with MongoDB: a URL without a database.
const SERVER: &str = "VITRINA_TEST_MONGODB";
/// Memory, where there is such a folder: what a crash leaves is copied, so no disk is needed.
const MEMORY: &str = "/dev/shm";

/// Which store is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The embedded store, in this process.
    Sqlite,
    /// The store on MongoDB, in this process.
    Mongo,
    /// The program on the embedded store.
    SqliteProgram,
    /// The program on MongoDB.
    MongoProgram,
}

impl Kind {
    pub(crate) fn is_mongodb(self) -> bool {
        matches!(self, Self::Mongo | Self::MongoProgram)
    }

    pub(crate) fn is_program(self) -> bool {
        matches!(self, Self::SqliteProgram | Self::MongoProgram)
    }

    /// Moments of one call, about: before and after each of its statements. Those of a program are only
    /// time.
    pub(crate) fn moments(self) -> u64 {
        match self {
            Self::Sqlite => 40,
            Self::Mongo => 12,
            Self::SqliteProgram | Self::MongoProgram => 100,
        }
    }
}

/// The data, and the life that the program is in.
pub(crate) struct Ground {
    pub(crate) axe: Arc<Axe>,
    life: usize,
    at: At,
    forgets: bool,
    hold: HoldLength,
}

enum At {
    Files(TempDir),
    Database {
        database: OwnDatabase,
        way: Option<Proxy>,
    },
    Program {
        folder: TempDir,
        database: Option<OwnDatabase>,
        running: Mutex<Option<Program>>,
        /// How long one of the program's moments is.
        moment: Duration,
    },
}

/// A database on the server of the tests.
struct OwnDatabase {
    server: String,
    name: String,
}

impl OwnDatabase {
    fn new() -> Self {
        Self {
            server: std::env::var(SERVER).unwrap_or_else(|_| {
                panic!("{SERVER} names no server; `scripts/mongod run COMMAND` sets it")
            }),
            name: format!("vitrina_test_{}", CartId::generate().expect("random bytes")),
        }
    }

    /// Its URL at an address of the server, or of one who stands before it.
    fn at(&self, address: &str) -> String {
        format!("mongodb://{address}/{}?directConnection=true", self.name)
    }

    async fn drop(&self) {
        let client = Client::with_uri_str(&self.server).await.expect("a client");
        let database = client.database(&self.name);
        end_transactions(&database).await;
        database.drop().await.expect("dropped");
    }
}

impl Ground {
    pub(crate) fn new(kind: Kind, plant: Option<Plant>, hold: HoldLength) -> Self {
        let at = match kind {
            Kind::Sqlite if Path::new(MEMORY).is_dir() => {
                At::Files(tempfile::tempdir_in(MEMORY).expect("a folder"))
            }
            Kind::Sqlite => At::Files(tempfile::tempdir().expect("a folder")),
            Kind::Mongo => At::Database {
                database: OwnDatabase::new(),
                way: None,
            },
            Kind::SqliteProgram | Kind::MongoProgram => At::Program {
                folder: tempfile::tempdir().expect("a folder"),
                database: kind.is_mongodb().then(OwnDatabase::new),
                running: Mutex::default(),
                moment: Duration::from_micros(if kind.is_mongodb() { 200 } else { 50 }),
            },
        };
        Self {
            axe: Arc::new(Axe::new()),
            life: 0,
            at,
            hold,
            forgets: plant == Some(Plant::CommitNotOnDisk),
        }
    }

    /// The program starts.
    pub(crate) async fn open(&mut self) -> Door {
        self.axe = Arc::new(Axe::new());
        let next = self.life + 1;
        match &mut self.at {
            At::Files(folder) => {
                let file = file(folder, self.life);
                let next = self::file(folder, next);
                let mut eye = Photographer::new(self.axe.clone(), &file, &next, self.forgets);
                let store = SqliteStore::open_watched(&file, self.hold, move || eye.moment());
                Door::Store(Arc::new(store.expect("a store")))
            }
            At::Database { database, way } => {
                let proxy = Proxy::start(address(&database.server), self.axe.clone());
                let url = database.at(&proxy.address().to_string());
                *way = Some(proxy);
                let store = MongoStore::connect(&url, self.hold).await;
                Door::Store(Arc::new(store.expect("a store")))
            }
            At::Program {
                folder,
                database,
                running,
                ..
            } => {
                let program = serve(folder, database.as_ref(), self.hold);
                let site = Site::at(program.address());
                *running.get_mut().expect("a program") = Some(program);
                Door::Site(site)
            }
        }
    }

    /// The program dies now, while it does nothing.
    pub(crate) fn fall(&self) {
        self.axe.fall();
        if let At::Files(folder) = &self.at {
            let (file, next) = (file(folder, self.life), file(folder, self.life + 1));
            take(&file, &next, log_length(&file)).expect("a copy of the file");
        }
        if let At::Program { running, .. } = &self.at {
            // Dropping it is a kill -9.
            drop(running.lock().expect("a program").take());
        }
    }

    /// How long the shop has to live, where it is a program that is to die.
    pub(crate) fn time_to_live(&self) -> Option<Duration> {
        match (&self.at, self.axe.raised()?) {
            (At::Program { moment, .. }, after) => {
                Some(*moment * u32::try_from(after).expect("a short time"))
            }
            _ => None,
        }
    }

    /// The program is gone, and so is whatever it had asked the server.
    pub(crate) async fn bury(&mut self, door: Door) {
        match &mut self.at {
            At::Files(_) => {
                close(&door).await;
                self.life += 1;
            }
            At::Database { way, .. } => {
                drop(door);
                way.take().expect("a way").end();
            }
            At::Program { .. } => {}
        }
    }

    /// The program ends in peace.
    pub(crate) async fn close(&mut self, door: Door) {
        close(&door).await;
        drop(door);
        match &mut self.at {
            At::Files(_) => {}
            At::Database { way, .. } => way.take().expect("a way").end(),
            At::Program { running, .. } => {
                let program = running.get_mut().expect("a program").take();
                program.expect("a program").stop().expect("a good end");
            }
        }
    }

    /// Nothing is left of the data.
    pub(crate) async fn clear(self) {
        match &self.at {
            At::Database { database, .. } => database.drop().await,
            At::Program {
                database: Some(database),
                ..
            } => database.drop().await,
            At::Files(_) | At::Program { .. } => {}
        }
    }
}

async fn close(door: &Door) {
    if let Door::Store(store) = door {
        store.close().await;
    }
}

/// The program, over the data of a history.
fn serve(folder: &TempDir, database: Option<&OwnDatabase>, hold: HoldLength) -> Program {
    let store = match database {
        Some(database) => database.at(&address(&database.server)),
        None => format!("sqlite:{}", folder.path().join("shop.db").display()),
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
        .arg(folder.path().join("uploads"));
    Program::start(&mut command).expect("a program")
}

/// Ends what the last life left open: nobody is there any more to do it, and the database could not go.
async fn end_transactions(database: &Database) {
    let leases = database.collection::<Document>("leases");
    let found = leases.find(doc! {}).await.expect("leases");
    let leases: Vec<_> = found.try_collect().await.expect("leases");
    let sessions = leases
        .iter()
        .filter_map(|lease| lease.get_array("sessions").ok());
    let sessions: Vec<_> = sessions.flatten().cloned().collect();
    if sessions.is_empty() {
        // To kill none by name kills all.
        return;
    }
    let kill = doc! { "killSessions": sessions };
    database.run_command(kill).await.expect("killed");
}

fn file(folder: &TempDir, life: usize) -> PathBuf {
    folder.path().join(life.to_string()).join("shop.db")
}

/// The host and port of a URL.
fn address(url: &str) -> String {
    let rest = url.split("//").nth(1).unwrap_or_default();
    rest.split(['/', '?']).next().unwrap_or_default().to_owned()
}
