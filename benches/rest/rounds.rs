//! Interleaved rounds: a disturbance of the machine affects all requests alike.

use std::rc::Rc;
use std::time::Duration;

use actix_web::rt;
use vitrina_test_support::Outcome;
use vitrina_test_support::process::Program;
use vitrina_test_support::{machine, proc};

use crate::load::{self, Window};
use crate::requests::Request;

/// How long each request is sent before the first round.
const WARM_UP: Duration = Duration::from_millis(500);
/// A process that uses no CPU time for this long has finished the work after its responses.
const QUIET: Duration = Duration::from_millis(50);
/// How often to look for that.
const MAX_WAITS: usize = 40;

/// A request to a server, with its measurements.
pub(crate) struct Case<'a> {
    pub(crate) request: &'a str,
    pub(crate) server: &'a str,
    program: &'a Program,
    /// The process of the store, if it is not the server.
    store: Option<u32>,
    kind: Rc<dyn Request>,
    pub(crate) measured: Vec<Measured>,
}

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
        kind: Rc<dyn Request>,
    ) -> Self {
        Self {
            request,
            server,
            program,
            store: None,
            kind,
            measured: Vec::new(),
        }
    }

    /// Measures the process of the store as well.
    pub(crate) fn with_store(self, store: Option<u32>) -> Self {
        Self { store, ..self }
    }

    async fn load(&self, connections: usize, time: Duration) -> Outcome<Window> {
        let load = load::run(self.program.address(), &self.kind, connections, time).await;
        let window =
            load.map_err(|error| format!("{} of {}: {error}", self.request, self.server))?;
        self.settle().await?;
        Ok(window)
    }

    async fn measure(&self, connections: usize, time: Duration) -> Outcome<Measured> {
        let (server, store) = self.used()?;
        let window = self.load(connections, time).await?;
        let (server_now, store_now) = self.used()?;
        Ok(Measured {
            window,
            server: server_now - server,
            store: store_now.zip(store).map(|(now, before)| now - before),
            resident: proc::resident(self.program.pid())?,
        })
    }

    /// CPU time of the server and of the store.
    fn used(&self) -> Outcome<(Duration, Option<Duration>)> {
        let server = proc::cpu_time(self.program.pid())?;
        Ok((server, self.store.map(proc::cpu_time).transpose()?))
    }

    /// Waits until the work after the responses, such as updating open pages, is done.
    async fn settle(&self) -> Outcome<()> {
        let mut used = self.used()?;
        for _ in 0..MAX_WAITS {
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

/// Measures all cases in each round. Returns the share of the CPU that other programs used.
pub(crate) async fn run(
    cases: &mut [Case<'_>],
    rounds: usize,
    connections: usize,
    time: Duration,
) -> Outcome<f64> {
    for case in cases.iter() {
        case.load(connections, WARM_UP).await?;
    }
    let mut loaded = Duration::ZERO;
    let mut others = Duration::ZERO;
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for case in cases.iter_mut() {
            let (busy, own) = (machine::busy_time()?, proc::cpu_time(std::process::id())?);
            let measured = case.measure(connections, time).await?;
            let own = proc::cpu_time(std::process::id())? - own;
            let known = own + measured.server + measured.store.unwrap_or_default();
            others += (machine::busy_time()? - busy).saturating_sub(known);
            loaded += measured.window.elapsed;
            case.measured.push(measured);
        }
    }
    Ok(others.as_secs_f64() / loaded.as_secs_f64())
}
