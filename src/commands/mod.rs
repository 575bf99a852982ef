//! The commands that move data in and out. Each runs once and reports what it did.

mod backup;
mod export;
mod import;
mod interrupt;
mod new_file;
mod report;
mod restore;

use std::process::ExitCode;

use crate::config::DataCommand;

/// A failed or incomplete command, as one line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// An invalid argument or setting; nothing was done.
    #[error("{0}")]
    Setting(String),
    /// The command stopped early, or skipped part of its input.
    #[error("{0}")]
    Incomplete(String),
}

type CommandResult = Result<(), Failure>;

impl Failure {
    fn setting(setting: &str, reason: impl std::fmt::Display) -> Self {
        Self::Setting(format!("{setting}: {reason}").replace('\n', " "))
    }

    /// `state` describes the data after a signal.
    fn interrupted(state: &str) -> Self {
        Self::Incomplete(format!("interrupted; {state}"))
    }

    fn status(&self) -> ExitCode {
        match self {
            Self::Setting(_) => ExitCode::from(2),
            Self::Incomplete(_) => ExitCode::FAILURE,
        }
    }
}

/// Must run inside an actix system.
pub async fn run(command: &DataCommand) -> ExitCode {
    let result = match command {
        DataCommand::Import(import) => import::run(import).await,
        DataCommand::Export(export) => export::run(export).await,
        DataCommand::Backup(backup) => backup::run(backup).await,
        DataCommand::Restore(restore) => restore::run(restore).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::warn(&format!("vitrina: {failure}"));
            failure.status()
        }
    }
}
