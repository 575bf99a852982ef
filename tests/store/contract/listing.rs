//! The pages of the catalogue: order, filters, totals.

use std::cmp::Ordering;

use vitrina::domain::money::Money;
use vitrina::domain::product::{NewProduct, Product};
use vitrina::domain::product_query::{
    Filter, MAX_LIMIT, MAX_PAGE, ProductPage, ProductQuery, Sort, SortField,
};
use vitrina::store::SharedStore;

use crate::fixtures::*;

async fn page(store: &SharedStore, query: &ProductQuery) -> ProductPage {
    store.list_products(query).await.expect("a page")
}

/// The codes of all products that pass the filters, in the default order, and the total.
async fn codes(store: &SharedStore, filters: &[Filter]) -> Vec<String> {
    let query = ProductQuery {
        limit: MAX_LIMIT,
        filters: filters.to_vec(),
        ..ProductQuery::default()
    };
    let page = page(store, &query).await;
    assert_eq!(page.total, page.products.len() as u64);
    assert!(page.products.is_sorted_by_key(|product| product.id));
    page.products
        .into_iter()
        .map(|product| product.code)
        .collect()
}

pub(crate) async fn an_empty_catalogue_has_an_empty_page(store: &SharedStore) {
    let page = page(store, &ProductQuery::default()).await;
    assert_eq!((page.products.len(), page.total), (0, 0));
}

pub(crate) async fn products_are_listed_by_id(store: &SharedStore) {
    let products = stored_many(store, 9).await;
    assert_eq!(
        page(store, &ProductQuery::default()).await.products,
        products
    );
}

pub(crate) async fn pages_show_every_product_once(store: &SharedStore) {
    let products = stored_many(store, 7).await;
    let mut seen = Vec::new();
    for (number, size) in [(1, 3), (2, 3), (3, 1)] {
        let query = ProductQuery {
            limit: 3,
            page: number,
            ..ProductQuery::default()
        };
        let page = page(store, &query).await;
        assert_eq!((page.products.len(), page.total), (size, 7));
        seen.extend(page.products);
    }
    assert_eq!(seen, products);
}

pub(crate) async fn a_page_beyond_the_last_is_empty_with_the_right_total(store: &SharedStore) {
    stored_many(store, 3).await;
    for (number, limit) in [(2, 3), (3, 2), (MAX_PAGE, MAX_LIMIT)] {
        let query = ProductQuery {
            limit,
            page: number,
            ..ProductQuery::default()
        };
        let page = page(store, &query).await;
        assert_eq!((page.products.len(), page.total), (0, 3));
    }
}

/// Goods in which each field comes with ties, and in no order.
async fn unsorted(store: &SharedStore) -> Vec<Product> {
    let texts = ["b", "B", "a", "b", "", "10", "9", "é", "\u{ff5e}", "🙂"];
    for (n, text) in texts.into_iter().enumerate() {
        stored_with(store, &format!("{text}{n}"), |goods: &mut NewProduct| {
            goods.title = format!("{text}!");
            goods.category = format!("{text}?");
            goods.price = Money::from_minor([900, 1000, 99, 10_000, 0][n % 5]);
            goods.stock = [9, 10, 2, 100, 0][n % 5];
            goods.status = n % 3 != 0;
        })
        .await;
    }
    let mut products = page(store, &ProductQuery::default()).await.products;
    // Other moments of change than of creation.
    for product in products.iter_mut().step_by(3) {
        *product = restock(store, product.id, product.stock).await;
    }
    products
}

fn compare(field: SortField, a: &Product, b: &Product) -> Ordering {
    match field {
        SortField::Title => a.title.cmp(&b.title),
        SortField::Code => a.code.cmp(&b.code),
        SortField::Category => a.category.cmp(&b.category),
        SortField::Price => a.price.cmp(&b.price),
        SortField::Stock => a.stock.cmp(&b.stock),
        SortField::Status => a.status.cmp(&b.status),
        SortField::CreatedAt => a.created_at.cmp(&b.created_at),
        SortField::UpdatedAt => a.updated_at.cmp(&b.updated_at),
    }
}

const SORT_FIELDS: [SortField; 8] = [
    SortField::Title,
    SortField::Code,
    SortField::Category,
    SortField::Price,
    SortField::Stock,
    SortField::Status,
    SortField::CreatedAt,
    SortField::UpdatedAt,
];

async fn assert_sorted(store: &SharedStore, descending: bool) {
    let mut expected = unsorted(store).await;
    for field in SORT_FIELDS {
        expected.sort_by(|a, b| {
            let order = compare(field, a, b);
            let order = if descending { order.reverse() } else { order };
            order.then(a.id.cmp(&b.id))
        });
        let query = ProductQuery {
            sort: Some(Sort { field, descending }),
            ..ProductQuery::default()
        };
        assert_eq!(page(store, &query).await.products, expected, "{field:?}");
    }
}

pub(crate) async fn every_field_sorts_upwards_with_ties_by_id(store: &SharedStore) {
    assert_sorted(store, false).await;
}

pub(crate) async fn every_field_sorts_downwards_with_ties_by_id(store: &SharedStore) {
    assert_sorted(store, true).await;
}

pub(crate) async fn pages_of_equal_products_show_each_once(store: &SharedStore) {
    let products = stored_many(store, 12).await;
    let mut seen = Vec::new();
    for number in 1..=6 {
        let query = ProductQuery {
            limit: 2,
            page: number,
            sort: Some(Sort {
                field: SortField::Price,
                descending: true,
            }),
            ..ProductQuery::default()
        };
        seen.extend(page(store, &query).await.products);
    }
    assert_eq!(seen, products);
}

pub(crate) async fn a_filter_by_text_takes_exactly_that_text(store: &SharedStore) {
    for (code, title, category) in [
        ("A", "Vase", "home"),
        ("B", "vase", "Home"),
        ("C", "Vase 2", "home "),
        ("D", ".*", "$ne"),
        ("a", "%", "it's"),
    ] {
        stored_with(store, code, |goods| {
            goods.title = title.into();
            goods.category = category.into();
        })
        .await;
    }
    for (filter, expected) in [
        (Filter::Title("Vase".into()), "A"),
        (Filter::Title(".*".into()), "D"),
        (Filter::Title("%".into()), "a"),
        (Filter::Category("home".into()), "A"),
        (Filter::Category("home ".into()), "C"),
        (Filter::Category("$ne".into()), "D"),
        (Filter::Category("it's".into()), "a"),
        (Filter::Code("B".into()), "B"),
        (Filter::Code("a".into()), "a"),
    ] {
        assert_eq!(
            codes(store, std::slice::from_ref(&filter)).await,
            [expected],
            "{filter:?}"
        );
    }
    for nothing in ["Vas", "VASE", "", "V%", "_ase"] {
        assert!(
            codes(store, &[Filter::Title(nothing.into())])
                .await
                .is_empty(),
            "{nothing}"
        );
    }
}

pub(crate) async fn a_filter_by_status_parts_the_catalogue(store: &SharedStore) {
    stored_with(store, "ON", |goods| goods.status = true).await;
    stored_with(store, "OFF", |goods| goods.status = false).await;
    assert_eq!(codes(store, &[Filter::Status(true)]).await, ["ON"]);
    assert_eq!(codes(store, &[Filter::Status(false)]).await, ["OFF"]);
}

pub(crate) async fn a_filter_by_stock_means_at_least(store: &SharedStore) {
    for stock in [0, 1, 9, 10, 11] {
        stored_with(store, &stock.to_string(), |goods| goods.stock = stock).await;
    }
    assert_eq!(
        codes(store, &[Filter::StockAtLeast(10)]).await,
        ["10", "11"]
    );
    assert_eq!(codes(store, &[Filter::StockAtLeast(1)]).await.len(), 4);
    assert_eq!(codes(store, &[Filter::StockAtLeast(0)]).await.len(), 5);
    assert!(codes(store, &[Filter::StockAtLeast(12)]).await.is_empty());
}

pub(crate) async fn a_filter_by_price_is_exact(store: &SharedStore) {
    for minor in [0, 10, 29, 30, 1998, 1999, 2000, 999_999_999] {
        let price = Money::from_minor(minor);
        stored_with(store, &minor.to_string(), |goods| goods.price = price).await;
    }
    for minor in [0, 10, 29, 1999, 999_999_999] {
        let filter = Filter::Price(Money::from_minor(minor));
        assert_eq!(codes(store, &[filter]).await, [minor.to_string()]);
    }
    assert!(
        codes(store, &[Filter::Price(Money::from_minor(1))])
            .await
            .is_empty()
    );
}

pub(crate) async fn all_filters_and_the_search_must_hold(store: &SharedStore) {
    for (code, stock, status, category) in [
        ("A", 5, true, "home"),
        ("B", 5, false, "home"),
        ("C", 1, true, "home"),
        ("D", 5, true, "work"),
    ] {
        stored_with(store, code, |goods| {
            (goods.stock, goods.status) = (stock, status);
            goods.category = category.into();
        })
        .await;
    }
    let filters = vec![
        Filter::Status(true),
        Filter::StockAtLeast(5),
        Filter::Category("home".into()),
        Filter::Price(Money::from_minor(1999)),
    ];
    assert_eq!(codes(store, &filters).await, ["A"]);
    assert_eq!(codes(store, &filters[..2]).await, ["A", "D"]);

    let mut query = ProductQuery {
        filters,
        search: Some("vas".into()),
        ..ProductQuery::default()
    };
    assert_eq!(page(store, &query).await.total, 1);
    query.search = Some("jug".into());
    assert_eq!(page(store, &query).await.total, 0);
}

pub(crate) async fn two_filters_of_one_field_must_both_hold(store: &SharedStore) {
    for stock in [1, 5, 9] {
        stored_with(store, &stock.to_string(), |goods| goods.stock = stock).await;
    }
    for (first, second) in [(5, 1), (1, 5), (5, 5)] {
        let filters = [Filter::StockAtLeast(first), Filter::StockAtLeast(second)];
        assert_eq!(codes(store, &filters).await, ["5", "9"]);
    }
    let both = [Filter::Code("1".into()), Filter::Code("5".into())];
    assert!(codes(store, &both).await.is_empty());
    let both = [Filter::Status(true), Filter::Status(false)];
    assert!(codes(store, &both).await.is_empty());
}

pub(crate) async fn a_total_counts_all_pages_of_what_matches(store: &SharedStore) {
    stored_many(store, 7).await;
    stored_with(store, "OTHER", |goods| goods.category = "other".into()).await;
    let query = ProductQuery {
        limit: 2,
        filters: vec![Filter::Category("general".into())],
        search: Some("c-0".into()),
        ..ProductQuery::default()
    };
    let page = page(store, &query).await;
    assert_eq!((page.products.len(), page.total), (2, 7));
}

pub(crate) async fn sound_products_are_nothing_to_mend(store: &SharedStore) {
    stored_many(store, 3).await;
    let broken = store.broken_products(10).await.expect("a list");
    assert!(broken.products.is_empty() && !broken.has_more, "{broken:?}");
}
