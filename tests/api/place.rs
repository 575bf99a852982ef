//! Where the data of one test lies: a folder or a database of its own, gone afterwards.

use std::path::PathBuf;

use mongodb::{Client, Database};
use tempfile::TempDir;
use vitrina::domain::ids::CartId;

/// The server of the tests with MongoDB: a URL without a database.
const SERVER: &str = "VITRINA_TEST_MONGODB";

/// A place for the data of one test. Dropping it deletes the data, also after a panic; the
/// shop in it must have ended.
pub(crate) struct Place {
    folder: TempDir,
    mongo: Option<Mongo>,
    sink: Option<&'static str>,
}

struct Mongo {
    /// The server's URL with the database in it.
    url: String,
    database: String,
}

impl Place {
    /// An SQLite file of its own.
    pub(crate) fn sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            mongo: None,
            sink: None,
        }
    }

    /// The same with another sink than the default.
    pub(crate) fn with_sink(mut self, sink: &'static str) -> Self {
        self.sink = Some(sink);
        self
    }

    /// A MongoDB database of its own.
    pub(crate) fn mongo() -> Self {
        let server = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!(
                "{SERVER} is not set: these tests need a MongoDB replica set, and it names the \
                 server (mongodb://…, no database). `scripts/mongod run COMMAND` sets it"
            )
        });
        let random = CartId::generate().expect("random bytes");
        let database = format!("vitrina_test_{random}");
        let (host, options) = server.split_once('?').unwrap_or((&server, ""));
        let url = format!("{}/{database}?{options}", host.trim_end_matches('/'));
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            mongo: Some(Mongo { url, database }),
            sink: None,
        }
    }

    /// What `--store` takes.
    pub(crate) fn store(&self) -> String {
        match &self.mongo {
            Some(mongo) => mongo.url.clone(),
            None => format!("sqlite:{}", self.folder.path().join("shop.db").display()),
        }
    }

    /// What `--sink` takes, where it is not the default.
    pub(crate) fn sink(&self) -> Option<&'static str> {
        self.sink
    }

    /// What `--uploads` takes.
    pub(crate) fn uploads(&self) -> PathBuf {
        self.folder.path().join("uploads")
    }

    /// One more place of the same kind.
    pub(crate) fn another(&self) -> Self {
        match &self.mongo {
            Some(_) => Self::mongo(),
            None => Self::sqlite(),
        }
    }

    /// A folder for whatever else a test needs.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The database of MongoDB as another program sees it.
    pub(crate) async fn database(&self) -> Database {
        let mongo = self.mongo.as_ref().expect("a place in MongoDB");
        let client = Client::with_uri_str(&mongo.url).await.expect("a client");
        client.database(&mongo.database)
    }

    /// The files that lie in the uploads, hidden ones and those of sub-folders too, by their paths
    /// from there; what the folder needs to work is left out.
    pub(crate) fn uploaded_files(&self) -> Vec<String> {
        let root = self.uploads();
        let mut folders = vec![root.clone()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path.strip_prefix(&root).expect("a path below the uploads");
                files.push(name.display().to_string());
            }
        }
        files.retain(|name| name != ".lock");
        files.sort();
        files
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mongo) = &self.mongo {
            let drop = async { self.database().await.drop().await };
            // On a thread without a runtime: a test may drop a place inside its own.
            let dropped = std::thread::scope(|scope| {
                let dropping = scope.spawn(|| crate::app::runtime().block_on(drop));
                dropping.join().expect("a thread that ends")
            });
            // A panic here would hide the one of the test.
            if let Err(error) = dropped {
                eprintln!("{} was not dropped: {error}", mongo.database);
            }
        }
    }
}
