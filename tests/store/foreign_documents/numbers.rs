//! Numbers of every BSON type.

use mongodb::bson::{Bson, Decimal128, doc};
use vitrina::domain::money::Money;
use vitrina::domain::product_query::{Filter, ProductQuery, Sort, SortField};

use super::{listed, listed_by, vase_with, with_products};

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse::<Decimal128>().expect("a decimal"))
}

#[test]
fn prices_of_every_type_are_read() {
    let prices = [
        (Bson::Int32(20), 2000),
        (Bson::Int64(20), 2000),
        (Bson::Double(20.0), 2000),
        (decimal("20"), 2000),
        (decimal("20.00"), 2000),
        (Bson::Double(19.99), 1999),
        (decimal("19.99"), 1999),
        (decimal("1E+1"), 1000),
        (Bson::Double(0.29), 29),
        (decimal("0.29"), 29),
        (Bson::Int32(0), 0),
        (Bson::Double(-0.0), 0),
    ];
    let document =
        |(n, (price, _)): (usize, &(Bson, i64))| vase_with(&n.to_string(), "price", price.clone());
    let documents = prices.iter().enumerate().map(document).collect();
    with_products(documents, async |store, _| {
        for (product, (price, minor)) in listed(store).await.iter().zip(&prices) {
            assert_eq!(product.price, Money::from_minor(*minor), "{price:?}");
            assert!(product.status, "{price:?}");
        }
    });
}

#[test]
fn stocks_of_every_type_are_read() {
    let stocks = [
        Bson::Int32(7),
        Bson::Int64(7),
        Bson::Double(7.0),
        decimal("7"),
        decimal("7.0"),
    ];
    let document = |(n, stock): (usize, &Bson)| vase_with(&n.to_string(), "stock", stock.clone());
    let documents = stocks.iter().enumerate().map(document).collect();
    with_products(documents, async |store, _| {
        for (product, stock) in listed(store).await.iter().zip(&stocks) {
            assert_eq!((product.stock, product.status), (7, true), "{stock:?}");
        }
        let query = ProductQuery {
            filters: vec![Filter::StockAtLeast(7)],
            ..ProductQuery::default()
        };
        assert_eq!(listed_by(store, query).await.len(), 5);
    });
}

#[test]
fn a_price_filter_matches_every_type() {
    let prices = [
        Bson::Double(19.99),
        decimal("19.99"),
        decimal("19.990"),
        Bson::Int32(20),
        Bson::Int64(20),
        Bson::Double(20.0),
        decimal("20.00"),
    ];
    let document = |(n, price): (usize, &Bson)| vase_with(&n.to_string(), "price", price.clone());
    let documents = prices.iter().enumerate().map(document).collect();
    with_products(documents, async |store, _| {
        for (minor, count) in [(1999, 3), (2000, 4)] {
            let query = ProductQuery {
                filters: vec![Filter::Price(Money::from_minor(minor))],
                ..ProductQuery::default()
            };
            assert_eq!(listed_by(store, query).await.len(), count, "{minor}");
        }
    });
}

#[test]
fn prices_of_every_type_sort_by_their_amount() {
    let documents = vec![
        vase_with("30", "price", Bson::Int64(30)),
        vase_with("9", "price", Bson::Double(9.0)),
        vase_with("20", "price", decimal("20")),
        vase_with("100", "price", Bson::Int32(100)),
    ];
    with_products(documents, async |store, _| {
        let query = ProductQuery {
            sort: Some(Sort {
                field: SortField::Field("price"),
                descending: false,
            }),
            ..ProductQuery::default()
        };
        let products = listed_by(store, query).await;
        let codes: Vec<_> = products
            .iter()
            .map(|product| product.code.as_str())
            .collect();
        assert_eq!(codes, ["9", "20", "30", "100"]);
    });
}

#[test]
fn an_update_leaves_other_numbers_unchanged() {
    let documents = vec![vase_with("A", "price", decimal("19.99"))];
    with_products(documents, async |store, database| {
        let id = listed(store).await[0].id;
        crate::fixtures::restock(store, id, 3).await;
        let products = database.collection::<mongodb::bson::Document>("products");
        let found = products.find_one(doc! { "code": "A" }).await;
        let found = found.expect("an answer").expect("a document");
        assert_eq!(found.get("price"), Some(&decimal("19.99")));
        assert_eq!(listed(store).await[0].price, Money::from_minor(1999));
    });
}
