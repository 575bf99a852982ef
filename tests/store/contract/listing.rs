//! Pages of the catalogue: order, filters, totals.

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

/// The codes of the products that match the filters, in the default order.
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
    let products = create_vases(store, 9).await;
    assert_eq!(
        page(store, &ProductQuery::default()).await.products,
        products
    );
}

pub(crate) async fn pages_show_every_product_once(store: &SharedStore) {
    let products = create_vases(store, 7).await;
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
    create_vases(store, 3).await;
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

/// Products in no order, with ties in each field.
async fn unsorted(store: &SharedStore) -> Vec<Product> {
    let strings = ["b", "B", "a", "b", "", "10", "9", "é", "\u{ff5e}", "🙂"];
    for (n, string) in strings.into_iter().enumerate() {
        create_vase_with(store, &format!("{string}{n}"), |vase: &mut NewProduct| {
            vase.title = format!("{string}!");
            vase.category = format!("{string}?");
            vase.price = Money::from_minor([900, 1000, 99, 10_000, 0][n % 5]);
            vase.stock = [9, 10, 2, 100, 0][n % 5];
            vase.status = n % 3 != 0;
        })
        .await;
    }
    let mut products = page(store, &ProductQuery::default()).await.products;
    // So that the times of change differ from those of creation.
    for product in products.iter_mut().step_by(3) {
        *product = restock(store, product.id, product.stock).await;
    }
    products
}

fn compare(field: SortField, a: &Product, b: &Product) -> Ordering {
    match field {
        SortField::Field("title") => a.title.cmp(&b.title),
        SortField::Field("code") => a.code.cmp(&b.code),
        SortField::Field("category") => a.category.cmp(&b.category),
        SortField::Field("price") => a.price.cmp(&b.price),
        SortField::Field("stock") => a.stock.cmp(&b.stock),
        SortField::Field("status") => a.status.cmp(&b.status),
        SortField::Field(other) => panic!("no order by {other}"),
        SortField::CreatedAt => a.created_at.cmp(&b.created_at),
        SortField::UpdatedAt => a.updated_at.cmp(&b.updated_at),
    }
}

const SORT_FIELDS: [SortField; 8] = [
    SortField::Field("title"),
    SortField::Field("code"),
    SortField::Field("category"),
    SortField::Field("price"),
    SortField::Field("stock"),
    SortField::Field("status"),
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
    let products = create_vases(store, 12).await;
    let mut seen = Vec::new();
    for number in 1..=6 {
        let query = ProductQuery {
            limit: 2,
            page: number,
            sort: Some(Sort {
                field: SortField::Field("price"),
                descending: true,
            }),
            ..ProductQuery::default()
        };
        seen.extend(page(store, &query).await.products);
    }
    assert_eq!(seen, products);
}

pub(crate) async fn a_string_filter_matches_exactly(store: &SharedStore) {
    for (code, title, category) in [
        ("A", "Vase", "home"),
        ("B", "vase", "Home"),
        ("C", "Vase 2", "home "),
        ("D", ".*", "$ne"),
        ("a", "%", "it's"),
    ] {
        create_vase_with(store, code, |vase| {
            vase.title = title.into();
            vase.category = category.into();
        })
        .await;
    }
    for (filter, expected) in [
        (Filter::Text("title", "Vase".into()), "A"),
        (Filter::Text("title", ".*".into()), "D"),
        (Filter::Text("title", "%".into()), "a"),
        (Filter::Text("category", "home".into()), "A"),
        (Filter::Text("category", "home ".into()), "C"),
        (Filter::Text("category", "$ne".into()), "D"),
        (Filter::Text("category", "it's".into()), "a"),
        (Filter::Text("code", "B".into()), "B"),
        (Filter::Text("code", "a".into()), "a"),
    ] {
        assert_eq!(
            codes(store, std::slice::from_ref(&filter)).await,
            [expected],
            "{filter:?}"
        );
    }
    for nothing in ["Vas", "VASE", "", "V%", "_ase"] {
        assert!(
            codes(store, &[Filter::Text("title", nothing.into())])
                .await
                .is_empty(),
            "{nothing}"
        );
    }
}

pub(crate) async fn a_status_filter_divides_the_catalogue(store: &SharedStore) {
    create_vase_with(store, "ON", |vase| vase.status = true).await;
    create_vase_with(store, "OFF", |vase| vase.status = false).await;
    assert_eq!(codes(store, &[Filter::Status(true)]).await, ["ON"]);
    assert_eq!(codes(store, &[Filter::Status(false)]).await, ["OFF"]);
}

pub(crate) async fn a_stock_filter_is_a_minimum(store: &SharedStore) {
    for stock in [0, 1, 9, 10, 11] {
        create_vase_with(store, &stock.to_string(), |vase| vase.stock = stock).await;
    }
    assert_eq!(
        codes(store, &[Filter::StockAtLeast(10)]).await,
        ["10", "11"]
    );
    assert_eq!(codes(store, &[Filter::StockAtLeast(1)]).await.len(), 4);
    assert_eq!(codes(store, &[Filter::StockAtLeast(0)]).await.len(), 5);
    assert!(codes(store, &[Filter::StockAtLeast(12)]).await.is_empty());
}

pub(crate) async fn a_price_filter_is_exact(store: &SharedStore) {
    for minor in [0, 10, 29, 30, 1998, 1999, 2000, 999_999_999] {
        let price = Money::from_minor(minor);
        create_vase_with(store, &minor.to_string(), |vase| vase.price = price).await;
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

pub(crate) async fn all_filters_and_the_search_must_match(store: &SharedStore) {
    for (code, stock, status, category) in [
        ("A", 5, true, "home"),
        ("B", 5, false, "home"),
        ("C", 1, true, "home"),
        ("D", 5, true, "work"),
    ] {
        create_vase_with(store, code, |vase| {
            (vase.stock, vase.status) = (stock, status);
            vase.category = category.into();
        })
        .await;
    }
    let filters = vec![
        Filter::Status(true),
        Filter::StockAtLeast(5),
        Filter::Text("category", "home".into()),
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

pub(crate) async fn two_filters_of_one_field_must_both_match(store: &SharedStore) {
    for stock in [1, 5, 9] {
        create_vase_with(store, &stock.to_string(), |vase| vase.stock = stock).await;
    }
    for (first, second) in [(5, 1), (1, 5), (5, 5)] {
        let filters = [Filter::StockAtLeast(first), Filter::StockAtLeast(second)];
        assert_eq!(codes(store, &filters).await, ["5", "9"]);
    }
    let both = [
        Filter::Text("code", "1".into()),
        Filter::Text("code", "5".into()),
    ];
    assert!(codes(store, &both).await.is_empty());
    let both = [Filter::Status(true), Filter::Status(false)];
    assert!(codes(store, &both).await.is_empty());
}

pub(crate) async fn a_total_counts_the_matches_of_all_pages(store: &SharedStore) {
    create_vases(store, 7).await;
    create_vase_with(store, "OTHER", |vase| vase.category = "other".into()).await;
    let query = ProductQuery {
        limit: 2,
        filters: vec![Filter::Text("category", "general".into())],
        search: Some("c-0".into()),
        ..ProductQuery::default()
    };
    let page = page(store, &query).await;
    assert_eq!((page.products.len(), page.total), (2, 7));
}

pub(crate) async fn valid_products_are_not_listed_as_invalid(store: &SharedStore) {
    create_vases(store, 3).await;
    let invalid = store.invalid_products(10).await.expect("a list");
    assert!(
        invalid.products.is_empty() && !invalid.has_more,
        "{invalid:?}"
    );
}
