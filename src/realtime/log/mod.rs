//! The recent frames of one stream, bounded by count, bytes and age.

mod entry;
mod frame_log;
mod head;
#[cfg(test)]
pub(crate) mod samples;

pub use entry::{CartFilter, Entry};
pub use frame_log::{FrameLog, Limits};
pub use head::{Head, StreamHead};
