//! The sub-commands that move data in and out: each runs once, tells what it did, and leaves.

mod backup;
mod export;
mod import;
mod interrupt;
mod new_file;
mod report;
mod restore;

use std::process::ExitCode;

use crate::config::DataCommand;

/// Why a command ended without having done all that it was asked: one line.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// An argument or setting cannot be used; nothing was done.
    #[error("{0}")]
    Setting(String),
    /// It ended before its end, or some of what it was given was not taken.
    #[error("{0}")]
    Incomplete(String),
}

type Outcome = Result<(), Failure>;

impl Failure {
    fn setting(setting: &str, reason: impl std::fmt::Display) -> Self {
        Self::Setting(format!("{setting}: {reason}").replace('\n', " "))
    }

    /// A signal came before anything was done for good.
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

/// Runs a command to its end. Must run inside an actix system.
pub async fn run(command: &DataCommand) -> ExitCode {
    let outcome = match command {
        DataCommand::Import(import) => import::run(import).await,
        DataCommand::Export(export) => export::run(export).await,
        DataCommand::Backup(backup) => backup::run(backup).await,
        DataCommand::Restore(restore) => restore::run(restore).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report::warn(&format!("vitrina: {failure}"));
            failure.status()
        }
    }
}
