//! One line of a stream's log: a finished frame and what must be known to route it.

use std::collections::HashSet;
use std::time::Instant;

use crate::domain::cart::Cart;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::position::Position;
use crate::protocol::frame::Frame;

/// A state of a cart: who follows the cart is told about its products from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartMark {
    /// Which cart.
    pub cart: CartId,
    /// Grows from state to state, in the order in which they were read.
    pub revision: u64,
    /// What it holds.
    pub products: HashSet<ProductId>,
}

impl CartMark {
    /// The mark of a cart as it was read.
    pub fn new(cart: &Cart, revision: u64) -> Self {
        Self {
            cart: cart.id,
            revision,
            products: cart.lines.iter().map(|line| line.product.id).collect(),
        }
    }
}

/// A frame in a log.
#[derive(Debug)]
pub struct Entry {
    /// Its durable place; `None` for what only those who are there are told (presence, viewers).
    pub position: Option<Position>,
    /// The product that it is about.
    pub product: Option<ProductId>,
    /// The sequence number of the message that it brings.
    pub seq: Option<i64>,
    /// The cart that it is about, whose followers alone are told.
    pub cart: Option<Box<CartMark>>,
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
            cart: None,
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
            cart: None,
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
            cart: None,
            at,
            frame,
        }
    }

    /// A frame for those who follow a cart now; it is never replayed.
    pub fn cart(mark: CartMark, frame: Frame, at: Instant) -> Self {
        Self {
            cart: Some(Box::new(mark)),
            ..Self::passing(frame, at)
        }
    }
}
