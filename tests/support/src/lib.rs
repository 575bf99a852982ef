//! What the tests, the benches and the load tester share: starting the server, talking to it, and
//! reading its costs.
//!
//! Nothing here uses the library `vitrina`: it would be compiled once more for its own unit tests.

pub mod bench_page;
pub mod command;
pub mod figure;
pub mod http;
pub mod machine;
pub mod mongo;
pub mod not_run;
pub mod proc;
pub mod process;
pub mod random;
pub mod socket;
pub mod tally;
pub mod test_mongo;

use std::error::Error;
use std::path::{Path, PathBuf};

/// Errors here stop a test or a bench and are printed, so any will do.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A path below the root of the project.
pub fn project_path(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}
