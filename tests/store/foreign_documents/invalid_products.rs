//! Invalid products are shown, never fatal, and not for sale until fixed.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use vitrina::domain::invalid_product::ProductIssue;
use vitrina::domain::money::Money;
use vitrina::domain::product::{MAX_DESCRIPTION, MAX_NAME, MAX_THUMBNAILS, MAX_TITLE};
use vitrina::domain::product_query::{Filter, ProductQuery, Sort, SortField};
use vitrina::domain::refusal::Refusal;
use vitrina::store::StoreError;

use super::{edit, insert, listed, listed_by, vase, vase_with, vase_without, with_products};
use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

/// One document for each way to break a rule.
fn invalid_products() -> Vec<Document> {
    vec![
        vase_with("stock below 0", "stock", -5),
        vase_with("stock with a fraction", "stock", 1.5),
        vase_with("stock as string", "stock", "many"),
        vase_with("stock as numeric string", "stock", "5"),
        vase_with("stock beyond its limit", "stock", 5_000_000),
        vase_with("stock beyond all limits", "stock", 1e300),
        vase_with("stock null", "stock", Bson::Null),
        vase_without("stock missing", "stock"),
        vase_with("price as string", "price", "expensive"),
        vase_with("price below 0", "price", -1.0),
        vase_with("price not a number", "price", f64::NAN),
        vase_with("price infinite", "price", f64::INFINITY),
        vase_with("price of three decimals", "price", 1.005),
        vase_with("price beyond its limit", "price", 1e9),
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
        vase_with("status as string", "status", "yes"),
        vase_with("thumbnails as string", "thumbnails", "a.png"),
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
fn invalid_products_are_listed_with_their_issues() {
    let count = invalid_products().len();
    let documents = invalid_products()
        .into_iter()
        .chain([vase("GOOD"), vase_with("OFF", "status", false)]);
    with_products(documents.collect(), async |store, _| {
        let invalid = catalogue(store).await.invalid_products(200);
        assert_eq!((invalid.products.len(), invalid.has_more), (count, false));
        let issues = |index: usize| invalid.products[index].faults.clone();
        assert_eq!(issues(0), [ProductIssue::Unreadable("stock")]);
        assert_eq!(issues(count - 1).len(), 4, "{:?}", issues(count - 1));
        assert!(
            invalid
                .products
                .is_sorted_by_key(|invalid| invalid.product.id)
        );
        assert!(
            invalid
                .products
                .iter()
                .all(|invalid| !invalid.product.status)
        );

        let some = catalogue(store).await.invalid_products(3);
        assert_eq!(
            (&some.products[..], some.has_more),
            (&invalid.products[..3], true)
        );

        let fixed = patch(|patch| patch.stock = Some(1));
        let first = invalid.products[0].product.id;
        store
            .update_product(first, fixed, None)
            .await
            .expect("fixed");
        let left = catalogue(store).await.invalid_products(200);
        assert_eq!(left.products[..], invalid.products[1..]);
    });
}

#[test]
fn a_shared_code_is_listed_until_it_is_fixed() {
    let documents = vec![vase("TWICE"), vase("ONCE"), vase("TWICE")];
    with_products(documents, async |store, _| {
        let invalid = catalogue(store).await.invalid_products(10).products;
        let codes: Vec<_> = invalid
            .iter()
            .map(|invalid| invalid.product.code.as_str())
            .collect();
        assert_eq!(codes, ["TWICE", "TWICE"]);
        assert!(
            invalid
                .iter()
                .all(|invalid| invalid.faults == [ProductIssue::SharedCode])
        );
        // It can still be bought.
        assert!(invalid.iter().all(|invalid| invalid.product.status));
        let renamed = patch(|patch| patch.code = Some("OTHER".into()));
        let id = invalid[0].product.id;
        store
            .update_product(id, renamed, None)
            .await
            .expect("fixed");
        let left = catalogue(store).await.invalid_products(10);
        assert!(left.products.is_empty(), "{left:?}");
    });
}

#[test]
fn invalid_products_are_shown_and_not_for_sale() {
    let count = invalid_products().len() + 1;
    let documents = invalid_products()
        .into_iter()
        .chain([vase("GOOD")])
        .collect();
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
        assert_eq!(all_products(store).await, products);
        store
            .thumbnails_in_use(&["a.png".into()])
            .await
            .expect("an answer");
    });
}

#[test]
fn invalid_products_cannot_be_added() {
    with_products(invalid_products(), async |store, _| {
        let cart = filled_cart(store, &[]).await.id;
        for product in listed(store).await {
            let result = store.add_to_cart(cart, product.id, units(1)).await;
            assert_refused!(
                result,
                StoreError::Refused(Refusal::NotForSale { product: id })
                    if id == product.id
            );
        }
    });
}

#[test]
fn invalid_products_can_be_sorted_filtered_and_searched() {
    let documents = invalid_products()
        .into_iter()
        .chain([vase("GOOD")])
        .collect();
    with_products(documents, async |store, _| {
        let count = listed(store).await.len();
        for field in [
            SortField::Field("title"),
            SortField::Field("price"),
            SortField::Field("stock"),
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
fn a_status_filter_uses_the_shown_status() {
    let documents = invalid_products()
        .into_iter()
        .chain([vase("GOOD")])
        .collect();
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
fn an_update_fixes_the_named_fields() {
    let documents = vec![
        vase_with("A", "stock", -5),
        vase_with("B", "price", "expensive"),
    ];
    with_products(documents, async |store, _| {
        let products = listed(store).await;
        let fixed = restock(store, products[0].id, 5).await;
        assert_eq!((fixed.status, fixed.stock), (true, 5));
        let priced = patch(|patch| patch.price = Some(Money::from_minor(500)));
        let fixed = store
            .update_product(products[1].id, priced, None)
            .await
            .expect("updated");
        assert_eq!((fixed.status, fixed.price), (true, Money::from_minor(500)));
        filled_cart(store, &[(products[0].id, 1), (products[1].id, 1)]).await;
    });
}

#[test]
fn an_update_keeps_other_invalid_values() {
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
fn a_product_is_for_sale_again_after_an_outside_fix() {
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
        assert_refused!(result, StoreError::Refused(Refusal::NotForSale { .. }));
        edit(database, "products", id, doc! { "$set": { "stock": 3 } }).await;
        store
            .add_to_cart(cart, product, units(1))
            .await
            .expect("added");
    });
}

#[test]
fn an_invalid_product_can_be_deleted() {
    with_products(invalid_products(), async |store, _| {
        for product in listed(store).await {
            delete_product(store, product.id).await;
        }
        assert!(listed(store).await.is_empty());
    });
}
