//! Where a history's data lies, and the lives of the program over it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use mongodb::{Client, Database};
use tempfile::TempDir;
use vitrina::domain::hold::HoldLength;
use vitrina::domain::ids::CartId;
use vitrina::store::SharedStore;
use vitrina::store::mongo::MongoStore;
use vitrina::store::sqlite::SqliteStore;

use crate::axe::Axe;
use crate::photo::{Photographer, log_length, take};
use crate::plant::Plant;
use crate::proxy::Proxy;

/// The server of the tests with MongoDB: a URL without a database.
const SERVER: &str = "VITRINA_TEST_MONGODB";
/// Memory, where there is such a folder: what a crash leaves is copied, so no disk is needed.
const MEMORY: &str = "/dev/shm";

/// Which store is proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Mongo,
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
        server: String,
        name: String,
        way: Option<Proxy>,
    },
}

impl Ground {
    pub(crate) fn new(kind: Kind, plant: Option<Plant>, hold: HoldLength) -> Self {
        let at = match kind {
            Kind::Sqlite if Path::new(MEMORY).is_dir() => {
                At::Files(tempfile::tempdir_in(MEMORY).expect("a folder"))
            }
            Kind::Sqlite => At::Files(tempfile::tempdir().expect("a folder")),
            Kind::Mongo => At::Database {
                server: std::env::var(SERVER).unwrap_or_else(|_| {
                    panic!("{SERVER} names no server; `scripts/mongod run COMMAND` sets it")
                }),
                name: format!("vitrina_test_{}", CartId::generate().expect("random bytes")),
                way: None,
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
    pub(crate) async fn open(&mut self) -> SharedStore {
        self.axe = Arc::new(Axe::new());
        let next = self.life + 1;
        match &mut self.at {
            At::Files(folder) => {
                let file = file(folder, self.life);
                let next = self::file(folder, next);
                let mut eye = Photographer::new(self.axe.clone(), &file, &next, self.forgets);
                let store = SqliteStore::open_watched(&file, self.hold, move || eye.moment());
                Arc::new(store.expect("a store"))
            }
            At::Database { server, name, way } => {
                let proxy = Proxy::start(address(server), self.axe.clone());
                let url = format!("mongodb://{}/{name}?directConnection=true", proxy.address());
                *way = Some(proxy);
                Arc::new(MongoStore::connect(&url, self.hold).await.expect("a store"))
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
    }

    /// The program is gone, and so is whatever it had asked the server.
    pub(crate) async fn bury(&mut self, store: SharedStore) {
        match &mut self.at {
            At::Files(_) => {
                store.close().await;
                self.life += 1;
            }
            At::Database { way, .. } => {
                drop(store);
                way.take().expect("a way").end();
            }
        }
    }

    /// The program ends in peace.
    pub(crate) async fn close(&mut self, store: SharedStore) {
        store.close().await;
        drop(store);
        if let At::Database { way, .. } = &mut self.at {
            way.take().expect("a way").end();
        }
    }

    /// Nothing is left of the data.
    pub(crate) async fn clear(self) {
        if let At::Database { server, name, .. } = &self.at {
            let client = Client::with_uri_str(server).await.expect("a client");
            let database = client.database(name);
            end_transactions(&database).await;
            database.drop().await.expect("dropped");
        }
    }
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
