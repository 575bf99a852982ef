//! Queries of the product list.

use icu_casemap::CaseMapper;

use super::field_spec::FieldKind;
use super::money::Money;
use super::product::FIELDS;

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

/// The key of a sort. Strings sort by the root collation of Unicode, `status` with products not for
/// sale first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortField {
    /// One of [`FIELDS`], by its name.
    Field(&'static str),
    CreatedAt,
    UpdatedAt,
}

impl SortField {
    pub const PRICE: Self = Self::Field("price");

    pub fn named(name: &str) -> Option<Self> {
        match name {
            "createdAt" => Some(Self::CreatedAt),
            "updatedAt" => Some(Self::UpdatedAt),
            _ => field_named(name, has_order).map(Self::Field),
        }
    }
}

/// A condition on a product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// A field of one line, by its name, that has exactly this text.
    Text(&'static str, String),
    Status(bool),
    StockAtLeast(i64),
    /// Whether it can be bought now: for sale, with units that no cart holds.
    Available(bool),
    Price(Money),
    PriceAtLeast(Money),
    PriceAtMost(Money),
}

impl Filter {
    /// `None` if no field of one line has this name.
    pub fn text(name: &str, text: &str) -> Option<Self> {
        let field = field_named(name, FieldKind::is_line)?;
        Some(Self::Text(field, text.to_owned()))
    }
}

/// The names of the fields that [`Filter::text`] takes.
pub fn line_fields() -> impl Iterator<Item = &'static str> {
    let fields = FIELDS.iter().filter(|field| field.kind.is_line());
    fields.map(|field| field.name)
}

fn field_named(name: &str, is_fit: fn(&FieldKind) -> bool) -> Option<&'static str> {
    let mut fields = FIELDS.iter().filter(|field| is_fit(&field.kind));
    let field = fields.find(|field| field.name == name);
    field.map(|field| field.name)
}

/// The order of long text and of lists would mean nothing.
fn has_order(kind: &FieldKind) -> bool {
    !matches!(
        kind,
        FieldKind::Paragraphs { .. } | FieldKind::Strings { .. }
    )
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

    #[test]
    fn a_page_begins_after_all_earlier_pages() {
        let query = |page, limit| ProductQuery {
            page,
            limit,
            ..ProductQuery::default()
        };
        assert_eq!(query(1, 50).offset(), 0);
        assert_eq!(query(4, 50).offset(), 150);
    }

    #[test]
    fn products_are_sorted_by_fields_with_an_order() {
        for name in ["title", "code", "price", "status", "stock", "category"] {
            assert_eq!(SortField::named(name), Some(SortField::Field(name)));
        }
        assert_eq!(SortField::named("price"), Some(SortField::PRICE));
        assert_eq!(SortField::named("createdAt"), Some(SortField::CreatedAt));
        assert_eq!(SortField::named("updatedAt"), Some(SortField::UpdatedAt));
        for name in ["description", "thumbnails", "version", "Title", ""] {
            assert_eq!(SortField::named(name), None, "{name}");
        }
    }

    #[test]
    fn products_are_filtered_by_fields_of_one_line() {
        let names: Vec<_> = line_fields().collect();
        assert_eq!(names, ["title", "code", "category"]);
        for name in names {
            let filter = Filter::Text(name, "a".into());
            assert_eq!(Filter::text(name, "a"), Some(filter));
        }
        for name in ["description", "price", "thumbnails", "other"] {
            assert_eq!(Filter::text(name, "a"), None, "{name}");
        }
    }
}
