//! Lines of a cart that a purchase could not sell.

use serde::{Deserialize, Serialize};

use super::ids::ProductId;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnavailableLine {
    pub product: ProductId,
    /// The requested units.
    pub quantity: i64,
    /// The available units; 0 when the product is not for sale.
    pub available: i64,
}
