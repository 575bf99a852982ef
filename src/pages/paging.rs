//! Links between the pages of a list. Fields: see `views/partials/paging.hbs`.

use std::collections::BTreeSet;

use serde::Serialize;

/// Pages shown on each side of the current one.
const NEIGHBOURS: u64 = 1;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Paging {
    pub(super) page: u64,
    pub(super) pages: u64,
    prev_url: Option<String>,
    next_url: Option<String>,
    items: Vec<PagingItem>,
}

#[derive(Debug, Serialize)]
struct PagingItem {
    label: String,
    url: Option<String>,
    current: bool,
}

impl Paging {
    /// The links of `page` among `pages`, with the addresses that `url` returns.
    pub(super) fn new(page: u64, pages: u64, url: impl Fn(u64) -> String) -> Self {
        let mut items = Vec::new();
        let mut last = 0;
        let shown = [1, pages]
            .into_iter()
            .chain(page.saturating_sub(NEIGHBOURS)..=page + NEIGHBOURS);
        let shown: BTreeSet<_> = shown.filter(|n| (1..=pages).contains(n)).collect();
        for number in shown {
            if number > last + 1 {
                items.push(PagingItem {
                    label: "…".into(),
                    url: None,
                    current: false,
                });
            }
            items.push(PagingItem {
                label: number.to_string(),
                url: Some(url(number)),
                current: number == page,
            });
            last = number;
        }
        Self {
            page,
            pages,
            prev_url: (page > 1).then(|| url((page - 1).min(pages))),
            next_url: (page < pages).then(|| url(page + 1)),
            items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(page: u64, pages: u64) -> String {
        let paging = Paging::new(page, pages, |n| n.to_string());
        let labels: Vec<_> = paging.items.into_iter().map(|item| item.label).collect();
        labels.join(" ")
    }

    #[test]
    fn first_last_and_neighbour_pages_are_shown() {
        assert_eq!(labels(1, 1), "1");
        assert_eq!(labels(2, 3), "1 2 3");
        assert_eq!(labels(5, 9), "1 … 4 5 6 … 9");
        assert_eq!(labels(1, 1_000_000), "1 2 … 1000000");
    }

    fn links(page: u64, pages: u64) -> (Option<String>, Option<String>) {
        let paging = Paging::new(page, pages, |n| format!("?page={n}"));
        (paging.prev_url, paging.next_url)
    }

    #[test]
    fn the_first_page_has_no_previous_one_and_the_last_no_next_one() {
        let url = |page: u64| Some(format!("?page={page}"));
        assert_eq!(links(1, 1), (None, None));
        assert_eq!(links(1, 3), (None, url(2)));
        assert_eq!(links(2, 3), (url(1), url(3)));
        assert_eq!(links(3, 3), (url(2), None));
        assert_eq!(links(9, 3), (url(3), None), "beyond the last page");
    }

    #[test]
    fn every_page_shown_is_a_link_and_one_is_current() {
        let paging = Paging::new(5, 9, |n| format!("?page={n}"));
        assert_eq!((paging.page, paging.pages), (5, 9));
        let linked = paging.items.iter().filter(|item| item.url.is_some());
        assert_eq!(linked.count(), 5);
        let current: Vec<_> = paging.items.iter().filter(|item| item.current).collect();
        assert_eq!((current.len(), current[0].label.as_str()), (1, "5"));
    }
}
