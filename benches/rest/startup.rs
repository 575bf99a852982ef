//! The start of the program: how soon it answers, and what it holds then.

use std::time::{Duration, Instant};

use actix_web::rt::SystemRunner;

use crate::http::Connection;
use crate::process::Program;
use crate::shop::Place;
use crate::{Outcome, VITRINA, catalogue, machine};

/// How many starts are measured.
const STARTS: usize = 10;

/// What was measured.
#[derive(Debug)]
pub(crate) struct Start {
    /// From the start of the process to a page of products, for each start.
    pub(crate) times: Vec<Duration>,
    /// Memory after that answer, in bytes, for each start.
    pub(crate) resident: Vec<u64>,
    /// Length of the program, in bytes.
    pub(crate) binary: u64,
}

/// Starts the program on the catalogue of the bench, which it makes before.
pub(crate) fn measure(system: &SystemRunner, place: &Place) -> Outcome<Start> {
    let program = Program::start(&mut place.command(VITRINA))?;
    let address = program.address();
    system.block_on(async {
        let mut connection = Connection::open(address).await?;
        catalogue::fill(&mut connection, address).await
    })?;
    program.stop()?;

    let mut start = Start {
        times: Vec::new(),
        resident: Vec::new(),
        binary: std::fs::metadata(VITRINA)?.len(),
    };
    for _ in 0..STARTS {
        let begun = Instant::now();
        let program = Program::start(&mut place.command(VITRINA))?;
        let address = program.address();
        system.block_on(async {
            let mut connection = Connection::open(address).await?;
            catalogue::count(&mut connection, address).await
        })?;
        start.times.push(begun.elapsed());
        start.resident.push(machine::resident(program.pid())?);
        program.stop()?;
    }
    Ok(start)
}
