//! A walk over the whole catalogue.

use async_trait::async_trait;

use super::StoreResult;
use crate::domain::product::Product;

/// Reads all products, chunk by chunk.
#[async_trait]
pub trait ProductWalk: Send {
    /// About how many products there were when the walk was opened.
    fn total(&self) -> u64;

    /// The next chunk, at most 200 products; an empty one at the end. A product that exists
    /// throughout the walk and keeps its code is returned once.
    async fn next(&mut self) -> StoreResult<Vec<Product>>;
}
