//! Facts about what was stored, each at its place in the store's order.

use std::sync::Arc;

use super::chat_message::ChatMessage;
use super::ids::{CartId, ChatMessageId, ProductId};
use super::position::Position;
use super::product::Product;

/// A committed change and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place: durable, the same for every reader, never used twice.
    pub position: Position,
    /// What happened.
    pub fact: Fact,
}

/// What happened to a noun of the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A product was created, changed or deleted.
    Product(ProductChange),
    /// A message was appended to the chat. One that was deleted before its change was read may be
    /// told as deleted in this place already: nothing of it may be left to tell.
    MessageAppended(Arc<ChatMessage>),
    /// A message was deleted.
    MessageDeleted {
        /// Its id.
        id: ChatMessageId,
        /// The place that stays unused.
        seq: i64,
    },
    /// The lines of a cart changed, or the cart went.
    Cart(CartId),
}

/// A change of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductChange {
    /// Which product.
    pub id: ProductId,
    /// What happened to it.
    pub action: ProductAction,
    /// The product's version by this change.
    pub version: i64,
    /// Its title; empty where only its id is left.
    pub title: String,
    /// The product as it was after this change or later, never before; `None` when it is gone.
    pub product: Option<Arc<Product>>,
}

/// What happened to a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductAction {
    /// It is new.
    Created,
    /// Some of it changed.
    Updated,
    /// It is gone.
    Deleted,
}

impl ProductAction {
    /// The action's word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}
