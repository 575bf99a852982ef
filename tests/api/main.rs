//! The public surface, spoken to over real HTTP and real sockets.
//!
//! A rule is written once and becomes a test on each store; what no store has a part in is tested
//! once. MongoDB must be a replica set: `VITRINA_TEST_MONGODB` names its server.

mod app;
mod goods;
mod place;
mod reply;
mod socket;

#[macro_use]
mod every_rule;

mod cart_forms;
mod cart_refusals;
mod carts;
mod chat;
mod chat_refusals;
mod frames;
mod health;
mod hostile_text;
mod hubs;
mod image_files;
mod listing;
mod messages;
mod pages;
mod preferences;
mod presence;
mod product_fields;
mod product_stream;
mod product_updates;
mod products;
mod requests;
mod resume;
mod snapshots;
mod upgrades;
mod upload_refusals;
mod uploads;
mod workers;

mod sqlite {
    every_rule!(crate::place::Place::sqlite());
}

mod mongo {
    every_rule!(crate::place::Place::mongo());
}
