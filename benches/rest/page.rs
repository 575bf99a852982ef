//! The page on which a bench keeps its figures.

use std::fs;
use std::path::Path;

use crate::Outcome;

const END: &str = "<!-- end of the figures -->\n";

/// Puts the figures of a bench in the place of its former ones; the rest of the file is left alone.
pub(crate) fn write(file: &str, bench: &str, figures: &str) -> Outcome<()> {
    let begin = format!("<!-- figures: written by `cargo bench --bench {bench}` -->\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let former = fs::read_to_string(&path)?;
    let around = former.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = around.ok_or_else(|| format!("{file} has no place for figures"))?;
    Ok(fs::write(
        path,
        format!("{before}{begin}\n{figures}\n{END}{after}"),
    )?)
}
