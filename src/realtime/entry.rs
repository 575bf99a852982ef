//! One line of a stream's log: a finished frame and what must be known to route it.

use std::time::Instant;

use crate::domain::ids::ProductId;
use crate::domain::position::Position;
use crate::protocol::frame::Frame;

/// A frame in a log.
#[derive(Debug)]
pub struct Entry {
    /// Its durable place; `None` for what only those who are there are told (presence, viewers).
    pub position: Option<Position>,
    /// The product that it is about.
    pub product: Option<ProductId>,
    /// The sequence number of the message that it brings.
    pub seq: Option<i64>,
    /// When it was appended.
    pub at: Instant,
    /// The bytes.
    pub frame: Frame,
}

impl Entry {
    /// A frame about a product.
    pub fn product(position: Position, product: ProductId, frame: Frame, at: Instant) -> Self {
        Self {
            position: Some(position),
            product: Some(product),
            seq: None,
            at,
            frame,
        }
    }

    /// A frame of the chat, with the sequence number of the message that it brings.
    pub fn chat(position: Position, seq: Option<i64>, frame: Frame, at: Instant) -> Self {
        Self {
            position: Some(position),
            product: None,
            seq,
            at,
            frame,
        }
    }

    /// A frame for those who are there now; it is never replayed.
    pub fn passing(frame: Frame, at: Instant) -> Self {
        Self {
            position: None,
            product: None,
            seq: None,
            at,
            frame,
        }
    }
}
