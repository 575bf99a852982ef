//! A product as clients read it, over REST and sockets alike.

use serde::Serialize;

use super::amount::Amount;
use crate::domain::product::Product;

/// The JSON form of a product.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProductView<'a> {
    #[serde(rename = "_id")]
    id: String,
    title: &'a str,
    description: &'a str,
    code: &'a str,
    price: Amount,
    status: bool,
    stock: i64,
    available: i64,
    category: &'a str,
    thumbnails: &'a [String],
    version: i64,
    created_at: String,
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
