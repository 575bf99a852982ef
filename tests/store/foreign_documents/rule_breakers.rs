//! Products that break the rules: shown, never fatal, and not for sale until mended.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use vitrina::domain::broken::Fault;
use vitrina::domain::money::Money;
use vitrina::domain::product::{MAX_DESCRIPTION, MAX_NAME, MAX_THUMBNAILS, MAX_TITLE};
use vitrina::domain::product_query::{Filter, ProductQuery, Sort, SortField};
use vitrina::store::StoreError;

use super::{edit, insert, listed, listed_by, vase, vase_with, vase_without, with_products};
use crate::fixtures::*;

/// One document for each way to break a rule, in the order of their ids.
fn rule_breakers() -> Vec<Document> {
    vec![
        vase_with("stock below 0", "stock", -5),
        vase_with("stock in parts", "stock", 1.5),
        vase_with("stock as text", "stock", "many"),
        vase_with("stock as text of a number", "stock", "5"),
        vase_with("stock beyond its bound", "stock", 5_000_000),
        vase_with("stock beyond all bounds", "stock", 1e300),
        vase_with("stock null", "stock", Bson::Null),
        vase_without("stock missing", "stock"),
        vase_with("price as text", "price", "expensive"),
        vase_with("price below 0", "price", -1.0),
        vase_with("price not a number", "price", f64::NAN),
        vase_with("price endless", "price", f64::INFINITY),
        vase_with("price of three decimals", "price", 1.005),
        vase_with("price beyond its bound", "price", 1e9),
        vase_with("price as document", "price", doc! { "amount": 5 }),
        vase_without("price missing", "price"),
        vase_with("title as number", "title", 5),
        vase_with("title empty", "title", ""),
        vase_with("title too long", "title", "ñ".repeat(MAX_TITLE + 1)),
        vase_without("title missing", "title"),
        vase(123),
        vase(Bson::Null),
        vase("c".repeat(MAX_NAME + 1)),
        vase_without("", "code"),
        vase_with("status as text", "status", "yes"),
        vase_with("thumbnails as text", "thumbnails", "a.png"),
        vase_with("thumbnails of numbers", "thumbnails", vec![1, 2]),
        vase_with("description as number", "description", 5),
        vase_with(
            "description too long",
            "description",
            "x".repeat(MAX_DESCRIPTION + 1),
        ),
        vase_with("category as number", "category", 5),
        doc! {},
    ]
}

#[test]
fn rule_breakers_are_listed_with_what_to_mend() {
    let count = rule_breakers().len();
    let documents = rule_breakers()
        .into_iter()
        .chain([vase("GOOD"), vase_with("OFF", "status", false)]);
    with_products(documents.collect(), async |store, _| {
        let broken = store.broken_products(200).await.expect("a list");
        assert_eq!((broken.products.len(), broken.has_more), (count, false));
        let faults = |index: usize| broken.products[index].faults.clone();
        assert_eq!(faults(0), [Fault::Unreadable("stock")]);
        assert_eq!(faults(count - 1).len(), 4, "{:?}", faults(count - 1));
        assert!(broken.products.is_sorted_by_key(|broken| broken.product.id));
        assert!(broken.products.iter().all(|broken| !broken.product.status));

        let some = store.broken_products(3).await.expect("a list");
        assert_eq!(
            (&some.products[..], some.has_more),
            (&broken.products[..3], true)
        );

        let mended = patch(|patch| patch.stock = Some(1));
        let first = broken.products[0].product.id;
        store
            .update_product(first, mended, None)
            .await
            .expect("mended");
        let left = store.broken_products(200).await.expect("a list");
        assert_eq!(left.products[..], broken.products[1..]);
    });
}

#[test]
fn a_code_of_several_products_is_listed_until_it_is_mended() {
    let documents = vec![vase("TWICE"), vase("ONCE"), vase("TWICE")];
    with_products(documents, async |store, _| {
        let broken = store.broken_products(10).await.expect("a list").products;
        let codes: Vec<_> = broken
            .iter()
            .map(|broken| broken.product.code.as_str())
            .collect();
        assert_eq!(codes, ["TWICE", "TWICE"]);
        assert!(
            broken
                .iter()
                .all(|broken| broken.faults == [Fault::SharedCode])
        );
        // Nobody else need be kept from buying it.
        assert!(broken.iter().all(|broken| broken.product.status));
        let renamed = patch(|patch| patch.code = Some("OTHER".into()));
        let id = broken[0].product.id;
        store
            .update_product(id, renamed, None)
            .await
            .expect("mended");
        let left = store.broken_products(10).await.expect("a list");
        assert!(left.products.is_empty(), "{left:?}");
    });
}

#[test]
fn rule_breakers_are_shown_and_not_for_sale() {
    let count = rule_breakers().len() + 1;
    let documents = rule_breakers().into_iter().chain([vase("GOOD")]).collect();
    with_products(documents, async |store, _| {
        let products = listed(store).await;
        assert_eq!(products.len(), count);
        for product in &products {
            let code = &product.code;
            assert_eq!(product.status, code == "GOOD", "{code}");
            assert!(
                product.stock >= 0 && product.price >= Money::default(),
                "{code}"
            );
            assert!(product.title.chars().count() <= MAX_TITLE, "{code}");
            assert!(product.code.chars().count() <= MAX_NAME, "{code}");
            assert!(
                product.description.chars().count() <= MAX_DESCRIPTION,
                "{code}"
            );
            assert!(product.thumbnails.len() <= MAX_THUMBNAILS, "{code}");
            assert_eq!(
                store.product(product.id).await.expect("a product"),
                *product
            );
        }
        let part = store.product_chunk(None, None, 100).await.expect("a part");
        assert_eq!(part.products, products);
        store.categories().await.expect("categories");
        store
            .thumbnails_in_use(&["a.png".into()])
            .await
            .expect("an answer");
    });
}

#[test]
fn rule_breakers_do_not_go_into_a_cart() {
    with_products(rule_breakers(), async |store, _| {
        let cart = filled_cart(store, &[]).await.id;
        for product in listed(store).await {
            let result = store.add_to_cart(cart, product.id, units(1)).await;
            assert_refused!(result, StoreError::NotForSale { product: id } if id == product.id);
        }
    });
}

#[test]
fn rule_breakers_can_be_sorted_filtered_and_searched() {
    let documents = rule_breakers().into_iter().chain([vase("GOOD")]).collect();
    with_products(documents, async |store, _| {
        let count = listed(store).await.len();
        for field in [
            SortField::Title,
            SortField::Price,
            SortField::Stock,
            SortField::CreatedAt,
        ] {
            let query = ProductQuery {
                sort: Some(Sort {
                    field,
                    descending: true,
                }),
                ..ProductQuery::default()
            };
            assert_eq!(listed_by(store, query).await.len(), count, "{field:?}");
        }
        let query = ProductQuery {
            search: Some("good".into()),
            ..ProductQuery::default()
        };
        assert_eq!(listed_by(store, query).await.len(), 1);
    });
}

#[test]
fn a_filter_by_status_goes_by_what_is_shown() {
    let documents = rule_breakers().into_iter().chain([vase("GOOD")]).collect();
    with_products(documents, async |store, _| {
        let count = listed(store).await.len();
        for (status, count) in [(true, 1), (false, count - 1)] {
            let query = ProductQuery {
                filters: vec![Filter::Status(status)],
                ..ProductQuery::default()
            };
            let found = listed_by(store, query).await;
            assert!(found.iter().all(|product| product.status == status));
            assert_eq!(found.len(), count, "{status}");
        }
    });
}

#[test]
fn an_update_mends_what_it_names() {
    let documents = vec![
        vase_with("A", "stock", -5),
        vase_with("B", "price", "expensive"),
    ];
    with_products(documents, async |store, _| {
        let products = listed(store).await;
        let mended = restock(store, products[0].id, 5).await;
        assert_eq!((mended.status, mended.stock), (true, 5));
        let priced = patch(|patch| patch.price = Some(Money::from_minor(500)));
        let mended = store
            .update_product(products[1].id, priced, None)
            .await
            .expect("updated");
        assert_eq!(
            (mended.status, mended.price),
            (true, Money::from_minor(500))
        );
        filled_cart(store, &[(products[0].id, 1), (products[1].id, 1)]).await;
    });
}

#[test]
fn an_update_leaves_what_it_does_not_mend() {
    let documents = vec![vase_with("A", "stock", -5)];
    with_products(documents, async |store, database| {
        let id = listed(store).await[0].id;
        let renamed = patch(|patch| patch.title = Some("Jug".into()));
        let updated = store
            .update_product(id, renamed, None)
            .await
            .expect("updated");
        assert_eq!((updated.title.as_str(), updated.status), ("Jug", false));
        let raw = super::raw(database, "products", ObjectId::from_bytes(id.bytes())).await;
        assert_eq!(
            raw.get("stock"),
            Some(&Bson::Int32(-5)),
            "the stored value is not lost"
        );
    });
}

#[test]
fn a_product_broken_and_mended_from_outside_goes_off_sale_and_on_again() {
    with_products(vec![], async |store, database| {
        let id = insert(database, "products", vase("A")).await;
        let cart = filled_cart(store, &[]).await.id;
        let product = super::product_id(id);
        edit(
            database,
            "products",
            id,
            doc! { "$set": { "stock": "many" } },
        )
        .await;
        let result = store.add_to_cart(cart, product, units(1)).await;
        assert_refused!(result, StoreError::NotForSale { .. });
        edit(database, "products", id, doc! { "$set": { "stock": 3 } }).await;
        store
            .add_to_cart(cart, product, units(1))
            .await
            .expect("added");
    });
}

#[test]
fn a_rule_breaker_can_be_deleted() {
    with_products(rule_breakers(), async |store, _| {
        for product in listed(store).await {
            deleted(store, product.id).await;
        }
        assert!(listed(store).await.is_empty());
    });
}
