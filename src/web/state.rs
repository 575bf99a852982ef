//! What every handler can reach.

use super::pages::Pages;
use crate::shop::Shop;
use crate::shop::feed_pump::FeedHealth;
use crate::text::Language;

/// The shop and how it is shown; shared by all workers, never changed after the start.
#[derive(Debug)]
pub struct AppState {
    /// The use cases.
    pub shop: Shop,
    /// The templates.
    pub pages: Pages,
    /// The site's language.
    pub language: Language,
    /// Whether changes reach the pages.
    pub feed: FeedHealth,
}
