//! The data of one test: its own folder, and on MongoDB its own database.

use std::path::{Path, PathBuf};

use mongodb::{Client, Database};
use tempfile::TempDir;
use vitrina::domain::ids::CartId;
use vitrina_test_support::test_mongo;

/// An empty store and its upload folder. Dropping it deletes the data, also after a panic; shops on
/// it must have stopped.
pub(crate) struct TestStore {
    folder: TempDir,
    mongo: Option<Mongo>,
    sink: Option<&'static str>,
}

struct Mongo {
    /// The server's URL with the database.
    url: String,
    database: String,
}

impl TestStore {
    pub(crate) fn sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            mongo: None,
            sink: None,
        }
    }

    /// Uses another sink than the default.
    pub(crate) fn with_sink(mut self, sink: &'static str) -> Self {
        self.sink = Some(sink);
        self
    }

    /// A store on MongoDB; `None` without a server: then the test must return, and is reported as
    /// not run.
    pub(crate) fn mongo() -> Option<Self> {
        let server = test_mongo::server()?;
        let random = CartId::generate().expect("random bytes");
        let database = format!("vitrina_test_{random}");
        let (host, options) = server.split_once('?').unwrap_or((&server, ""));
        let url = format!("{}/{database}?{options}", host.trim_end_matches('/'));
        Some(Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            mongo: Some(Mongo { url, database }),
            sink: None,
        })
    }

    /// The value of `--store`.
    pub(crate) fn url(&self) -> String {
        match &self.mongo {
            Some(mongo) => mongo.url.clone(),
            None => format!("sqlite:{}", self.folder.path().join("shop.db").display()),
        }
    }

    /// The value of `--sink`, if it is not the default.
    pub(crate) fn sink(&self) -> Option<&'static str> {
        self.sink
    }

    /// The value of `--uploads`.
    pub(crate) fn uploads(&self) -> PathBuf {
        self.folder.path().join("uploads")
    }

    /// Another empty store of the same kind.
    pub(crate) fn another(&self) -> Self {
        match &self.mongo {
            Some(_) => Self::mongo().expect("the server of this store"),
            None => Self::sqlite(),
        }
    }

    /// A folder for other files of a test.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The MongoDB database as another program sees it.
    pub(crate) async fn database(&self) -> Database {
        let mongo = self.mongo.as_ref().expect("a store on MongoDB");
        let client = Client::with_uri_str(&mongo.url).await.expect("a client");
        client.database(&mongo.database)
    }

    /// The sorted paths of all files in the upload folder, hidden ones too, except its lock.
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

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Some(mongo) = &self.mongo {
            let drop = async { self.database().await.drop().await };
            // On a thread without a runtime: a test may drop a store inside its own runtime.
            let dropped = std::thread::scope(|scope| {
                let dropping = scope.spawn(|| crate::app::runtime().block_on(drop));
                dropping.join().expect("a thread that does not panic")
            });
            // A panic here would hide the one of the test.
            if let Err(error) = dropped {
                eprintln!("database {} was not deleted: {error}", mongo.database);
            }
        }
    }
}
