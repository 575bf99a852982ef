//! What a log must hold, worked out the slow way.

use std::time::Instant;

use vitrina::domain::position::Position;
use vitrina::realtime::{Entry, FrameLog, Limits};

#[derive(Debug, Clone)]
struct Line {
    position: Option<Position>,
    bytes: usize,
    at: Instant,
}

/// A list of what a log holds.
#[derive(Debug, Clone)]
pub(crate) struct Ring {
    lines: Vec<Line>,
    base: Position,
    limits: Limits,
}

impl Ring {
    pub(crate) fn new(base: Position, limits: Limits) -> Self {
        Self {
            lines: Vec::new(),
            base,
            limits,
        }
    }

    pub(crate) fn append(&mut self, entry: &Entry) {
        self.lines.push(Line {
            position: entry.position.clone(),
            bytes: entry.frame.bytes().len(),
            at: entry.at,
        });
        while self.lines.len() > 1 && !self.fits(entry.at) {
            let dropped = self.lines.remove(0);
            self.base = dropped.position.unwrap_or(self.base.clone());
        }
    }

    fn fits(&self, now: Instant) -> bool {
        let bytes: usize = self.lines.iter().map(|line| line.bytes).sum();
        let age = now.duration_since(self.lines[0].at);
        self.lines.len() <= self.limits.entries
            && bytes <= self.limits.bytes
            && age <= self.limits.age
    }

    pub(crate) fn restart(&mut self, base: Position) {
        self.lines.clear();
        self.base = base;
    }

    pub(crate) fn knows(&self, position: &Position) -> bool {
        let mut held = self.lines.iter();
        self.base == *position || held.any(|line| line.position.as_ref() == Some(position))
    }

    fn cursor(&self) -> &Position {
        let mut newest = self.lines.iter().rev();
        newest
            .find_map(|line| line.position.as_ref())
            .unwrap_or(&self.base)
    }

    /// Whether a log holds just this, and no more than it may.
    pub(crate) fn compare(&self, log: &FrameLog) -> Result<(), String> {
        let held = log.end() - log.first();
        let lines = self.lines.len();
        if held != lines as u64 {
            return Err(format!("a log holds {held} frames, not {lines}"));
        }
        if log.cursor() != self.cursor() {
            let (is, must) = (log.cursor(), self.cursor());
            return Err(format!("a log ends at {is}, not {must}"));
        }
        let frames = (log.first()..log.end()).filter_map(|index| log.get(index));
        let bytes: usize = frames.map(|entry| entry.frame.bytes().len()).sum();
        if lines > 1 && (lines > self.limits.entries || bytes > self.limits.bytes) {
            return Err(format!("a log holds {held} frames of {bytes} bytes"));
        }
        Ok(())
    }
}
