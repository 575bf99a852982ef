//! The envelope of lists: the names are those of the original application.

use serde::Serialize;
use utoipa::ToSchema;

use super::product_query::QueryString;

/// A page of something, and the ways to its neighbours.
#[derive(Serialize, ToSchema)]
#[schema(as = List)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListAnswer<'a, T> {
    /// The status of the answer.
    #[schema(example = 200)]
    status: u16,
    /// What is on this page.
    #[schema(max_items = 100)]
    payload: Vec<T>,
    /// Members on all pages.
    total_docs: u64,
    /// Pages, one at least.
    #[schema(minimum = 1)]
    total_pages: u64,
    /// This page, from 1.
    #[schema(minimum = 1)]
    page: u64,
    /// Members on a page.
    #[schema(minimum = 1, maximum = 100, example = 10)]
    limit: u32,
    /// Whether there is a page before.
    has_prev_page: bool,
    /// Whether there is a page after.
    has_next_page: bool,
    /// Its number.
    #[schema(required)]
    prev_page: Option<u64>,
    /// Its number.
    #[schema(required)]
    next_page: Option<u64>,
    /// Its address, with the other parameters kept.
    #[schema(required)]
    prev_link: Option<String>,
    /// Its address, with the other parameters kept.
    #[schema(required, example = "/api/products?limit=10&page=2")]
    next_link: Option<String>,
    /// Products alone: where the product stream stood at this read. `/ws/products?since=` goes on from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cursor: Option<&'a str>,
}

/// Where a page stands.
pub(super) struct Place {
    /// The page, from 1.
    pub(super) page: u32,
    /// Members on a page.
    pub(super) limit: u32,
    /// Members on all pages.
    pub(super) total: u64,
}

impl<'a, T> ListAnswer<'a, T> {
    /// The answer to a request for a page at `path`; links keep its other parameters.
    pub(super) fn new(payload: Vec<T>, place: &Place, path: &str, string: &QueryString) -> Self {
        // An empty list has one empty page.
        let total_pages = place.total.div_ceil(u64::from(place.limit.max(1))).max(1);
        let page = u64::from(place.page);
        // From beyond the end the way back leads to the last page.
        let prev_page = (page > 1).then(|| (page - 1).min(total_pages));
        let next_page = (page < total_pages).then_some(page + 1);
        let link = |page: u64| format!("{path}?{}", string.with("page", &page.to_string()));
        Self {
            status: 200,
            payload,
            total_docs: place.total,
            total_pages,
            page,
            limit: place.limit,
            has_prev_page: prev_page.is_some(),
            has_next_page: next_page.is_some(),
            prev_page,
            next_page,
            prev_link: prev_page.map(link),
            next_link: next_page.map(link),
            cursor: None,
        }
    }

    /// The same with the stream's position at the read.
    pub(super) fn at(mut self, cursor: &'a str) -> Self {
        self.cursor = Some(cursor);
        self
    }
}
