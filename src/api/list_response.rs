//! The envelope of lists, with the member names of the original application.

use serde::Serialize;
use utoipa::ToSchema;

use super::operation::{NamedSchema, in_envelope};
use crate::domain::position::Position;
use crate::http::query::QueryString;

/// A page of a list, with links to its neighbours.
#[derive(Serialize, ToSchema)]
#[schema(as = List)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListResponse<'a, T> {
    /// The status of the response.
    #[schema(example = 200)]
    status: u16,
    /// The entries of this page.
    #[schema(max_items = 100)]
    payload: Vec<T>,
    /// The number of entries on all pages.
    total_docs: u64,
    /// The number of pages, at least 1.
    #[schema(minimum = 1)]
    total_pages: u64,
    /// This page, from 1.
    #[schema(minimum = 1)]
    page: u64,
    /// The number of entries on a page.
    #[schema(minimum = 1, maximum = 100, example = 10)]
    limit: u32,
    /// Whether there is a previous page.
    has_prev_page: bool,
    /// Whether there is a next page.
    has_next_page: bool,
    /// The number of the previous page.
    #[schema(required)]
    prev_page: Option<u64>,
    /// The number of the next page.
    #[schema(required)]
    next_page: Option<u64>,
    /// The address of the previous page, with the other parameters.
    #[schema(required)]
    prev_link: Option<String>,
    /// The address of the next page, with the other parameters.
    #[schema(required, example = "/api/products?limit=10&page=2")]
    next_link: Option<String>,
    /// Only of products: the position of the product stream whose state this is, for
    /// `/ws/products?since=`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cursor: Option<&'a str>,
    /// Only of products, while the store is away: later changes may be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    stale: Option<bool>,
}

/// The position of a page in its list.
pub(crate) struct PageLinks {
    /// From 1.
    pub(crate) page: u32,
    /// Entries on a page.
    pub(crate) limit: u32,
    /// Entries on all pages.
    pub(crate) total: u64,
}

impl<'a, T> ListResponse<'a, T> {
    /// A page of the list at `path`; links keep the other parameters of the query string.
    pub(crate) fn new(
        payload: Vec<T>,
        links: &PageLinks,
        path: &str,
        string: &QueryString,
    ) -> Self {
        // An empty list has one empty page.
        let total_pages = links.total.div_ceil(u64::from(links.limit.max(1))).max(1);
        let page = u64::from(links.page);
        // The last page is the previous one of every page beyond the end.
        let prev_page = (page > 1).then(|| (page - 1).min(total_pages));
        let next_page = (page < total_pages).then_some(page + 1);
        let link = |page: u64| format!("{path}?{}", string.with("page", &page.to_string()));
        Self {
            status: 200,
            payload,
            total_docs: links.total,
            total_pages,
            page,
            limit: links.limit,
            has_prev_page: prev_page.is_some(),
            has_next_page: next_page.is_some(),
            prev_page,
            next_page,
            prev_link: prev_page.map(link),
            next_link: next_page.map(link),
            cursor: None,
            stale: None,
        }
    }

    /// Adds the state of the catalogue that the list shows.
    pub(crate) fn of_catalogue(mut self, position: &'a Position, is_stale: bool) -> Self {
        self.cursor = Some(position.as_str());
        self.stale = is_stale.then_some(true);
        self
    }
}

/// The schema of a list of this type.
pub(super) fn list_of<T: ToSchema>() -> NamedSchema {
    in_envelope::<ListResponse<'_, T>, T>(format!("List_{}", T::name()))
}
