//! The program from its arguments to its end.

mod backups;
mod clock;
mod data_files;
mod demo;
mod descriptors;
mod disk;
mod faulty_way;
mod files;
mod kills;
mod logs;
mod many_goods;
mod mongo_faults;
mod mongod;
mod moving_in;
mod settings;
mod start_failures;
mod stopping;
mod survival;
mod writers;
