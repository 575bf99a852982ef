//! The JSON of a cart, for REST and sockets.

use serde::Serialize;
use utoipa::ToSchema;

use super::amount::Amount;
use super::product_view::ProductView;
use crate::domain::cart::{Cart, CartLine};
use crate::domain::ids::ProductId;

/// A cart with its products.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Cart)]
pub struct CartView<'a> {
    /// The id. It is the key to the cart: any client that has it may change the cart.
    #[serde(rename = "_id")]
    #[schema(pattern = "^[0-9a-f]{24}$", example = "7b1d9e0f2a3c4b5d6e7f8091")]
    id: String,
    /// The lines; each product appears once.
    #[schema(max_items = 100)]
    products: Vec<LineView<'a>>,
    /// The current price of all lines.
    #[schema(inline, example = 99.8)]
    total: Amount,
    /// Changes that the owner did not make; sent once.
    warnings: Vec<WarningView>,
    /// Increases with every change of the lines.
    #[schema(minimum = 0, example = 1)]
    version: i64,
}

/// A product in a cart.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CartLine)]
#[serde(rename_all = "camelCase")]
struct LineView<'a> {
    product: ProductView<'a>,
    /// Requested units.
    #[schema(minimum = 1, maximum = 1_000_000, example = 2)]
    quantity: i64,
    /// Units that this cart can have now, including its own hold.
    #[schema(minimum = 0, maximum = 1_000_000, example = 3)]
    available: i64,
    /// The current price of the line.
    #[schema(inline, example = 99.8)]
    subtotal: Amount,
    /// The end of the hold on the units; absent without a hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    held_until: Option<String>,
}

/// A change of a cart that its owner did not make.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CartWarning)]
pub struct WarningView {
    /// The stable code.
    #[schema(pattern = "^product_deleted$", example = "product_deleted")]
    code: &'static str,
    /// The id of the product.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    product: String,
    /// The code as a sentence.
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
    pub fn deleted(product: &ProductId) -> Self {
        Self {
            code: "product_deleted",
            product: product.to_string(),
            message: "a product was deleted and removed from this cart",
        }
    }
}
