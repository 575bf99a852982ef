//! Where log lines go and what they look like.

use std::io::Write;

use env_logger::{Builder, Env, Target};
use log::Record;

use crate::config::LogFormat;
use crate::domain::timestamp::Timestamp;

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_LEVELS: &str = "info,actix_server=warn";

/// Starts logging to stderr; a second call changes nothing.
pub fn init(format: LogFormat) {
    let mut builder = Builder::from_env(Env::default().default_filter_or(DEFAULT_LEVELS));
    builder.target(Target::Stderr);
    if format == LogFormat::Json {
        builder.format(|out, record| writeln!(out, "{}", json_line(record)));
    }
    // A test binary starts many servers, and the first of them has set the logger.
    let _ = builder.try_init();
}

fn json_line(record: &Record<'_>) -> serde_json::Value {
    serde_json::json!({
        "time": Timestamp::now().to_string(),
        "level": record.level().as_str().to_ascii_lowercase(),
        "target": record.target(),
        "message": record.args().to_string(),
    })
}
