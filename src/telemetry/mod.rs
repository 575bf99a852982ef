//! Where log lines go and what they look like: one line for each record, whatever is in it.

mod line;
pub mod request;

use std::io::Write;

use env_logger::{Builder, Env, Target};

use self::line::Line;
use crate::config::LogFormat;
use crate::metrics::count_panic;

/// What is logged when `RUST_LOG` says nothing. The HTTP library has an error for whatever a stranger sends that is no
/// request; that ends a connection and is no failure of this program.
const DEFAULT_LEVELS: &str = "info,actix_server=warn,actix_http::h1::dispatcher=off";

/// What is logged then by a command that says itself what it does.
const QUIET_LEVELS: &str = "warn";

/// Starts logging to stderr; a second call changes nothing.
pub fn init(format: LogFormat) {
    init_with(format, DEFAULT_LEVELS);
}

/// The same for a command that runs once, where only warnings are worth a line.
pub fn init_quiet() {
    init_with(LogFormat::Text, QUIET_LEVELS);
}

fn init_with(format: LogFormat, levels: &str) {
    let mut builder = Builder::from_env(Env::default().default_filter_or(levels));
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

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set for the process that is to panic.
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
        // The hook is the whole process's, and other tests run in this one.
        let program = std::env::current_exe().expect("this program");
        let test = "telemetry::tests::a_panic_is_one_line_of_the_log";
        let child = Command::new(program)
            .args(["--exact", test, "--nocapture"])
            .env(PANICS, "1")
            .env("RUST_LOG", "info")
            .output()
            .expect("a process");
        assert!(child.status.success(), "{child:?}");
        let said = String::from_utf8(child.stderr).expect("UTF-8");
        let lines: Vec<_> = said.lines().filter(|line| !line.is_empty()).collect();
        let [line] = lines[..] else {
            panic!("{said}");
        };
        assert!(line.contains("ERROR"), "{line}");
        let told = r"panic in thread worker at src/telemetry/mod.rs:";
        assert!(line.contains(told), "{line}");
        assert!(line.contains(r": first\nsecond \u{1b}[31m xxx"), "{line}");
        assert!(line.len() < 8 << 10 && line.contains("bytes)"), "{line}");
    }
}
