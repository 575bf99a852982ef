//! The `vitrina` program: arguments, logging, the application, and its end.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use vitrina::app::Application;
use vitrina::config::{CommandLine, Settings, Task};
use vitrina::{banner, commands, probe, signals, telemetry};

/// What a wrong setting ends with.
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
        Task::Openapi => print(vitrina::web::describe::openapi_text()),
    }
}

/// A document on stdout. Whoever closes the pipe early wants no more of it.
fn print(text: &str) -> ExitCode {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Help and version go out as they are; a wrong argument is one line.
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
    if let Err(error) = signals::outlive_file_limit() {
        log::warn!("a limit on file sizes would end the process: {error}");
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
            eprintln!("vitrina: signals cannot be watched: {error}");
            return ExitCode::from(BAD_SETTING);
        }
    };
    eprint!("{}", banner::text(settings, &application));
    log::info!("listening on http://{}", application.address());
    match application.run_until(stop).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("the server failed: {error}");
            ExitCode::FAILURE
        }
    }
}
