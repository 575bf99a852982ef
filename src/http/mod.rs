//! HTTP below the routes: what every request passes, how its parts are read, and how failures are
//! answered.
//!
//! `api` and `pages` are built on it; it uses neither.

pub(crate) mod assets;
pub(crate) mod body;
pub(crate) mod catalogue;
mod client;
mod drain_body;
pub(crate) mod envelope;
pub(crate) mod error;
pub mod guard;
pub(crate) mod if_match;
pub mod limits;
pub(crate) mod path;
pub(crate) mod problem;
pub(crate) mod query;
mod readiness;
pub mod request_log;
pub(crate) mod route;
pub mod sessions;
pub mod site;
pub(crate) mod state;
pub mod upgrade;
pub(crate) mod upload;

pub use readiness::Readiness;
pub use state::AppState;
