//! A cart as clients read it, over REST and sockets alike.

use serde::Serialize;

use super::amount::Amount;
use super::product_view::ProductView;
use crate::domain::cart::{Cart, CartLine};
use crate::domain::ids::ProductId;

/// The JSON form of a cart.
#[derive(Debug, Clone, Serialize)]
pub struct CartView<'a> {
    #[serde(rename = "_id")]
    id: String,
    products: Vec<LineView<'a>>,
    total: Amount,
    warnings: Vec<WarningView>,
    version: i64,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct LineView<'a> {
    product: ProductView<'a>,
    quantity: i64,
    available: i64,
    subtotal: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<String>,
}

/// What a cart lost without its owner's doing.
#[derive(Debug, Clone, Serialize)]
pub struct WarningView {
    code: &'static str,
    product: String,
    message: &'static str,
}

impl<'a> From<&'a Cart> for CartView<'a> {
    fn from(cart: &'a Cart) -> Self {
        Self {
            id: cart.id.to_string(),
            products: cart.lines.iter().map(LineView::from).collect(),
            total: Amount(cart.total()),
            warnings: cart.dropped.iter().map(WarningView::deleted).collect(),
            version: cart.version,
        }
    }
}

impl<'a> From<&'a CartLine> for LineView<'a> {
    fn from(line: &'a CartLine) -> Self {
        Self {
            product: (&line.product).into(),
            quantity: line.quantity,
            available: line.available(),
            subtotal: Amount(line.subtotal()),
            held_until: line.hold.map(|hold| hold.until.to_string()),
        }
    }
}

impl WarningView {
    /// The product was deleted.
    pub fn deleted(product: &ProductId) -> Self {
        Self {
            code: "product_deleted",
            product: product.to_string(),
            message: "a product was taken out of the shop, and out of this cart with it",
        }
    }
}
