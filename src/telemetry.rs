//! Where log lines go and what they look like.

use std::io::Write;
use std::panic::PanicHookInfo;

use env_logger::{Builder, Env, Target};
use log::Record;

use crate::config::LogFormat;
use crate::domain::timestamp::Timestamp;

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_LEVELS: &str = "info,actix_server=warn";

/// Starts logging to stderr, panics too; a second call changes nothing.
pub fn init(format: LogFormat) {
    let mut builder = Builder::from_env(Env::default().default_filter_or(DEFAULT_LEVELS));
    builder.target(Target::Stderr);
    if format == LogFormat::Json {
        builder.format(|out, record| writeln!(out, "{}", json_line(record)));
    }
    // A test binary starts many servers, and the first of them has set the logger.
    if builder.try_init().is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// A panic is one line, like everything else that is told.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("without a name");
    let place = panic.location().map(ToString::to_string);
    let payload = panic.payload();
    let literal = payload.downcast_ref::<&str>().copied();
    let reason = literal.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let reason = reason.unwrap_or("no reason given");
    log::error!(
        "panicked in thread {name} at {}: {}",
        place.as_deref().unwrap_or("an unknown place"),
        reason.escape_debug()
    );
}

fn json_line(record: &Record<'_>) -> serde_json::Value {
    serde_json::json!({
        "time": Timestamp::now().to_string(),
        "level": record.level().as_str().to_ascii_lowercase(),
        "target": record.target(),
        "message": record.args().to_string(),
    })
}
