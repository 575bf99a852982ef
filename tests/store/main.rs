//! One contract for every store: each rule is written once and becomes a test of each of them.
//!
//! The tests of MongoDB need a replica set: `VITRINA_TEST_MONGODB` names its server. Beside the
//! shared rules, `mongo_documents` and `sqlite_file` hold what only one of the stores can meet.

#[macro_use]
mod fixtures;
#[macro_use]
mod contract;
mod mongo_documents;
mod place;
mod reader;
mod sqlite_file;

mod sqlite {
    every_rule!(crate::place::Place::sqlite());
}

mod mongo {
    every_rule!(crate::place::Place::mongo());
}
