//! What a history asks of the shop, and what it is answered, in words of its own. Products, carts and
//! buyers are numbers, so that a history can be read.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A product, by its number in the history.
pub(crate) type P = u8;
/// A cart, by its number in the history.
pub(crate) type C = u8;
/// A buyer. Each purchase that is meant has one of its own, which tells its order from all others.
pub(crate) type B = u32;

/// A change of a product's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Edit {
    Stock(i64),
    Price(i64),
    ForSale(bool),
    Title(u8),
}

/// A step that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Request {
    Edit {
        product: P,
        edit: Edit,
        expected: Option<i64>,
    },
    Delete {
        product: P,
    },
    Add {
        cart: C,
        product: P,
        quantity: i64,
    },
    Set {
        cart: C,
        product: P,
        quantity: i64,
    },
    Replace {
        cart: C,
        lines: Vec<(P, i64)>,
    },
    Remove {
        cart: C,
        product: P,
    },
    Purchase {
        cart: C,
        buyer: B,
        total: Option<i64>,
        partial: bool,
    },
    Cancel {
        buyer: B,
    },
    /// Time goes on until every hold is over: of this cart, or of all.
    Expire {
        cart: Option<C>,
    },
}

/// A step that is asked for, perhaps under a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) key: Option<u32>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Sold {
    pub(crate) product: P,
    pub(crate) title: String,
    pub(crate) price: i64,
    pub(crate) quantity: i64,
}

/// A line that was not sold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Left {
    pub(crate) product: P,
    pub(crate) quantity: i64,
    pub(crate) available: i64,
}

/// An order but for what is drawn by lot.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) buyer: B,
    pub(crate) cart: C,
    pub(crate) lines: Vec<Sold>,
    pub(crate) cancelled: bool,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Product {
    pub(crate) title: String,
    pub(crate) stock: i64,
    /// Units that carts keep.
    pub(crate) held: i64,
    pub(crate) price: i64,
    pub(crate) for_sale: bool,
    pub(crate) version: i64,
}

/// A cart as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Cart {
    pub(crate) lines: Vec<(P, i64)>,
    /// Units that it keeps.
    pub(crate) kept: BTreeMap<P, i64>,
    pub(crate) dropped: BTreeSet<P>,
    pub(crate) version: i64,
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Refusal {
    NotFound(String),
    NotForSale(P),
    Insufficient { product: P, available: i64 },
    EmptyCart,
    LinesShort(Vec<Left>),
    PriceChanged(i64),
    VersionMismatch(i64),
    KeyMismatch,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Answer {
    Product(Product),
    Cart(Cart),
    Bought {
        order: Order,
        left: Vec<Left>,
        dropped: BTreeSet<P>,
    },
    Cancelled(Order),
    Expired,
    /// It was done, and nothing more is told: a program's answer to a deletion.
    Done,
    Refused(Refusal),
    /// The store failed: the step was done, or it was not.
    Failed(String),
}

/// What is drawn by lot for an order, or read from the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id: [u8; 12],
    pub(crate) code: String,
    pub(crate) at: String,
}

/// An answer as it is kept for a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub(crate) answer: Answer,
    pub(crate) identity: Option<Identity>,
}

/// An answer, and whether it was said to be that of an earlier request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) kept: Kept,
    pub(crate) replayed: bool,
}
