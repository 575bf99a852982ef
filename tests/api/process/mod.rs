//! The program from its arguments to its end.

mod demo;
mod disk;
mod kills;
mod logs;
mod mongod;
mod settings;
mod start_failures;
mod stopping;
mod survival;
mod writers;
