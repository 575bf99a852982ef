//! The figures as a table, for the terminal and for `docs/bench-rest.md`.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::time::Duration;
use vitrina_test_support::{Outcome, bench_page, machine};

use crate::Options;
use crate::rounds::{Case, Measured};
use crate::startup::Start;

const HEAD: &str = "\
| request | server | requests/s | server CPU µs/request: median (min–max) | × baseline | store CPU µs/request | p50 ms | p99 ms | RSS MB |
|---|---|--:|--:|--:|--:|--:|--:|--:|
";

pub(crate) struct Report<'a> {
    pub(crate) cases: &'a [Case<'a>],
    pub(crate) start: &'a Start,
    /// The share of the CPU that other programs used.
    pub(crate) others: f64,
    pub(crate) options: &'a Options,
}

impl Report<'_> {
    pub(crate) fn print(&self) -> Outcome<()> {
        Ok(io::stdout().write_all(self.text()?.as_bytes())?)
    }

    /// Replaces the figures in the page.
    pub(crate) fn write(&self) -> Outcome<()> {
        bench_page::write("docs/bench-rest.md", "rest", &self.text()?)
    }

    fn text(&self) -> Outcome<String> {
        let options = self.options;
        let mut text = format!(
            "{}. {} connections, {} rounds of {} s; other programs used {:.0} % of the CPU.\n\n{HEAD}",
            machine::description()?,
            options.connections,
            options.rounds,
            options.seconds,
            self.others * 100.0,
        );
        for case in self.cases {
            self.row(&mut text, case)?;
        }
        self.start(&mut text)?;
        Ok(text)
    }

    fn row(&self, text: &mut String, case: &Case<'_>) -> Outcome<()> {
        let micros = |case: &Case<'_>| spread(case.measured.iter().map(server_micros));
        let server = micros(case);
        let store = case.measured.iter().filter_map(store_micros);
        let store = match case.measured.iter().any(|one| one.store.is_some()) {
            true => format!("{:.0}", spread(store).median),
            false => "–".into(),
        };
        let baseline = self
            .cases
            .first()
            .into_iter()
            .flat_map(|baseline| &baseline.measured);
        let ratios = case.measured.iter().zip(baseline);
        let ratio =
            spread(ratios.map(|(one, baseline)| server_micros(one) / server_micros(baseline)));
        let speed = spread(
            case.measured
                .iter()
                .map(|one| one.window.latencies.len() as f64 / one.window.elapsed.as_secs_f64()),
        );
        let resident = case
            .measured
            .iter()
            .map(|one| one.resident)
            .max()
            .unwrap_or(0);
        let latency = |part| millis(percentile(&case.measured, part));
        writeln!(
            text,
            "| {} | {} | {:.0} | {:.1} ({:.1}–{:.1}) | {:.1} | {store} | {:.2} | {:.2} | {:.1} |",
            case.request,
            case.server,
            speed.median,
            server.median,
            server.min,
            server.max,
            ratio.median,
            latency(0.5),
            latency(0.99),
            megabytes(resident),
        )?;
        Ok(())
    }

    fn start(&self, text: &mut String) -> Outcome<()> {
        let start = self.start;
        let time = spread(start.times.iter().copied().map(millis));
        let resident = spread(start.resident.iter().copied().map(megabytes));
        writeln!(
            text,
            "\nStart to first response, existing SQLite file: {:.0} ms, median of {} ({:.0}–{:.0}). \
             Resident memory then: {:.1} MB. Program: {:.1} MB.",
            time.median,
            start.times.len(),
            time.min,
            time.max,
            resident.median,
            megabytes(start.binary),
        )?;
        Ok(())
    }
}

fn server_micros(one: &Measured) -> f64 {
    micros_each(one.server, one)
}

fn store_micros(one: &Measured) -> Option<f64> {
    one.store.map(|store| micros_each(store, one))
}

fn micros_each(time: Duration, one: &Measured) -> f64 {
    time.as_secs_f64() * 1e6 / one.window.latencies.len().max(1) as f64
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The latency that this part of all responses did not exceed.
fn percentile(measured: &[Measured], part: f64) -> Duration {
    let windows = measured.iter().map(|one| &one.window);
    let mut all: Vec<_> = windows.flat_map(|window| &window.latencies).collect();
    all.sort_unstable();
    let index = (all.len().saturating_sub(1) as f64 * part).round() as usize;
    all.get(index).copied().copied().unwrap_or_default()
}

/// Median and range of some figures.
struct Spread {
    min: f64,
    median: f64,
    max: f64,
}

fn spread(figures: impl Iterator<Item = f64>) -> Spread {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_unstable_by(f64::total_cmp);
    let at = |index: usize| figures.get(index).copied().unwrap_or(f64::NAN);
    let half = figures.len() / 2;
    let median = match figures.len() % 2 {
        0 => (at(half.wrapping_sub(1)) + at(half)) / 2.0,
        _ => at(half),
    };
    Spread {
        min: at(0),
        median,
        max: at(figures.len().wrapping_sub(1)),
    }
}
