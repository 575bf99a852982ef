//! One contract for every store: each rule is written once and becomes a test of each of them.
//!
//! The tests of MongoDB need a replica set: `VITRINA_TEST_MONGODB` names its server. Beside the
//! shared rules, `foreign_documents` (MongoDB) and `data_file` (SQLite) hold what only one of the
//! stores can meet.

#[macro_use]
mod fixtures;
#[macro_use]
mod contract;
mod data_file;
mod foreign_documents;
mod place;
mod reader;

mod sqlite {
    every_rule!(crate::place::Place::sqlite());
}

mod mongo {
    every_rule!(crate::place::Place::mongo());
}
