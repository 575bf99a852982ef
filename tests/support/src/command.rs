//! The server as a command.

use std::ffi::OsStr;
use std::process::Command;

/// A command without the settings of the person who runs it, which must not change what is tested
/// or measured. Rate limits are off: a test or a load sends thousands of requests from one address.
pub fn without_settings(program: impl AsRef<OsStr>) -> Command {
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
