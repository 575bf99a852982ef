//! A model of a socket with a bounded send buffer.

use std::collections::VecDeque;

/// The kernel's buffer, and the rest of a write that it did not take.
#[derive(Debug)]
pub(crate) struct Socket {
    capacity: usize,
    buffer: VecDeque<u8>,
    unsent: Vec<u8>,
    /// Set by `Mutant::TailForgotten`.
    drops_tail: bool,
}

impl Socket {
    pub(crate) fn new(capacity: usize, drops_tail: bool) -> Self {
        Self {
            capacity,
            buffer: VecDeque::new(),
            unsent: Vec::new(),
            drops_tail,
        }
    }

    /// Whether a write would go directly to the kernel.
    pub(crate) fn is_free(&self) -> bool {
        self.unsent.is_empty()
    }

    /// Writes as much as the kernel takes and keeps the rest; returns whether it took everything.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        let taken = bytes.len().min(self.capacity - self.buffer.len());
        self.buffer.extend(&bytes[..taken]);
        if !self.drops_tail {
            self.unsent = bytes[taken..].to_vec();
        }
        self.is_free()
    }

    /// Writes the kept rest; returns whether the kernel took everything.
    pub(crate) fn flush(&mut self) -> bool {
        let unsent = std::mem::take(&mut self.unsent);
        self.write(&unsent)
    }

    /// Bytes that the process holds for this peer.
    pub(crate) fn unsent_len(&self) -> usize {
        self.unsent.len()
    }

    /// Bytes that the peer reads.
    pub(crate) fn take(&mut self, bytes: usize) -> Vec<u8> {
        let count = bytes.min(self.buffer.len());
        self.buffer.drain(..count).collect()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.unsent.is_empty()
    }
}
