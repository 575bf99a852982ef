//! The contract of all stores: each rule is written once and becomes a test of each store.
//!
//! `VITRINA_TEST_MONGODB` names the MongoDB server, which must be a replica set; without it the
//! tests on MongoDB do not run. `foreign_documents` (MongoDB) and `data_file` (SQLite) test what
//! only one store can meet.

#[macro_use]
mod fixtures;
#[macro_use]
mod contract;
mod data_file;
mod feed_reader;
mod foreign_documents;
mod former_version;
mod test_store;
mod typed_commands;

mod sqlite {
    every_rule!(Some(crate::test_store::TestStore::sqlite()));
}

mod mongo {
    every_rule!(crate::test_store::TestStore::mongo());
}
