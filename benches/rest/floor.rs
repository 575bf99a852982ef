//! The floor: an actix-web application that does nothing but answer.

use std::process::{Command, ExitCode};

use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, web};

use crate::Outcome;

/// What turns this program into the floor.
pub(crate) const ARGUMENT: &str = "floor";
/// What it answers.
pub(crate) const PONG: &str = "pong";

/// The command that starts it.
pub(crate) fn command() -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(ARGUMENT);
    Ok(command)
}

/// Serves until it is killed.
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
            eprintln!("floor: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn pong() -> HttpResponse {
    HttpResponse::Ok().body(PONG)
}
