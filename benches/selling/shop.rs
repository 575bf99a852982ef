//! The shops that sell.

use serde_json::{Value, json};
use tempfile::TempDir;
use vitrina_test_support::Outcome;
use vitrina_test_support::command::without_settings;
use vitrina_test_support::http::{self, Connection};
use vitrina_test_support::mongo::{Database, Server};
use vitrina_test_support::proc;
use vitrina_test_support::process::Program;

/// The server, built in the profile of this bench.
const VITRINA: &str = env!("CARGO_BIN_EXE_vitrina");

/// A shop on one server or two. The programs are dropped before their data.
pub(crate) struct Shop {
    /// Its name in reports.
    pub(crate) name: String,
    pub(crate) programs: Vec<Program>,
    /// The process of the store, if it is not the server.
    store: Option<u32>,
    database: Option<Database>,
    _folder: TempDir,
}

impl Shop {
    /// Starts it with holds of so many seconds. `usage` names its database.
    pub(crate) fn start(name: &str, usage: &str, server: &Server, hold: u32) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let count = if name.ends_with("two servers") { 2 } else { 1 };
        let is_mongodb = name.starts_with("MongoDB");
        let database = is_mongodb.then(|| server.database(&format!("{usage}_{count}")));
        let store = match &database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", folder.path().join("shop.db").display()),
        };
        let mut programs = Vec::new();
        for number in 0..count {
            let mut command = without_settings(VITRINA);
            command
                .args(["--listen", "127.0.0.1:0", "--hold", &hold.to_string()])
                .args(["--store", &store, "--uploads"])
                .arg(folder.path().join(format!("uploads{number}")));
            programs.push(Program::start(&mut command)?);
        }
        Ok(Self {
            name: name.to_owned(),
            programs,
            store: server.pid.filter(|_| is_mongodb),
            database,
            _folder: folder,
        })
    }

    /// A connection of a buyer; buyers alternate between the servers.
    pub(crate) async fn connect(&self, buyer: usize) -> Outcome<Client> {
        let address = self.programs[buyer % self.programs.len()].address();
        Ok(Client {
            connection: Connection::open(address).await?,
            address,
        })
    }

    /// CPU time in seconds: of the servers, and of a store beside them.
    pub(crate) fn cpu_time(&self) -> Outcome<(f64, f64)> {
        let mut own = 0.0;
        for program in &self.programs {
            own += proc::cpu_time(program.pid())?.as_secs_f64();
        }
        let store = match self.store {
            Some(pid) => proc::cpu_time(pid)?.as_secs_f64(),
            None => 0.0,
        };
        Ok((own, store))
    }

    pub(crate) fn stop(mut self) -> Outcome<()> {
        let programs = std::mem::take(&mut self.programs);
        programs.into_iter().try_for_each(Program::stop)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // Programs end before their data is deleted, which blocks on a runtime of its own.
        self.programs.clear();
        let database = self.database.take();
        if std::thread::spawn(move || drop(database)).join().is_err() {
            eprintln!("the database of {} was not deleted", self.name);
        }
    }
}

pub(crate) struct Client {
    connection: Connection,
    address: std::net::SocketAddr,
}

impl Client {
    pub(crate) async fn get(&mut self, path: &str) -> Outcome<Value> {
        let request = http::get(self.address, path);
        let response = self.connection.send(&request).await?;
        expect(response.status, 200, response.body)
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Outcome<(u16, Value)> {
        let request = http::with_body("POST", self.address, path, &body.to_string());
        let response = self.connection.send(&request).await?;
        Ok((response.status, serde_json::from_slice(response.body)?))
    }

    pub(crate) async fn put(&mut self, path: &str, body: &Value) -> Outcome<Value> {
        let request = http::with_body("PUT", self.address, path, &body.to_string());
        let response = self.connection.send(&request).await?;
        expect(response.status, 202, response.body)
    }

    /// Creates a product; returns its id.
    pub(crate) async fn product(&mut self, code: &str, stock: usize) -> Outcome<String> {
        let product = json!({ "title": "Vase", "code": code, "price": 19.99, "stock": stock });
        let (status, created) = self.post("/api/products", &product).await?;
        id(status, &created)
    }

    /// Creates a cart with one unit of a product; returns its id.
    pub(crate) async fn cart(&mut self, product: &str) -> Outcome<String> {
        let lines = json!({ "products": [{ "product": product, "quantity": 1 }] });
        let (status, created) = self.post("/api/carts", &lines).await?;
        id(status, &created)
    }

    pub(crate) async fn buy(&mut self, cart: &str) -> Outcome<(u16, Value)> {
        let purchase = json!({ "purchaser": "ana@example.com" });
        self.post(&format!("/api/carts/{cart}/purchase"), &purchase)
            .await
    }
}

fn expect(status: u16, expected: u16, body: &[u8]) -> Outcome<Value> {
    if status != expected {
        let text = String::from_utf8_lossy(body);
        return Err(format!("{status} instead of {expected}: {text}").into());
    }
    Ok(serde_json::from_slice(body)?)
}

fn id(status: u16, created: &Value) -> Outcome<String> {
    match created["payload"]["_id"].as_str() {
        Some(id) if status == 201 => Ok(id.to_owned()),
        _ => Err(format!("not created: {status} {created}").into()),
    }
}
