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
}
