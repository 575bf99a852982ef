//! The tables, for the terminal and for `docs/bench-fanout.md`, whose other text stays.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::candidate::Candidate;
use crate::load::Measured;
use crate::plan::{DELIVERIES, Outcome, PUBLISHERS, Results};
use crate::stats::Spread;

const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->";

/// A file of the report.
pub(crate) fn file(ending: &str) -> PathBuf {
    let name = format!("docs/bench-fanout.{ending}");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub(crate) fn print(results: &Results) {
    eprintln!("\n{}", tables(results));
}

pub(crate) fn write(results: &Results) -> io::Result<()> {
    let page = fs::read_to_string(file("md"))?;
    let marks = page.split_once(BEGIN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) =
        marks.ok_or_else(|| io::Error::other("docs/bench-fanout.md has no marks for figures"))?;
    let tables = tables(results);
    fs::write(file("md"), format!("{before}{BEGIN}{tables}{END}{after}"))
}

/// The two loads of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    Rate,
    Saturated,
}

impl Load {
    pub(crate) fn of(self, outcome: &Outcome) -> &Measured {
        match self {
            Self::Rate => &outcome.rate,
            Self::Saturated => &outcome.saturated,
        }
    }

    fn baseline(self) -> Candidate {
        match self {
            Self::Rate => Candidate::Baseline,
            Self::Saturated => Candidate::BaselineBatched,
        }
    }
}

impl Results {
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<_> = self.outcomes.iter().map(|o| o.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    fn of(&self, candidate: Candidate, size: usize) -> impl Iterator<Item = &Outcome> {
        let is_match = move |o: &&Outcome| o.candidate == candidate && o.size == size;
        self.outcomes.iter().filter(is_match)
    }

    fn spread(
        &self,
        candidate: Candidate,
        size: usize,
        value: impl Fn(&Outcome) -> f64,
    ) -> Option<Spread> {
        Spread::of(self.of(candidate, size).map(value))
    }

    /// The cost of a delivery relative to the baseline of the same round.
    pub(crate) fn ratio(&self, candidate: Candidate, size: usize, load: Load) -> Option<Spread> {
        let ratios = self.of(candidate, size).filter_map(|outcome| {
            let mut baselines = self.of(load.baseline(), size);
            let baseline = baselines.find(|baseline| baseline.round == outcome.round)?;
            Some(load.of(outcome).cost / load.of(baseline).cost)
        });
        Spread::of(ratios)
    }
}

fn tables(results: &Results) -> String {
    let mut text = format!("\nFrames had {} bytes of payload.\n", results.payload);
    for size in results.sizes() {
        rates(&mut text, results, size);
        saturated(&mut text, results, size);
        idle(&mut text, results, size);
    }
    stalled(&mut text, results);
    extra_cases(&mut text, results);
    text
}

fn head(text: &mut String, title: &str, columns: &[&str]) {
    let _ = writeln!(text, "\n### {title}\n\n| {} |", columns.join(" | "));
    let _ = writeln!(text, "|---|{}", "---:|".repeat(columns.len() - 1));
}

fn row(text: &mut String, title: &str, cells: &[String]) {
    let _ = writeln!(text, "| {title} | {} |", cells.join(" | "));
}

fn cell(spread: Option<Spread>, digits: usize) -> String {
    spread.map_or_else(|| "–".into(), |spread| format!("{spread:.digits$}"))
}

fn median(spread: Option<Spread>, digits: usize) -> String {
    spread.map_or_else(
        || "–".into(),
        |spread| format!("{:.digits$}", spread.median),
    )
}

fn rates(text: &mut String, results: &Results, size: usize) {
    let title =
        format!("{size} sockets, at most {DELIVERIES} deliveries a second, one message at a time");
    head(
        text,
        &title,
        &[
            "",
            "x baseline",
            "µs a delivery",
            "store's µs",
            "messages a read",
            "p50 / p99 after the echo, ms",
            "p50 / p99 after sending, ms",
        ],
    );
    for candidate in Candidate::ALL {
        let of = |value: fn(&Outcome) -> f64| results.spread(candidate, size, value);
        if of(|o| o.rate.cost).is_none() {
            continue;
        }
        let pair = |first: fn(&Outcome) -> f64, second: fn(&Outcome) -> f64| {
            format!("{} / {}", median(of(first), 1), median(of(second), 1))
        };
        row(
            text,
            candidate.title(),
            &[
                cell(results.ratio(candidate, size, Load::Rate), 2),
                cell(of(|o| o.rate.cost), 2),
                median(of(|o| o.rate.store_cost), 3),
                median(of(|o| o.rate.per_read), 2),
                pair(|o| o.rate.from_echo[0], |o| o.rate.from_echo[1]),
                pair(|o| o.rate.from_sending[0], |o| o.rate.from_sending[1]),
            ],
        );
    }
}

fn saturated(text: &mut String, results: &Results, size: usize) {
    let title = format!("{size} sockets, saturated by {PUBLISHERS} publishers");
    head(
        text,
        &title,
        &[
            "",
            "x batched baseline",
            "µs a delivery",
            "store's µs",
            "deliveries a second",
            "messages a read",
        ],
    );
    for candidate in Candidate::ALL {
        let of = |value: fn(&Outcome) -> f64| results.spread(candidate, size, value);
        let pace = results.spread(candidate, size, |o| {
            (o.saturated.messages * o.size as u64) as f64 / o.saturated.seconds
        });
        if pace.is_none() {
            continue;
        }
        row(
            text,
            candidate.title(),
            &[
                cell(results.ratio(candidate, size, Load::Saturated), 2),
                cell(of(|o| o.saturated.cost), 3),
                median(of(|o| o.saturated.store_cost), 4),
                median(pace, 0),
                median(of(|o| o.saturated.per_read), 1),
            ],
        );
    }
}

fn idle(text: &mut String, results: &Results, size: usize) {
    head(
        text,
        &format!("{size} sockets, idle"),
        &[
            "",
            "bytes each",
            "bytes joined",
            "µs a handshake",
            "handshakes a second, with the work of the load",
        ],
    );
    for candidate in Candidate::ALL {
        let of = |value: fn(&Outcome) -> f64| results.spread(candidate, size, value);
        if of(|o| o.idle.open).is_some() {
            row(
                text,
                candidate.title(),
                &[
                    cell(of(|o| o.idle.open), 0),
                    cell(of(|o| o.idle.joined), 0),
                    median(of(|o| o.idle.handshake), 0),
                    median(of(|o| o.idle.handshakes), 0),
                ],
            );
        }
    }
}

fn stalled(text: &mut String, results: &Results) {
    if results.stalled.is_empty() {
        return;
    }
    head(
        text,
        "950 readers beside 50 that stopped reading",
        &[
            "",
            "p50 / p99 after the echo, ms",
            "p50 / p99 when all read, ms",
            "memory they cost, MB",
        ],
    );
    for candidate in Candidate::ALL {
        let all = || results.stalled.iter().filter(|s| s.candidate == candidate);
        let pair = |times: fn(&crate::extra_cases::Stalled) -> [f64; 2]| {
            let [p50, p99] = [0, 1].map(|n| median(Spread::of(all().map(|s| times(s)[n])), 1));
            format!("{p50} / {p99}")
        };
        if let Some(memory) = Spread::of(all().map(|s| s.memory / 1e6)) {
            let cells = [pair(|s| s.with), pair(|s| s.without), cell(Some(memory), 1)];
            row(text, candidate.title(), &cells);
        }
    }
}

fn extra_cases(text: &mut String, results: &Results) {
    if !results.large.is_empty() {
        head(
            text,
            "15,000 sockets on one process, one message to all",
            &[
                "",
                "memory, MB",
                "bytes each",
                "µs a delivery",
                "p50 / p99 after sending, ms",
            ],
        );
    }
    for large in &results.large {
        let [p50, p99] = large.measured.from_sending;
        let cells = [
            format!("{:.0}", large.memory as f64 / 1e6),
            format!("{:.0}", large.idle),
            format!("{:.2}", large.measured.cost),
            format!("{p50:.0} / {p99:.0}"),
        ];
        row(text, large.candidate.title(), &cells);
    }
    if !results.chat.is_empty() {
        head(
            text,
            "Chat messages stored and broadcast to 100 senders, on all CPUs",
            &[
                "",
                "messages a second",
                "p50 / p99 from sending to receipt, ms",
            ],
        );
    }
    for chat in &results.chat {
        let [p50, p99] = chat.measured.from_sending;
        let pace = chat.measured.messages as f64 / chat.measured.seconds;
        row(
            text,
            chat.store,
            &[format!("{pace:.0}"), format!("{p50:.1} / {p99:.1}")],
        );
    }
}
