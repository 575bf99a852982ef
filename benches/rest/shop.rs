//! A running server with the requests that it is sent.

use std::cell::Cell;
use std::ffi::OsStr;
use std::rc::Rc;

use vitrina_test_support::Outcome;
use vitrina_test_support::http::{self, Connection};
use vitrina_test_support::process::Program;

use crate::catalogue;
use crate::requests::{self, Request};
use crate::test_store::TestStore;

#[derive(Debug)]
enum Role {
    /// Holds the products of the bench, which do not change.
    Reads,
    /// Starts empty; counts the products that are created.
    Writes(Rc<Cell<usize>>),
}

/// The program is dropped before its data.
#[derive(Debug)]
pub(crate) struct Shop {
    /// Its name in reports.
    pub(crate) name: String,
    pub(crate) program: Program,
    store: TestStore,
    role: Role,
}

impl Shop {
    pub(crate) fn for_reads(
        name: &str,
        binary: impl AsRef<OsStr>,
        store: TestStore,
    ) -> Outcome<Self> {
        Self::start(name, binary, store, Role::Reads)
    }

    pub(crate) fn for_writes(
        name: &str,
        binary: impl AsRef<OsStr>,
        store: TestStore,
    ) -> Outcome<Self> {
        Self::start(name, binary, store, Role::Writes(Rc::default()))
    }

    fn start(name: &str, binary: impl AsRef<OsStr>, store: TestStore, role: Role) -> Outcome<Self> {
        let program = Program::start(store.command(binary).args(["--workers", "1"]))?;
        Ok(Self {
            name: name.to_owned(),
            program,
            store,
            role,
        })
    }

    pub(crate) fn is_on_mongodb(&self) -> bool {
        self.store.is_mongodb()
    }

    /// Its requests, by name. Fills a shop for reads first.
    pub(crate) async fn requests(&self) -> Outcome<Vec<(&'static str, Rc<dyn Request>)>> {
        if let Role::Writes(created) = &self.role {
            return Ok(vec![("POST product", requests::create(Rc::clone(created)))]);
        }
        let address = self.program.address();
        let mut connection = Connection::open(address).await?;
        catalogue::fill(&mut connection, address).await?;
        let health = connection.send(&http::get(address, "/healthz")).await?;
        let health = requests::get("/healthz", health.body, b"");
        Ok(vec![
            ("GET /healthz", health),
            (
                "GET list of 10",
                catalogue::list(&mut connection, address, 10).await?,
            ),
            (
                "GET list of 100",
                catalogue::list(&mut connection, address, 100).await?,
            ),
            (
                "GET product",
                catalogue::one(&mut connection, address).await?,
            ),
        ])
    }

    /// Checks its number of products and stops it.
    pub(crate) fn stop(self, system: &actix_web::rt::SystemRunner) -> Outcome<()> {
        let expected = match &self.role {
            Role::Reads => catalogue::PRODUCTS,
            Role::Writes(created) => created.get(),
        };
        let address = self.program.address();
        let found = system.block_on(async {
            let mut connection = Connection::open(address).await?;
            catalogue::count(&mut connection, address).await
        })?;
        if found != expected {
            return Err(format!("{} has {found} products of {expected}", self.name).into());
        }
        self.program.stop()
    }
}
