//! The baseline: an actix-web application that returns a constant.

use std::process::{Command, ExitCode};

use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, web};
use vitrina_test_support::Outcome;

/// The argument that makes this program serve the baseline.
pub(crate) const ARGUMENT: &str = "baseline";
/// The body of its responses.
pub(crate) const PONG: &str = "pong";

pub(crate) fn command() -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(ARGUMENT);
    Ok(command)
}

/// Serves until the process is killed.
pub(crate) fn serve() -> ExitCode {
    let served = System::new().block_on(async {
        let server = HttpServer::new(|| App::new().route("/ping", web::get().to(pong)))
            .workers(1)
            .bind(("127.0.0.1", 0))?;
        for address in server.addrs() {
            eprintln!("http://{address}/");
        }
        server.run().await
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("baseline: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn pong() -> HttpResponse {
    HttpResponse::Ok().body(PONG)
}
