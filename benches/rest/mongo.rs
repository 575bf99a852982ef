//! The MongoDB server of the bench and its databases.

use std::path::Path;
use std::process::{Command, Stdio};

use mongodb::Client;
use mongodb::bson::doc;
use tokio::runtime::{Builder, Runtime};

use crate::Outcome;
use crate::machine;

/// Names a server to use: a URL without a database.
const VARIABLE: &str = "VITRINA_TEST_MONGODB";

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    url: String,
    /// Its process, when it runs on this machine.
    pub(crate) pid: Option<u32>,
}

impl Server {
    /// The server that the environment names, or else one that ends with this process.
    pub(crate) fn find() -> Outcome<Self> {
        let url = match std::env::var(VARIABLE) {
            Ok(url) => url,
            Err(_) => start()?,
        };
        let status = runtime()?.block_on(async {
            let client = Client::with_uri_str(&url).await?;
            let admin = client.database("admin");
            admin.run_command(doc! { "serverStatus": 1 }).await
        })?;
        let pid = u32::try_from(status.get_i64("pid")?)?;
        let is_here = machine::name(pid).is_some_and(|name| name == "mongod");
        Ok(Self {
            url,
            pid: is_here.then_some(pid),
        })
    }

    /// A database of its own for one shop.
    pub(crate) fn database(&self, name: &str) -> Database {
        Database {
            server: self.url.clone(),
            name: format!("vitrina_bench_{}_{name}", std::process::id()),
        }
    }
}

fn start() -> Outcome<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/mongod");
    let owner = std::process::id().to_string();
    let started = Command::new(script)
        .args(["start", "--for", &owner])
        .stderr(Stdio::inherit())
        .output()?;
    if !started.status.success() {
        return Err("scripts/mongod started no server".into());
    }
    Ok(String::from_utf8(started.stdout)?.trim().to_owned())
}

/// A database; deleted when it is dropped.
#[derive(Debug)]
pub(crate) struct Database {
    server: String,
    name: String,
}

impl Database {
    /// The URL of the database.
    pub(crate) fn url(&self) -> String {
        let server = self.server.as_str();
        let (host, options) = server.split_once('?').unwrap_or((server, ""));
        format!("{}/{}?{options}", host.trim_end_matches('/'), self.name)
    }

    fn delete(&self) -> Outcome<()> {
        runtime()?.block_on(async {
            let client = Client::with_uri_str(&self.server).await?;
            client.database(&self.name).drop().await
        })?;
        Ok(())
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Err(error) = self.delete() {
            eprintln!("{} was not deleted: {error}", self.name);
        }
    }
}

fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}
