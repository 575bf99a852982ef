//! The program as a process, from its arguments to its exit status.

mod backups;
mod clock;
mod data_files;
mod demo;
mod descriptors;
mod dev;
mod disk;
mod faulty_proxy;
mod files;
mod kills;
mod logs;
mod many_products;
mod migration;
mod mongo_faults;
mod mongod;
mod settings;
mod start_failures;
mod stopping;
mod survival;
mod writers;
