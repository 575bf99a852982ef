//! Queries of the product list.

use icu_casemap::CaseMapper;

use super::money::Money;
use super::product::Product;

/// Products on a page by default.
pub const DEFAULT_LIMIT: u32 = 10;
/// Maximum number of products on a page of the REST list.
pub const MAX_LIMIT: u32 = 100;
/// Maximum length of a search text, in characters.
pub const MAX_SEARCH: usize = 100;
pub const MAX_PAGE: u32 = 1_000_000;

/// A page of products. Ties, and everything without `sort`, are ordered by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductQuery {
    /// Products on a page, at least 1.
    pub limit: u32,
    /// From 1 to [`MAX_PAGE`].
    pub page: u32,
    pub sort: Option<Sort>,
    /// All of them must match.
    pub filters: Vec<Filter>,
    /// A substring of title, description or code. Every character is literal; letter case is
    /// ignored (see [`folded`]).
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
    /// Products before this page.
    pub fn offset(&self) -> u64 {
        u64::from(self.page.saturating_sub(1)) * u64::from(self.limit)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    pub field: SortField,
    pub descending: bool,
}

/// The fields to sort by. Strings sort by code point, `Status` with products not for sale first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortField {
    Title,
    Code,
    Category,
    Price,
    Stock,
    Status,
    CreatedAt,
    UpdatedAt,
}

/// A condition on a product; strings must match exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    Title(String),
    Code(String),
    Category(String),
    Status(bool),
    StockAtLeast(i64),
    Price(Money),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductPage {
    pub products: Vec<Product>,
    /// Matching products on all pages.
    pub total: u64,
}

impl ProductPage {
    /// The number of pages; an empty list has one empty page.
    pub fn pages(&self, limit: u32) -> u64 {
        self.total.div_ceil(u64::from(limit.max(1))).max(1)
    }
}

/// A part of a snapshot of the catalogue, in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductChunk {
    pub products: Vec<Product>,
    /// Products in later parts.
    pub remaining: u64,
}

/// Case folding of the search: Unicode simple case folding (CaseFolding.txt, statuses C and S),
/// which keeps the number of characters.
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
