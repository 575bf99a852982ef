//! A vitrina that runs for the bench, with data of its own.

use std::cell::Cell;
use std::ffi::OsStr;
use std::process::Command;
use std::rc::Rc;

use tempfile::TempDir;

use crate::Outcome;
use crate::catalogue;
use crate::command::without_settings;
use crate::http::{self, Connection};
use crate::mongo::Database;
use crate::process::Program;
use crate::requests::{self, Request};

/// Where the data of a shop lies; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    database: Option<Database>,
    folder: TempDir,
}

impl Place {
    /// An SQLite file that is not there yet.
    pub(crate) fn sqlite() -> Outcome<Self> {
        Ok(Self {
            database: None,
            folder: tempfile::tempdir()?,
        })
    }

    /// An empty database.
    pub(crate) fn mongodb(database: Database) -> Outcome<Self> {
        Ok(Self {
            database: Some(database),
            folder: tempfile::tempdir()?,
        })
    }

    /// The command that starts a shop here, on a port that the system chooses.
    pub(crate) fn command(&self, binary: impl AsRef<OsStr>) -> Command {
        let store = match &self.database {
            Some(database) => database.url(),
            None => format!("sqlite:{}", self.folder.path().join("shop.db").display()),
        };
        let mut command = without_settings(binary);
        command
            .args(["--listen", "127.0.0.1:0", "--store", &store, "--uploads"])
            .arg(self.folder.path().join("uploads"));
        command
    }
}

/// What a shop is asked for.
#[derive(Debug)]
enum Role {
    /// It has the catalogue of the bench, and nobody writes to it.
    Read,
    /// It starts empty and takes so many new products.
    Written(Rc<Cell<usize>>),
}

/// A running shop. The program is dropped before its data.
#[derive(Debug)]
pub(crate) struct Shop {
    /// What reports call it.
    pub(crate) name: String,
    pub(crate) program: Program,
    place: Place,
    role: Role,
}

impl Shop {
    /// Starts a shop that is read.
    pub(crate) fn reading(name: &str, binary: impl AsRef<OsStr>, place: Place) -> Outcome<Self> {
        Self::start(name, binary, place, Role::Read)
    }

    /// Starts a shop that is written to.
    pub(crate) fn writing(name: &str, binary: impl AsRef<OsStr>, place: Place) -> Outcome<Self> {
        Self::start(name, binary, place, Role::Written(Rc::default()))
    }

    fn start(name: &str, binary: impl AsRef<OsStr>, place: Place, role: Role) -> Outcome<Self> {
        let program = Program::start(place.command(binary).args(["--workers", "1"]))?;
        Ok(Self {
            name: name.to_owned(),
            program,
            place,
            role,
        })
    }

    pub(crate) fn is_on_mongodb(&self) -> bool {
        self.place.database.is_some()
    }

    /// What it is to be asked, by name. Fills the shop that is read.
    pub(crate) async fn requests(&self) -> Outcome<Vec<(&'static str, Rc<dyn Request>)>> {
        if let Role::Written(made) = &self.role {
            return Ok(vec![("POST product", requests::create(Rc::clone(made)))]);
        }
        let address = self.program.address();
        let mut connection = Connection::open(address).await?;
        catalogue::fill(&mut connection, address).await?;
        let alive = connection.ask(&http::get(address, "/healthz")).await?;
        let alive = requests::get("/healthz", alive.body, b"");
        Ok(vec![
            ("GET /healthz", alive),
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

    /// Ends it, after a look at what it has.
    pub(crate) fn stop(self, system: &actix_web::rt::SystemRunner) -> Outcome<()> {
        let expected = match &self.role {
            Role::Read => catalogue::PRODUCTS,
            Role::Written(made) => made.get(),
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
