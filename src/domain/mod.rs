//! The shop's nouns and rules: constructors validate, nothing here does I/O.

pub mod admin_session;
pub mod admin_token;
pub mod broken;
pub mod cart;
pub mod cart_transition;
pub mod change;
pub mod chat_message;
pub mod email;
pub mod error;
pub mod field;
pub mod hold;
pub mod host;
pub mod idempotency;
pub mod ids;
pub mod members;
pub mod money;
pub mod mute;
pub mod network;
pub mod order;
pub mod position;
pub mod product;
pub mod product_query;
pub mod purchase;
pub mod text;
pub mod timestamp;
pub mod upsert;
