//! The MongoDB server that benches and loads use, with a database for each shop.

use std::process::{Command, Stdio};

use mongodb::Client;
use mongodb::bson::doc;
use tokio::runtime::{Builder, Runtime};

use crate::test_mongo::SERVER;
use crate::{Outcome, proc, project_path};

/// A running server.
#[derive(Debug)]
pub struct Server {
    url: String,
    /// Its process, if it runs on this machine.
    pub pid: Option<u32>,
}

impl Server {
    /// The server that the environment names, or a new one that ends with this process.
    pub fn find() -> Outcome<Self> {
        let url = match std::env::var(SERVER) {
            Ok(url) => url,
            Err(_) => start()?,
        };
        let status = runtime()?.block_on(async {
            let client = Client::with_uri_str(&url).await?;
            let admin = client.database("admin");
            admin.run_command(doc! { "serverStatus": 1 }).await
        })?;
        let pid = u32::try_from(status.get_i64("pid")?)?;
        let is_local = proc::name(pid).is_some_and(|name| name == "mongod");
        Ok(Self {
            url,
            pid: is_local.then_some(pid),
        })
    }

    /// A database for one shop.
    pub fn database(&self, name: &str) -> Database {
        Database {
            server: self.url.clone(),
            name: format!("vitrina_bench_{}_{name}", std::process::id()),
        }
    }
}

fn start() -> Outcome<String> {
    let owner = std::process::id().to_string();
    let started = Command::new(project_path("scripts/mongod"))
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
pub struct Database {
    server: String,
    name: String,
}

impl Database {
    pub fn url(&self) -> String {
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
