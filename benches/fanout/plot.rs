//! The plot: for each size the ratio to the baseline, as bars with their spread.

use std::fmt::Write as _;
use std::{fs, io};

use crate::candidate::Candidate;
use crate::plan::Results;
use crate::report::{Load, file};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 220.0;
const RIGHT: f64 = 130.0;
const BAR: f64 = 18.0;
const GAP: f64 = 8.0;
const TITLE: f64 = 44.0;

pub(crate) fn write(results: &Results) -> io::Result<()> {
    let mut body = String::new();
    let mut y = 20.0;
    for (load, title) in [
        (
            Load::Rate,
            "one message at a time, relative to the baseline",
        ),
        (
            Load::Saturated,
            "saturated by 100 publishers, relative to the batched baseline (logarithmic)",
        ),
    ] {
        for size in results.sizes() {
            panel(&mut body, &mut y, results, size, load, title);
        }
    }
    let style = "text{font:13px sans-serif;fill:#222}.t{font-weight:bold}\
                 .g{stroke:#ccc}.s{stroke:#222;stroke-width:1.5}";
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" role=\"img\" \
         aria-label=\"CPU time of a delivery relative to the baseline\">\n\
         <style>{style}</style>\n<rect width=\"{WIDTH}\" height=\"{y}\" fill=\"#fff\"/>\n{body}</svg>\n"
    );
    fs::write(file("svg"), svg)
}

fn panel(body: &mut String, y: &mut f64, results: &Results, size: usize, load: Load, title: &str) {
    let rows: Vec<_> = Candidate::ALL
        .into_iter()
        .filter_map(|c| Some((c, results.ratio(c, size, load)?)))
        .collect();
    let most = rows.iter().map(|(_, ratio)| ratio.max).fold(1.0, f64::max);
    let length = WIDTH - LEFT - RIGHT;
    let scale = |ratio: f64| match load {
        Load::Rate => LEFT + length * ratio / most,
        // The scale starts at half the baseline.
        Load::Saturated => LEFT + length * ((ratio / 0.5).ln() / (most / 0.5).ln()).max(0.0),
    };
    let _ = writeln!(
        body,
        "<text class=\"t\" x=\"10\" y=\"{}\">{size} sockets: {title}</text>",
        *y + 14.0
    );
    *y += TITLE - 14.0;
    let bottom = *y + rows.len() as f64 * (BAR + GAP);
    let baseline = scale(1.0);
    let _ = writeln!(
        body,
        "<line class=\"g\" x1=\"{baseline:.1}\" x2=\"{baseline:.1}\" y1=\"{y}\" y2=\"{bottom}\"/>"
    );
    for (candidate, ratio) in rows {
        let end = scale(ratio.median);
        let (low, high) = (scale(ratio.min), scale(ratio.max));
        let (text_y, middle) = (*y + 14.0, *y + BAR / 2.0);
        let _ = writeln!(
            body,
            "<text x=\"10\" y=\"{text_y}\">{}</text>\
             <rect x=\"{LEFT}\" y=\"{y}\" width=\"{:.1}\" height=\"{BAR}\" fill=\"{}\"/>\
             <line class=\"s\" x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>\
             <text x=\"{:.1}\" y=\"{text_y}\">{:.2}</text>",
            candidate.title(),
            end - LEFT,
            colour(candidate),
            high.max(end) + 8.0,
            ratio.median,
        );
        *y += BAR + GAP;
    }
    *y += TITLE / 2.0;
}

fn colour(candidate: Candidate) -> &'static str {
    match candidate {
        Candidate::Baseline | Candidate::BaselineBatched => "#9aa5b1",
        Candidate::Direct => "#0b7285",
        Candidate::Response => "#3bc9db",
        Candidate::Central => "#f08c00",
        Candidate::Ws | Candidate::SocketIo => "#c92a2a",
    }
}
