//! Vitrina: a live shop in one binary.
//!
//! A request walks one way through these rooms:
//!
//! ```text
//! request -> web (extractor) -> domain (constructor: 400) -> shop (use case)
//!         -> store (404, 409, 503) -> change feed -> realtime (hub -> shard -> session) -> page
//! ```
//!
//! - `main` reads [`config`], starts [`telemetry`], builds the [`app`] and
//!   runs it until one of the [`signals`]; [`banner`] greets.
//! - [`probe`]: asks a running server whether it is ready.
//! - [`commands`]: import, export, backup and restore, which run once and leave; [`exchange`] reads and
//!   writes the files.
//! - [`domain`]: the nouns and their rules; no I/O.
//! - [`store`]: durable state, behind traits; SQLite and MongoDB keep one contract.
//! - [`images`]: product images, taken with limits.
//! - [`protocol`]: what crosses a socket, encoded once.
//! - [`realtime`]: hubs, shards and sessions; actors without storage or routes.
//! - [`shop`]: the use cases, the only writer; it joins store and realtime, which never meet.
//! - [`web`]: routes, forms and pages.
//! - [`metrics`]: what is counted and timed; a leaf that the others are given counters of.
//! - [`text`]: the site's words in its languages.

pub mod app;
pub mod banner;
pub mod commands;
pub mod config;
pub mod domain;
pub mod exchange;
pub mod images;
pub mod metrics;
pub mod probe;
pub mod protocol;
pub mod realtime;
pub mod shop;
pub mod signals;
pub mod store;
pub mod telemetry;
pub mod text;
pub mod web;
