//! The JSON of a product, for REST and sockets.

use serde::Serialize;
use utoipa::ToSchema;

use super::amount::Amount;
use crate::domain::product::Product;

/// A stored product.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Product)]
#[serde(rename_all = "camelCase")]
pub struct ProductView<'a> {
    /// The id, assigned by the server.
    #[serde(rename = "_id")]
    #[schema(pattern = "^[0-9a-f]{24}$", example = "65f0c1a2b3c4d5e6f7a8b9c0")]
    id: String,
    /// The name.
    #[schema(max_length = 200, example = "Blue vase")]
    title: &'a str,
    /// The description; may be empty or have several lines.
    #[schema(max_length = 10_000, example = "Thrown and glazed by hand")]
    description: &'a str,
    /// The shop's own code, unique among all products.
    #[schema(max_length = 100, example = "CER-100")]
    code: &'a str,
    /// The price of one unit, with at most two decimals.
    #[schema(inline, maximum = 10_000_000, example = 49.9)]
    price: Amount,
    /// Whether it is for sale.
    #[schema(example = true)]
    status: bool,
    /// Units in stock, including held ones.
    #[schema(minimum = 0, maximum = 1_000_000, example = 3)]
    stock: i64,
    /// Units in stock that no cart holds.
    #[schema(minimum = 0, maximum = 1_000_000, example = 3)]
    available: i64,
    /// The category.
    #[schema(max_length = 100, example = "ceramics")]
    category: &'a str,
    /// Names of the images; each is served at `/uploads/{name}`.
    #[schema(max_items = 20, example = json!(["blue-vase-1f2e3d4c5b6a.jpg"]))]
    thumbnails: &'a [String],
    /// Increases by one with every change; the value for `If-Match`.
    #[schema(minimum = 0, example = 1)]
    version: i64,
    /// The time of creation.
    #[schema(format = DateTime, example = "2026-03-01T12:00:00.000Z")]
    created_at: String,
    /// The time of the last change.
    #[schema(format = DateTime, example = "2026-03-01T12:00:00.000Z")]
    updated_at: String,
}

impl<'a> From<&'a Product> for ProductView<'a> {
    fn from(product: &'a Product) -> Self {
        Self {
            id: product.id.to_string(),
            title: &product.title,
            description: &product.description,
            code: &product.code,
            price: Amount(product.price),
            status: product.status,
            stock: product.stock,
            available: product.available(),
            category: &product.category,
            thumbnails: &product.thumbnails,
            version: product.version,
            created_at: product.created_at.to_string(),
            updated_at: product.updated_at.to_string(),
        }
    }
}
