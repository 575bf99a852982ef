//! One entry of a frame log: an encoded frame and what routes it.

use std::collections::HashSet;
use std::time::Instant;

use crate::catalogue::{Catalogue, Update};
use crate::domain::cart::Cart;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::position::Position;
use crate::protocol::frame::Frame;

/// From here on a follower of the cart gets the frames of these products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CartFilter {
    pub cart: CartId,
    /// Grows with every state of a cart, in the order in which the states were read.
    pub revision: u64,
    /// The products in the cart.
    pub products: HashSet<ProductId>,
}

impl CartFilter {
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
    /// `None` for an ephemeral frame (presence, viewers, carts), which is never replayed.
    pub position: Option<Position>,
    /// The change of the catalogue in a product frame.
    pub update: Option<Update>,
    /// The sequence number of the chat message in the frame.
    pub seq: Option<i64>,
    /// Set for a cart frame, which only followers of that cart get.
    pub cart: Option<Box<CartFilter>>,
    /// The time of the append.
    pub at: Instant,
    pub frame: Frame,
}

impl Entry {
    /// A change of a product.
    pub fn product(position: Position, update: Update, frame: Frame, at: Instant) -> Self {
        Self {
            position: Some(position),
            update: Some(update),
            ..Self::ephemeral(frame, at)
        }
    }

    /// A change of the chat; `seq` is set for a new message.
    pub fn chat(position: Position, seq: Option<i64>, frame: Frame, at: Instant) -> Self {
        Self {
            position: Some(position),
            seq,
            ..Self::ephemeral(frame, at)
        }
    }

    /// A frame for live subscribers only.
    pub fn ephemeral(frame: Frame, at: Instant) -> Self {
        Self {
            position: None,
            update: None,
            seq: None,
            cart: None,
            at,
            frame,
        }
    }

    /// The product of a product frame.
    pub fn product_id(&self) -> Option<ProductId> {
        self.update.as_ref().map(|update| update.id)
    }

    /// Brings a catalogue at the position before this entry to its position.
    pub(crate) fn apply_to(&self, catalogue: &mut Catalogue) {
        if let (Some(position), Some(update)) = (&self.position, &self.update) {
            catalogue.apply(position.clone(), update.clone());
        }
    }

    /// An ephemeral frame for the followers of a cart.
    pub fn cart(filter: CartFilter, frame: Frame, at: Instant) -> Self {
        Self {
            cart: Some(Box::new(filter)),
            ..Self::ephemeral(frame, at)
        }
    }
}
