//! Commands: the writes of the shop that a client may repeat under an idempotency key.
//!
//! A command is checked and executed in one place ([`Shop::execute`](crate::shop::Shop::execute)),
//! whether it came by REST, by a form or on a socket. Its outcome is data; HTTP is made from it.

use serde::{Deserialize, Serialize};

use super::cart::{Cart, LineRequests};
use super::cart_change::CartChange;
use super::chat_message::{AppendedMessage, NewChatMessage};
use super::error::ValidationError;
use super::ids::CartId;
use super::product::{NewProduct, Product};
use super::purchase::{PurchaseOutcome, PurchaseRequest};
use super::refusal::Refusal;

/// One write.
#[derive(Debug, Clone)]
pub enum Command {
    /// Stores a product with a new id and version 1. Of parallel creations with one code exactly
    /// one succeeds; the others are [`Refusal::DuplicateCode`].
    CreateProduct(NewProduct),
    /// Makes a cart with an unguessable id and these lines.
    CreateCart(LineRequests),
    /// Changes the lines of a cart.
    ChangeCart(CartId, CartChange),
    /// Buys what a cart holds and empties it, in one step; see
    /// [`decide`](super::purchase::decide).
    Purchase(CartId, PurchaseRequest),
    /// Appends a message behind all stored ones. A message whose author and nonce are stored
    /// already is not stored again: the stored one is returned as repeated.
    AppendMessage(NewChatMessage),
}

/// The result of an executed command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The new product.
    Product(Product),
    /// The new or changed cart.
    Cart(Cart),
    /// The order, and what it left in the cart.
    Purchase(PurchaseOutcome),
    /// The stored message.
    Message(AppendedMessage),
}

impl Outcome {
    /// The product, if it is one.
    pub fn product(self) -> Option<Product> {
        match self {
            Self::Product(product) => Some(product),
            _ => None,
        }
    }

    /// The cart, if it is one.
    pub fn cart(self) -> Option<Cart> {
        match self {
            Self::Cart(cart) => Some(cart),
            _ => None,
        }
    }

    /// The purchase, if it is one.
    pub fn purchase(self) -> Option<PurchaseOutcome> {
        match self {
            Self::Purchase(purchased) => Some(purchased),
            _ => None,
        }
    }

    /// The message, if it is one.
    pub fn message(self) -> Option<AppendedMessage> {
        match self {
            Self::Message(appended) => Some(appended),
            _ => None,
        }
    }
}

/// How a command under an idempotency key ended for good: what its repetitions are answered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Conclusion {
    /// It was executed.
    Done(Outcome),
    /// The shop's state was against it.
    Refused(Refusal),
    /// Its input broke a rule; no store was asked.
    Invalid(ValidationError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chat_message::ChatMessage;
    use crate::domain::ids::{ChatMessageId, OrderId, ProductId};
    use crate::domain::money::Money;
    use crate::domain::order::{Order, OrderCode};
    use crate::domain::timestamp::Timestamp;

    fn outcomes() -> [Outcome; 4] {
        let cart = Cart {
            id: CartId::from_bytes([1; 12]),
            lines: Vec::new(),
            dropped: Vec::new(),
            version: 1,
        };
        let product = Product {
            id: ProductId::from_bytes([2; 12]),
            title: "Vase".into(),
            code: "V-1".into(),
            price: Money::from_minor(1_999),
            status: true,
            stock: 1,
            category: "general".into(),
            version: 1,
            ..Product::default()
        };
        let order = Order {
            id: OrderId::from_bytes([3; 12]),
            code: OrderCode::from_stored("7KQM-3XWD".into()),
            purchase_datetime: Timestamp::default(),
            purchaser: "ana@example.com".into(),
            cart: cart.id,
            lines: Vec::new(),
            cancelled: None,
        };
        let message = ChatMessage {
            id: ChatMessageId::from_bytes([4; 12]),
            seq: 1,
            user: "ana@example.com".into(),
            text: "hola".into(),
            datetime: Timestamp::default(),
            nonce: None,
        };
        [
            Outcome::Product(product),
            Outcome::Cart(cart),
            Outcome::Purchase(PurchaseOutcome {
                order,
                left: Vec::new(),
                dropped: Vec::new(),
            }),
            Outcome::Message(AppendedMessage {
                message,
                repeated: false,
            }),
        ]
    }

    #[test]
    fn an_outcome_gives_what_it_is_and_nothing_else() {
        for (index, outcome) in outcomes().into_iter().enumerate() {
            let given = [
                outcome.clone().product().map(Outcome::Product),
                outcome.clone().cart().map(Outcome::Cart),
                outcome.clone().purchase().map(Outcome::Purchase),
                outcome.clone().message().map(Outcome::Message),
            ];
            for (other, given) in given.into_iter().enumerate() {
                assert_eq!(given, (index == other).then(|| outcome.clone()));
            }
        }
    }
}
