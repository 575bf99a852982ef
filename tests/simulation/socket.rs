//! The only thing that is modelled: a socket that holds so many bytes for its peer.

use std::collections::VecDeque;

/// A kernel's buffer, and before it what the kernel did not take.
#[derive(Debug)]
pub(crate) struct Socket {
    capacity: usize,
    buffer: VecDeque<u8>,
    left: Vec<u8>,
    /// A planted bug.
    forgets_tail: bool,
}

impl Socket {
    pub(crate) fn new(capacity: usize, forgets_tail: bool) -> Self {
        Self {
            capacity,
            buffer: VecDeque::new(),
            left: Vec::new(),
            forgets_tail,
        }
    }

    /// Nothing waits for the kernel.
    pub(crate) fn is_free(&self) -> bool {
        self.left.is_empty()
    }

    /// Writes what the kernel takes and keeps the rest; returns whether that was all.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        let taken = bytes.len().min(self.capacity - self.buffer.len());
        self.buffer.extend(&bytes[..taken]);
        if !self.forgets_tail {
            self.left = bytes[taken..].to_vec();
        }
        self.is_free()
    }

    /// Whether the kernel has taken everything.
    pub(crate) fn flush(&mut self) -> bool {
        let left = std::mem::take(&mut self.left);
        self.write(&left)
    }

    /// The bytes that the process keeps for this peer.
    pub(crate) fn kept(&self) -> usize {
        self.left.len()
    }

    /// The peer reads.
    pub(crate) fn take(&mut self, bytes: usize) -> Vec<u8> {
        let count = bytes.min(self.buffer.len());
        self.buffer.drain(..count).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.left.is_empty()
    }
}
