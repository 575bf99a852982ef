//! The MongoDB server of the tests. Without one, the tests that need it do not run.

use crate::not_run::report_not_run;

/// Names the server: a URL without a database.
pub(crate) const SERVER: &str = "VITRINA_TEST_MONGODB";

/// The URL of the server, without a database. On `None` the test must return: it is reported as not
/// run.
///
/// # Panics
///
/// Without a server, if all tests have to run: see [`report_not_run`].
pub fn server() -> Option<String> {
    let server = std::env::var(SERVER).ok();
    if server.is_none() {
        report_not_run("no MongoDB; set VITRINA_TEST_MONGODB, or use scripts/mongod run COMMAND");
    }
    server
}
