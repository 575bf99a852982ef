//! Logging: one line per record on stderr, as text or JSON.

mod line;
pub mod request;

use std::io::Write;

use env_logger::{Builder, Env, Target};

use self::line::Line;
use crate::config::LogFormat;
use crate::metrics::count_panic;

/// Log levels without `RUST_LOG`. The HTTP library logs an error for every malformed request; those
/// only end a connection and are not failures of this program.
const DEFAULT_LEVELS: &str = "info,actix_server=warn,actix_http::h1::dispatcher=off";

/// The same for commands, which report their progress themselves.
const QUIET_LEVELS: &str = "warn";

/// Starts logging; a second call has no effect.
pub fn init(format: LogFormat) {
    init_with(format, DEFAULT_LEVELS);
}

/// Starts logging for a command that runs once: warnings and errors only.
pub fn init_quiet() {
    init_with(LogFormat::Text, QUIET_LEVELS);
}

fn init_with(format: LogFormat, levels: &str) {
    let mut builder = Builder::from_env(Env::default().default_filter_or(levels));
    builder.target(Target::Stderr);
    builder.format(move |out, record| {
        let style = out.default_level_style(record.level());
        let line = Line::new(record);
        match format {
            LogFormat::Text => writeln!(out, "{}", line.text(style)),
            LogFormat::Json => writeln!(out, "{}", line.json()),
        }
    });
    // Fails if a logger is set: a test binary starts many servers.
    let _ = builder.try_init();
}

/// Counts every panic of the process and logs it as one line.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        count_panic();
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed").to_owned();
        let payload = panic.payload();
        let message = payload.downcast_ref::<&str>().copied();
        let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = message.unwrap_or("(no message)");
        match panic.location() {
            Some(location) => log::error!("panic in thread {thread} at {location}: {message}"),
            None => log::error!("panic in thread {thread}: {message}"),
        }
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in the child process that panics.
    const PANICS: &str = "VITRINA_TEST_PANICS";

    #[test]
    fn a_panic_is_one_line_of_the_log() {
        if std::env::var_os(PANICS).is_some() {
            init(LogFormat::Text);
            log_panics();
            let thread = std::thread::Builder::new().name("worker".into());
            let worker = thread.spawn(|| {
                let long = "x".repeat(1 << 20);
                panic!("first\nsecond \u{1b}[31m {long}");
            });
            assert!(worker.expect("a thread").join().is_err());
            return;
        }
        // The hook is global and other tests run in this process, so a child process panics.
        let program = std::env::current_exe().expect("this program");
        let test = "telemetry::tests::a_panic_is_one_line_of_the_log";
        let child = Command::new(program)
            .args(["--exact", test, "--nocapture"])
            .env(PANICS, "1")
            .env("RUST_LOG", "info")
            .output()
            .expect("a process");
        assert!(child.status.success(), "{child:?}");
        let log = String::from_utf8(child.stderr).expect("UTF-8");
        let lines: Vec<_> = log.lines().filter(|line| !line.is_empty()).collect();
        let [line] = lines[..] else {
            panic!("{log}");
        };
        assert!(line.contains("ERROR"), "{line}");
        let location = r"panic in thread worker at src/telemetry/mod.rs:";
        assert!(line.contains(location), "{line}");
        assert!(line.contains(r": first\nsecond \u{1b}[31m xxx"), "{line}");
        assert!(line.len() < 8 << 10 && line.contains("bytes)"), "{line}");
    }
}
