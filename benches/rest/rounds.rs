//! Each request in turn, again and again: what the machine does meanwhile meets all of them.

use std::rc::Rc;
use std::time::Duration;

use actix_web::rt;

use crate::Outcome;
use crate::load::{self, Window};
use crate::machine;
use crate::process::Program;
use crate::requests::Request;

/// Before the first round each request is asked for so long.
const WARM_UP: Duration = Duration::from_millis(500);
/// A process that uses no CPU time for so long has done all that an answer left to do.
const QUIET: Duration = Duration::from_millis(50);
/// How long it is waited for that.
const PATIENCE: usize = 40;

/// A request to a server, and what was measured of it.
pub(crate) struct Case<'a> {
    pub(crate) request: &'a str,
    pub(crate) server: &'a str,
    program: &'a Program,
    /// The process of the store, where it is not in the server.
    store: Option<u32>,
    asked: Rc<dyn Request>,
    pub(crate) measured: Vec<Measured>,
}

/// One measurement.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) window: Window,
    pub(crate) server: Duration,
    pub(crate) store: Option<Duration>,
    pub(crate) resident: u64,
}

impl<'a> Case<'a> {
    pub(crate) fn new(
        request: &'a str,
        server: &'a str,
        program: &'a Program,
        asked: Rc<dyn Request>,
    ) -> Self {
        Self {
            request,
            server,
            program,
            store: None,
            asked,
            measured: Vec::new(),
        }
    }

    /// Measures the process of the store as well.
    pub(crate) fn with_store(self, store: Option<u32>) -> Self {
        Self { store, ..self }
    }

    async fn ask(&self, connections: usize, time: Duration) -> Outcome<Window> {
        let asked = load::run(self.program.address(), &self.asked, connections, time).await;
        let window =
            asked.map_err(|error| format!("{} of {}: {error}", self.request, self.server))?;
        self.settle().await?;
        Ok(window)
    }

    async fn measure(&self, connections: usize, time: Duration) -> Outcome<Measured> {
        let (server, store) = self.used()?;
        let window = self.ask(connections, time).await?;
        let (server_now, store_now) = self.used()?;
        Ok(Measured {
            window,
            server: server_now - server,
            store: store_now.zip(store).map(|(now, before)| now - before),
            resident: machine::resident(self.program.pid())?,
        })
    }

    /// CPU time of the server and of the store.
    fn used(&self) -> Outcome<(Duration, Option<Duration>)> {
        let server = machine::cpu_time(self.program.pid())?;
        Ok((server, self.store.map(machine::cpu_time).transpose()?))
    }

    /// Waits until what follows an answer, such as telling the open pages, is done too.
    async fn settle(&self) -> Outcome<()> {
        let mut used = self.used()?;
        for _ in 0..PATIENCE {
            rt::time::sleep(QUIET).await;
            let now = self.used()?;
            if now == used {
                break;
            }
            used = now;
        }
        Ok(())
    }
}

/// Measures all cases so many times. Returns the share of the CPU that other programs took.
pub(crate) async fn run(
    cases: &mut [Case<'_>],
    rounds: usize,
    connections: usize,
    time: Duration,
) -> Outcome<f64> {
    for case in cases.iter() {
        case.ask(connections, WARM_UP).await?;
    }
    let mut asking = Duration::ZERO;
    let mut others = Duration::ZERO;
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for case in cases.iter_mut() {
            let (busy, own) = (
                machine::busy_time()?,
                machine::cpu_time(std::process::id())?,
            );
            let measured = case.measure(connections, time).await?;
            let own = machine::cpu_time(std::process::id())? - own;
            let known = own + measured.server + measured.store.unwrap_or_default();
            others += (machine::busy_time()? - busy).saturating_sub(known);
            asking += measured.window.elapsed;
            case.measured.push(measured);
        }
    }
    Ok(others.as_secs_f64() / asking.as_secs_f64())
}
