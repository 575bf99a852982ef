//! Vitrina: a live shop in one binary.

pub mod domain;
pub mod images;
pub mod store;
