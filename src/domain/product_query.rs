//! What a reader of the catalogue may ask for.

use icu_casemap::CaseMapper;

use super::money::Money;
use super::product::Product;

/// Products on a page when the reader says nothing.
pub const DEFAULT_LIMIT: u32 = 10;
/// Most products on a page of the REST list.
pub const MAX_LIMIT: u32 = 100;
/// Longest search text, in characters.
pub const MAX_SEARCH: usize = 100;
/// The last page that can be asked for.
pub const MAX_PAGE: u32 = 1_000_000;

/// One page of the catalogue: which products, in which order. Ties, and everything when there is
/// no `sort`, go by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductQuery {
    /// Products on a page, 1 or more.
    pub limit: u32,
    /// The page, from 1 to [`MAX_PAGE`].
    pub page: u32,
    /// The order.
    pub sort: Option<Sort>,
    /// All of these must hold.
    pub filters: Vec<Filter>,
    /// A substring of title, description or code, every character literal, letter case by Unicode
    /// simple folding.
    pub search: Option<String>,
}

impl Default for ProductQuery {
    fn default() -> Self {
        Self {
            limit: DEFAULT_LIMIT,
            page: 1,
            sort: None,
            filters: Vec::new(),
            search: None,
        }
    }
}

impl ProductQuery {
    /// How many products lie before this page.
    pub fn offset(&self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * u64::from(self.limit)
    }
}

/// An order of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// What to sort by.
    pub field: SortField,
    /// Largest first.
    pub descending: bool,
}

/// What the catalogue can be sorted by. Texts sort by code point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortField {
    /// By title.
    Title,
    /// By code.
    Code,
    /// By category.
    Category,
    /// By price.
    Price,
    /// By stock.
    Stock,
    /// Not for sale first.
    Status,
    /// By moment of creation.
    CreatedAt,
    /// By moment of the last change.
    UpdatedAt,
}

/// A condition on a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Exactly this title.
    Title(String),
    /// Exactly this code.
    Code(String),
    /// Exactly this category.
    Category(String),
    /// For sale or not.
    Status(bool),
    /// At least this many in stock.
    StockAtLeast(i64),
    /// Exactly this price.
    Price(Money),
}

/// A page of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPage {
    /// The products of the page.
    pub products: Vec<Product>,
    /// How many products match over all pages.
    pub total: u64,
}

impl ProductPage {
    /// How many pages of `limit` products there are; an empty catalogue has one empty page.
    pub fn pages(&self, limit: u32) -> u64 {
        self.total.div_ceil(u64::from(limit.max(1))).max(1)
    }
}

/// A part of a snapshot of the catalogue, in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductChunk {
    /// The products of this part.
    pub products: Vec<Product>,
    /// How many are still to come.
    pub remaining: u64,
}

/// Folds letter case as the search does: Unicode simple case folding (CaseFolding.txt, statuses C
/// and S), so that the text keeps its number of characters.
pub fn folded(text: &str) -> String {
    let mapper = CaseMapper::new();
    text.chars().map(|c| mapper.simple_fold(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_but_not_accents() {
        assert_eq!(folded("ÑANDÚ"), folded("ñandú"));
        assert_ne!(folded("nandu"), folded("ñandú"));
        assert_eq!(folded("ΣΑΣ"), folded("σας"));
    }

    #[test]
    fn the_last_page_has_an_offset() {
        let query = ProductQuery {
            page: MAX_PAGE,
            limit: MAX_LIMIT,
            ..ProductQuery::default()
        };
        assert_eq!(query.offset(), 99_999_900);
    }
}
