//! Committed changes, each with its position in the store's change feed.

use std::sync::Arc;

use super::chat_message::ChatMessage;
use super::ids::{CartId, ChatMessageId, ProductId};
use super::position::Position;
use super::product::Product;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Durable, the same for every reader, never used twice.
    pub position: Position,
    pub kind: ChangeKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    Product(ProductChange),
    /// A message was appended to the chat. If it was deleted before this change was read, the feed
    /// may deliver [`ChangeKind::MessageDeleted`] in its place.
    MessageAppended(Arc<ChatMessage>),
    /// A message was deleted.
    MessageDeleted {
        id: ChatMessageId,
        /// The message's sequence number, which stays unused.
        seq: i64,
    },
    /// The lines of a cart changed, or the cart was removed.
    Cart(CartId),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductChange {
    pub id: ProductId,
    pub action: ProductAction,
    /// The product's version after this change.
    pub version: i64,
    /// Empty when only the id is known.
    pub title: String,
    /// The product after this change or a later one, never an earlier one; `None` when it is
    /// deleted.
    pub product: Option<Arc<Product>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProductAction {
    Created,
    Updated,
    Deleted,
}

impl ProductAction {
    /// The name on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_its_name_on_the_wire() {
        let actions = [
            ProductAction::Created,
            ProductAction::Updated,
            ProductAction::Deleted,
        ];
        let words = actions.map(ProductAction::word);
        assert_eq!(words, ["created", "updated", "deleted"]);
    }
}
