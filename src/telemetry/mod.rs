//! Where log lines go and what they look like: one line for each record, whatever is in it.

mod line;
pub mod request;

use std::io::Write;

use env_logger::{Builder, Env, Target};

use self::line::Line;
use crate::config::LogFormat;
use crate::metrics::count_panic;

/// What is logged when `RUST_LOG` says nothing.
const DEFAULT_LEVELS: &str = "info,actix_server=warn";

/// Starts logging to stderr; a second call changes nothing.
pub fn init(format: LogFormat) {
    let mut builder = Builder::from_env(Env::default().default_filter_or(DEFAULT_LEVELS));
    builder.target(Target::Stderr);
    builder.format(move |out, record| {
        let style = out.default_level_style(record.level());
        let line = Line::of(record);
        match format {
            LogFormat::Text => writeln!(out, "{}", line.text(style)),
            LogFormat::Json => writeln!(out, "{}", line.json()),
        }
    });
    // A test binary starts many servers, and the first of them has set the logger.
    let _ = builder.try_init();
}

/// Has every panic of the process counted, and logged as one line as everything else.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        count_panic();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed").to_owned();
        let said = panic.payload();
        let said = said.downcast_ref::<&str>().copied();
        let said = said.or_else(|| panic.payload().downcast_ref::<String>().map(String::as_str));
        let said = said.unwrap_or("(no words)");
        match panic.location() {
            Some(place) => log::error!("panic in thread {thread} at {place}: {said}"),
            None => log::error!("panic in thread {thread}: {said}"),
        }
    }));
}
