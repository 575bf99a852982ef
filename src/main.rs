//! The `vitrina` program.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use vitrina::app::{Application, banner, probe, signals};
use vitrina::config::{CommandLine, Settings, Task};
use vitrina::{commands, telemetry};

/// The exit status for an invalid argument or setting.
const BAD_SETTING: u8 = 2;

fn main() -> ExitCode {
    let task = match CommandLine::try_parse() {
        Ok(command_line) => match command_line.into_task() {
            Ok(task) => task,
            Err(reason) => {
                eprintln!("vitrina: {reason}");
                return ExitCode::from(BAD_SETTING);
            }
        },
        Err(error) => return refuse_arguments(&error),
    };
    match task {
        Task::Serve(settings) => {
            telemetry::init(settings.log_format);
            telemetry::log_panics();
            actix_web::rt::System::new().block_on(run(&settings))
        }
        Task::Health(health) => match probe::ready(health.listen) {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                eprintln!("vitrina: {reason}");
                ExitCode::FAILURE
            }
        },
        Task::Data(command) => {
            telemetry::init_quiet();
            actix_web::rt::System::new().block_on(commands::run(&command))
        }
        Task::Openapi => print(vitrina::api::openapi::openapi_text()),
    }
}

/// Prints to stdout; a closed pipe is a failure, not a panic.
fn print(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Prints help and version as they are, and an invalid argument as one line.
fn refuse_arguments(error: &clap::Error) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        error.exit();
    }
    let text = error.to_string();
    let first = text.split("\n\n").next().unwrap_or(&text);
    let line = first.split_whitespace().collect::<Vec<_>>().join(" ");
    eprintln!("vitrina: {}", line.trim_start_matches("error: "));
    ExitCode::from(BAD_SETTING)
}

async fn run(settings: &Settings) -> ExitCode {
    if let Err(error) = signals::ignore_file_limit() {
        log::warn!("SIGXFSZ not ignored: {error}");
    }
    let application = match Application::build(settings).await {
        Ok(application) => application,
        Err(error) => {
            eprintln!("vitrina: {error}");
            return ExitCode::from(BAD_SETTING);
        }
    };
    let stop = match signals::stop() {
        Ok(stop) => stop,
        Err(error) => {
            eprintln!("vitrina: cannot watch signals: {error}");
            return ExitCode::from(BAD_SETTING);
        }
    };
    eprint!("{}", banner::text(settings, &application));
    log::info!("listening on http://{}", application.address());
    match application.run_until(stop).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("server stopped unexpectedly: {error}");
            ExitCode::FAILURE
        }
    }
}
