//! Vitrina: a live shop in one binary.
//!
//! The path of a request, with the status of its errors at each step:
//!
//! ```text
//! request -> api or pages (extractor) -> domain (validation: 400) -> shop (use case)
//!         -> store (404, 409, 503) -> change feed -> realtime (hub -> shard -> session) -> page
//! ```
//!
//! - [`config`]: command line and environment; [`telemetry`]: logging.
//! - [`app`]: starts and stops the server.
//! - [`commands`]: import, export, backup and restore; [`exchange`]: their file formats.
//! - [`domain`]: types and rules; no I/O.
//! - [`store`]: durable state behind traits; SQLite and MongoDB implement the same contract.
//! - [`images`]: product images: validation, storage, resized variants.
//! - [`catalogue`]: the products in memory, at one position of their stream; no I/O.
//! - [`protocol`]: the messages of the sockets and the JSON of the domain types.
//! - [`realtime`]: the actors of the sockets: hubs, shards and sessions.
//! - [`shop`]: the use cases; the only code that writes to the store. It connects store and
//!   realtime, which do not depend on each other.
//! - [`http`]: what API and pages share: limits, guards, errors, extractors.
//! - [`api`]: the REST interface and its description; [`pages`]: the HTML pages.
//! - [`metrics`]: counters and histograms; depends on no other module.
//! - [`i18n`]: languages and messages.
//! - [`checkout`]: with `--dev`, files of the checkout instead of the embedded ones.

pub mod api;
pub mod app;
pub mod catalogue;
pub mod checkout;
pub mod commands;
pub mod config;
pub mod domain;
pub mod exchange;
pub mod http;
pub mod i18n;
pub mod images;
pub mod metrics;
pub mod pages;
pub mod protocol;
pub mod realtime;
pub mod shop;
pub mod store;
pub mod telemetry;
