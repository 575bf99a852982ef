//! Vitrina: a live shop in one binary.

pub mod domain;
pub mod images;
pub mod protocol;
pub mod realtime;
pub mod store;
pub mod text;
