//! The server process: ordered start and stop, signals, the start banner and the `health` check.

mod application;
pub mod banner;
pub mod probe;
mod serve;
pub mod signals;
mod streams;

pub use application::{Application, StartError};
