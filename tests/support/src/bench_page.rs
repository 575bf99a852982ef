//! The page of `docs/` that holds a bench's figures.

use std::fs;

use crate::{Outcome, project_path};

const END: &str = "<!-- end of the figures -->\n";

/// Replaces the figures of a bench; the rest of the page is left alone.
pub fn write(file: &str, bench: &str, figures: &str) -> Outcome<()> {
    let begin = format!("<!-- figures: written by `cargo bench --bench {bench}` -->\n");
    let path = project_path(file);
    let page = fs::read_to_string(&path)?;
    let around = page.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(END)?;
        Some((before, after))
    });
    let (before, after) = around.ok_or_else(|| format!("{file} has no marks for figures"))?;
    Ok(fs::write(
        path,
        format!("{before}{begin}\n{figures}\n{END}{after}"),
    )?)
}
