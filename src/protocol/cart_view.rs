//! A cart as clients read it, over REST and sockets alike.

use serde::Serialize;
use utoipa::ToSchema;

use super::amount::Amount;
use super::product_view::ProductView;
use crate::domain::cart::{Cart, CartLine};
use crate::domain::ids::ProductId;

/// A cart with the products that it holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Cart)]
pub struct CartView<'a> {
    /// Its id, which is its key: whoever knows it may change the cart.
    #[serde(rename = "_id")]
    #[schema(pattern = "^[0-9a-f]{24}$", example = "7b1d9e0f2a3c4b5d6e7f8091")]
    id: String,
    /// Its lines, each product once.
    #[schema(max_items = 100)]
    products: Vec<LineView<'a>>,
    /// What all lines cost now.
    #[schema(inline, example = 99.8)]
    total: Amount,
    /// What it lost without its owner's doing; told once.
    warnings: Vec<WarningView>,
    /// Grows with every change of its lines.
    #[schema(minimum = 0, example = 1)]
    version: i64,
}

/// A product in a cart.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CartLine)]
#[serde(rename_all = "camelCase")]
struct LineView<'a> {
    product: ProductView<'a>,
    /// How many are wanted.
    #[schema(minimum = 1, maximum = 1_000_000, example = 2)]
    quantity: i64,
    /// How many this cart could have now, its own hold included.
    #[schema(minimum = 0, maximum = 1_000_000, example = 3)]
    available: i64,
    /// What the line costs now.
    #[schema(inline, example = 99.8)]
    subtotal: Amount,
    /// Until when the units are kept for this cart; absent while they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    held_until: Option<String>,
}

/// What a cart lost without its owner's doing.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CartWarning)]
pub struct WarningView {
    /// The stable word.
    #[schema(pattern = "^product_deleted$", example = "product_deleted")]
    code: &'static str,
    /// The product's id.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    product: String,
    /// The same in a sentence.
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
