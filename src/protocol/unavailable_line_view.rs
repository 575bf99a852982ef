//! A cart line that cannot be bought as it is.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::unavailable_line::UnavailableLine;

/// A line that is not available.
#[derive(Serialize, ToSchema)]
#[schema(as = LineLeft)]
pub(crate) struct UnavailableLineView {
    /// The product's id.
    #[schema(pattern = "^[0-9a-f]{24}$")]
    product: String,
    /// Units requested.
    #[schema(minimum = 1, example = 3)]
    quantity: i64,
    /// Units available.
    #[schema(minimum = 0, example = 1)]
    available: i64,
}

impl From<&UnavailableLine> for UnavailableLineView {
    fn from(line: &UnavailableLine) -> Self {
        Self {
            product: line.product.to_string(),
            quantity: line.quantity,
            available: line.available,
        }
    }
}
