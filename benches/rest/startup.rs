//! The start of the server: how soon it responds, and its memory then.

use std::time::{Duration, Instant};

use actix_web::rt::SystemRunner;
use vitrina_test_support::http::Connection;
use vitrina_test_support::process::Program;
use vitrina_test_support::{Outcome, proc};

use crate::test_store::TestStore;
use crate::{VITRINA, catalogue};

/// How many starts are measured.
const STARTS: usize = 10;

#[derive(Debug)]
pub(crate) struct Start {
    /// From the start of the process to a list of products, for each start.
    pub(crate) times: Vec<Duration>,
    /// Memory after that response, in bytes, for each start.
    pub(crate) resident: Vec<u64>,
    /// Size of the program, in bytes.
    pub(crate) binary: u64,
}

/// Starts the server on the products of the bench, which are created first.
pub(crate) fn measure(system: &SystemRunner, store: &TestStore) -> Outcome<Start> {
    let program = Program::start(&mut store.command(VITRINA))?;
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
        let program = Program::start(&mut store.command(VITRINA))?;
        let address = program.address();
        system.block_on(async {
            let mut connection = Connection::open(address).await?;
            catalogue::count(&mut connection, address).await
        })?;
        start.times.push(begun.elapsed());
        start.resident.push(proc::resident(program.pid())?);
        program.stop()?;
    }
    Ok(start)
}
