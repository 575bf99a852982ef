//! The requests and answers of a history. Products, carts and buyers are small numbers, so that
//! transcripts are readable.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// The number of a product in the history.
pub(crate) type P = u8;
/// The number of a cart in the history.
pub(crate) type C = u8;
/// The number of a buyer. Each intended purchase has its own, which identifies its order.
pub(crate) type B = u32;

/// A change of a product's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Edit {
    Stock(i64),
    Price(i64),
    ForSale(bool),
    Title(u8),
}

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
    /// Every hold expires: of this cart, or of all.
    Expire {
        cart: Option<C>,
    },
}

/// A request, with or without an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Call {
    pub(crate) request: Request,
    pub(crate) key: Option<u32>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct OrderLine {
    pub(crate) product: P,
    pub(crate) title: String,
    pub(crate) price: i64,
    pub(crate) quantity: i64,
}

/// A line that was not sold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ShortLine {
    pub(crate) product: P,
    pub(crate) quantity: i64,
    pub(crate) available: i64,
}

/// An order without its `Identity`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) buyer: B,
    pub(crate) cart: C,
    pub(crate) lines: Vec<OrderLine>,
    pub(crate) cancelled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct Product {
    pub(crate) title: String,
    pub(crate) stock: i64,
    /// Units that carts hold.
    pub(crate) held: i64,
    pub(crate) price: i64,
    pub(crate) for_sale: bool,
    pub(crate) version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Cart {
    pub(crate) lines: Vec<(P, i64)>,
    /// Units that it holds.
    pub(crate) held: BTreeMap<P, i64>,
    pub(crate) dropped: BTreeSet<P>,
    pub(crate) version: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Refusal {
    NotFound(String),
    NotForSale(P),
    Insufficient { product: P, available: i64 },
    EmptyCart,
    LinesShort(Vec<ShortLine>),
    PriceChanged(i64),
    VersionMismatch(i64),
    KeyMismatch,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Answer {
    Product(Product),
    Cart(Cart),
    Bought {
        order: Order,
        left: Vec<ShortLine>,
        dropped: BTreeSet<P>,
    },
    Cancelled(Order),
    Expired,
    /// Done without further data: the server's response to a deletion.
    Done,
    Refused(Refusal),
    /// The store failed: the request was executed or not.
    Failed(String),
}

/// The parts of an order that are random or come from the clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) id: [u8; 12],
    pub(crate) code: String,
    pub(crate) at: String,
}

/// The answer to a request, which is repeated under the same key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedAnswer {
    pub(crate) answer: Answer,
    pub(crate) identity: Option<Identity>,
}

/// An answer, and whether it was marked as a replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) saved: SavedAnswer,
    pub(crate) replayed: bool,
}
