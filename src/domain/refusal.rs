//! Why a command that was understood is not carried out.

use serde::{Deserialize, Serialize};

use super::ids::ProductId;
use super::money::Money;
use super::unavailable_line::UnavailableLine;

/// The kind of thing that a command or a query looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resource {
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

/// A rule that the shop's state breaks now. Nothing was changed, and the same command is refused
/// again until somebody changes that state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Refusal {
    /// It does not exist.
    #[error("{0:?} not found")]
    NotFound(Resource),
    /// Another product has this code.
    #[error("duplicate code")]
    DuplicateCode,
    /// The product has another version than the caller expected.
    #[error("the product has version {current}")]
    VersionMismatch {
        /// Its version now.
        current: i64,
    },
    /// The product is not offered.
    #[error("product {product} is not for sale")]
    NotForSale {
        /// Which product.
        product: ProductId,
    },
    /// A cart line asks for more than there is.
    #[error("only {available} of product {product} available")]
    InsufficientStock {
        /// Which product.
        product: ProductId,
        /// The most that the line can hold.
        available: i64,
    },
    /// The cart has nothing to buy.
    #[error("the cart is empty")]
    EmptyCart,
    /// Some lines of the cart cannot be bought as they are.
    #[error("{} lines of the cart are unavailable", lines.len())]
    LinesShort {
        /// Every such line, at least one.
        lines: Vec<UnavailableLine>,
    },
    /// The cart does not cost what the buyer saw.
    #[error("the cart costs {total} now")]
    PriceChanged {
        /// Its total now.
        total: Money,
    },
    /// The cart has [`MAX_LINES`](super::cart::MAX_LINES) lines already.
    #[error("the cart is full")]
    CartFull,
    /// The product would have more than
    /// [`MAX_THUMBNAILS`](super::product::MAX_THUMBNAILS) images.
    #[error("the product has too many images")]
    TooManyThumbnails,
}
