//! A simple model of a frame log.

use std::time::Instant;

use vitrina::domain::position::Position;
use vitrina::realtime::{Entry, FrameLog, Limits};

#[derive(Debug, Clone)]
struct Item {
    position: Option<Position>,
    bytes: usize,
    at: Instant,
}

/// The entries that a log must hold, as a list.
#[derive(Debug, Clone)]
pub(crate) struct ModelLog {
    items: Vec<Item>,
    base: Position,
    limits: Limits,
}

impl ModelLog {
    pub(crate) fn new(base: Position, limits: Limits) -> Self {
        Self {
            items: Vec::new(),
            base,
            limits,
        }
    }

    pub(crate) fn append(&mut self, entry: &Entry) {
        self.items.push(Item {
            position: entry.position.clone(),
            bytes: entry.frame.bytes().len(),
            at: entry.at,
        });
        while self.items.len() > 1 && !self.fits(entry.at) {
            let dropped = self.items.remove(0);
            self.base = dropped.position.unwrap_or(self.base.clone());
        }
    }

    fn fits(&self, now: Instant) -> bool {
        let bytes: usize = self.items.iter().map(|item| item.bytes).sum();
        let age = now.duration_since(self.items[0].at);
        self.items.len() <= self.limits.entries
            && bytes <= self.limits.bytes
            && age <= self.limits.age
    }

    pub(crate) fn restart(&mut self, base: Position) {
        self.items.clear();
        self.base = base;
    }

    pub(crate) fn knows(&self, position: &Position) -> bool {
        let mut held = self.items.iter();
        self.base == *position || held.any(|item| item.position.as_ref() == Some(position))
    }

    fn cursor(&self) -> &Position {
        let mut newest = self.items.iter().rev();
        newest
            .find_map(|item| item.position.as_ref())
            .unwrap_or(&self.base)
    }

    /// Checks that the log equals the model and exceeds no limit.
    pub(crate) fn compare(&self, log: &FrameLog) -> Result<(), String> {
        let held = log.end() - log.first();
        let items = self.items.len();
        if held != items as u64 {
            return Err(format!("a log holds {held} frames, not {items}"));
        }
        if log.cursor() != self.cursor() {
            let (actual, expected) = (log.cursor(), self.cursor());
            return Err(format!("a log ends at {actual}, not {expected}"));
        }
        let frames = (log.first()..log.end()).filter_map(|index| log.get(index));
        let bytes: usize = frames.map(|entry| entry.frame.bytes().len()).sum();
        if items > 1 && (items > self.limits.entries || bytes > self.limits.bytes) {
            return Err(format!("a log holds {held} frames of {bytes} bytes"));
        }
        Ok(())
    }
}
