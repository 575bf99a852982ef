//! The shop's program as a command.

use std::ffi::OsStr;
use std::process::Command;

/// A program with no settings but those that it is given: what the environment holds for people must not
/// reach what is measured or tested. Rates are lifted: a test or a load asks from one address for thousands.
pub(crate) fn without_settings(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("VITRINA_") || text == "RUST_LOG" {
            command.env_remove(&name);
        }
    }
    command.env("VITRINA_RATE_LIMITS", "off");
    command
}
