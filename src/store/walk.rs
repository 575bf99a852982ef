//! A walk over the whole catalogue.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::product::Product;

/// A walk that is under way.
#[async_trait]
pub trait ProductWalk: Send {
    /// How many products there were when it was opened, about.
    fn total(&self) -> u64;

    /// The next part, 200 products at most; an empty one at the end. A product that is there all the
    /// while, under one code, comes once.
    async fn next(&mut self) -> StoreResult<Vec<Product>>;
}
