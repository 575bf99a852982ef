//! Why a store did not do what it was asked.

use crate::domain::cart::LineRefusal;
use crate::domain::ids::{NoRandomness, ProductId};
use crate::domain::money::Money;
use crate::domain::purchase::{LineLeft, PurchaseRefusal};

/// The driver's own error, for the log alone.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// A product.
    Product,
    /// An image's name in a product.
    Thumbnail,
    /// A cart.
    Cart,
    /// A product's line in a cart.
    CartLine,
    /// A chat message.
    Message,
    /// An order.
    Order,
    /// A mute.
    Mute,
}

/// Every outcome of a store's operation but success. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It is not there.
    #[error("{0:?} not found")]
    NotFound(Noun),
    /// Another product has this code.
    #[error("another product has this code")]
    DuplicateCode,
    /// The product has another version than the caller expected.
    #[error("the product has version {current}")]
    VersionMismatch {
        /// The version that it has.
        current: i64,
    },
    /// The product is not offered.
    #[error("product {product} is not for sale")]
    NotForSale {
        /// Which product.
        product: ProductId,
    },
    /// There are not that many.
    #[error("only {available} of product {product} available")]
    InsufficientStock {
        /// Which product.
        product: ProductId,
        /// The most that the line can hold.
        available: i64,
    },
    /// The cart holds nothing to buy.
    #[error("the cart is empty")]
    EmptyCart,
    /// Lines of a cart cannot be had as they are.
    #[error("{} lines of the cart cannot be had", lines.len())]
    LinesShort {
        /// Every such line, one at least.
        lines: Vec<LineLeft>,
    },
    /// The cart does not cost what the buyer saw.
    #[error("the cart costs {total} now")]
    PriceChanged {
        /// What it costs.
        total: Money,
    },
    /// The cart has as many lines as it can.
    #[error("the cart is full")]
    CartFull,
    /// The product has as many images as it can.
    #[error("the product has too many images")]
    TooManyThumbnails,
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyMismatch,
    /// As many answers are kept as can be: no new key is taken until some have had their time.
    #[error("too many idempotency keys are in use")]
    KeysExhausted,
    /// The store cannot be reached or cannot write now; the same call may succeed later.
    #[error("store unavailable: {0}")]
    Unavailable(#[source] Cause),
    /// The store's data or its driver did what must not be.
    #[error("store failure: {0}")]
    Internal(#[source] Cause),
}

impl StoreError {
    /// The kind of a failure of the store itself, in a word; `None` of a refusal.
    pub fn failure(&self) -> Option<&'static str> {
        match self {
            Self::Unavailable(_) => Some("unavailable"),
            Self::Internal(_) => Some("internal"),
            _ => None,
        }
    }

    /// A refusal of a cart's line, as the store tells it.
    pub fn from_refusal(product: ProductId, refusal: LineRefusal) -> Self {
        match refusal {
            LineRefusal::NotForSale => Self::NotForSale { product },
            LineRefusal::InsufficientStock { available } => {
                Self::InsufficientStock { product, available }
            }
        }
    }
}

impl From<PurchaseRefusal> for StoreError {
    fn from(refusal: PurchaseRefusal) -> Self {
        match refusal {
            PurchaseRefusal::EmptyCart => Self::EmptyCart,
            PurchaseRefusal::NotForSale(product) => Self::NotForSale { product },
            PurchaseRefusal::InsufficientStock(lines) => Self::LinesShort { lines },
            PurchaseRefusal::PriceChanged(total) => Self::PriceChanged { total },
        }
    }
}

impl From<NoRandomness> for StoreError {
    fn from(error: NoRandomness) -> Self {
        Self::Unavailable(error.into())
    }
}
