//! Shops that sell for the bench.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Outcome;
use crate::command::without_settings;
use crate::http::{self, Connection};
use crate::machine;
use crate::mongo::{Database, Server};
use crate::process::Program;

/// The program that is measured, in the profile of this bench.
const VITRINA: &str = env!("CARGO_BIN_EXE_vitrina");

/// A shop on one server or two. The programs are dropped before their data.
pub(crate) struct Shop {
    /// What reports call it.
    pub(crate) name: String,
    pub(crate) programs: Vec<Program>,
    /// The process of the store, where it is not in the program.
    store: Option<u32>,
    database: Option<Database>,
    _folder: TempDir,
}

impl Shop {
    /// Starts it; what is put into a cart is kept for so many seconds.
    pub(crate) fn start(name: &str, use_of_it: &str, server: &Server, hold: u32) -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let count = if name.ends_with("two servers") { 2 } else { 1 };
        let is_mongodb = name.starts_with("MongoDB");
        let database = is_mongodb.then(|| server.database(&format!("{use_of_it}_{count}")));
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

    /// A connection of the buyer of this number.
    pub(crate) async fn connect(&self, buyer: usize) -> Outcome<Client> {
        let address = self.programs[buyer % self.programs.len()].address();
        Ok(Client {
            connection: Connection::open(address).await?,
            address,
        })
    }

    /// CPU time of the servers, and of the store beside them, in seconds.
    pub(crate) fn cpu_time(&self) -> Outcome<(f64, f64)> {
        let mut own = 0.0;
        for program in &self.programs {
            own += machine::cpu_time(program.pid())?.as_secs_f64();
        }
        let store = match self.store {
            Some(pid) => machine::cpu_time(pid)?.as_secs_f64(),
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
        // Programs end before their data goes, and to delete that takes a runtime of its own.
        self.programs.clear();
        let database = self.database.take();
        if std::thread::spawn(move || drop(database)).join().is_err() {
            eprintln!("the database of {} was not deleted", self.name);
        }
    }
}

/// One who asks a shop.
pub(crate) struct Client {
    connection: Connection,
    address: std::net::SocketAddr,
}

impl Client {
    pub(crate) async fn get(&mut self, path: &str) -> Outcome<Value> {
        let request = http::get(self.address, path);
        let answer = self.connection.ask(&request).await?;
        expect(answer.status, 200, answer.body)
    }

    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Outcome<(u16, Value)> {
        let request = http::with_body("POST", self.address, path, &body.to_string());
        let answer = self.connection.ask(&request).await?;
        Ok((answer.status, serde_json::from_slice(answer.body)?))
    }

    pub(crate) async fn put(&mut self, path: &str, body: &Value) -> Outcome<Value> {
        let request = http::with_body("PUT", self.address, path, &body.to_string());
        let answer = self.connection.ask(&request).await?;
        expect(answer.status, 202, answer.body)
    }

    /// Puts a product into the catalogue and tells its id.
    pub(crate) async fn product(&mut self, code: &str, stock: usize) -> Outcome<String> {
        let product = json!({ "title": "Vase", "code": code, "price": 19.99, "stock": stock });
        let (status, made) = self.post("/api/products", &product).await?;
        id(status, &made)
    }

    /// A new cart with a unit of a product: its id.
    pub(crate) async fn cart(&mut self, product: &str) -> Outcome<String> {
        let lines = json!({ "products": [{ "product": product, "quantity": 1 }] });
        let (status, made) = self.post("/api/carts", &lines).await?;
        id(status, &made)
    }

    /// Buys a cart.
    pub(crate) async fn buy(&mut self, cart: &str) -> Outcome<(u16, Value)> {
        let wish = json!({ "purchaser": "ana@example.com" });
        self.post(&format!("/api/carts/{cart}/purchase"), &wish)
            .await
    }
}

fn expect(status: u16, expected: u16, body: &[u8]) -> Outcome<Value> {
    if status != expected {
        let text = String::from_utf8_lossy(body);
        return Err(format!("{status} and not {expected}: {text}").into());
    }
    Ok(serde_json::from_slice(body)?)
}

fn id(status: u16, made: &Value) -> Outcome<String> {
    match made["payload"]["_id"].as_str() {
        Some(id) if status == 201 => Ok(id.to_owned()),
        _ => Err(format!("not made: {status} {made}").into()),
    }
}
