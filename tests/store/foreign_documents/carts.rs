//! Carts from mongoose.

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, doc};
use vitrina::domain::ids::CartId;
use vitrina::domain::refusal::{Refusal, Resource};
use vitrina::domain::timestamp::Timestamp;
use vitrina::store::{SharedStore, StoreError};

use super::{assert_has, in_mongo, insert, product_id, raw, vase};
use crate::fixtures::*;
use crate::typed_commands::TypedCommands;

/// Runs a test on a store with two products.
fn with_two_products(test: impl AsyncFnOnce(&SharedStore, &Database, [ObjectId; 2])) {
    in_mongo(async |test_store, database| {
        let first = insert(database, "products", vase("A")).await;
        let second = insert(database, "products", vase("B")).await;
        let store = test_store.open().await;
        test(&store, database, [first, second]).await;
        store.close().await;
    });
}

fn cart_id(id: ObjectId) -> CartId {
    CartId::from_bytes(id.bytes())
}

#[test]
fn a_mongoose_cart_is_read_and_changed() {
    with_two_products(async |store, database, [a, b]| {
        let lines = vec![
            doc! { "product": a, "quantity": 2, "_id": ObjectId::new(), "note": "gift" },
            doc! { "product": b, "quantity": 1.0 },
        ];
        let cart = doc! { "products": lines, "__v": 1, "owner": "ana" };
        let id = insert(database, "carts", cart).await;

        let cart = store.cart(cart_id(id)).await.expect("a cart");
        let (a, b) = (product_id(a), product_id(b));
        assert_eq!(content(&cart), [(a, 2), (b, 1)]);
        let added = store
            .add_to_cart(cart.id, a, units(3))
            .await
            .expect("added");
        assert_eq!(
            (content(&added), added.version),
            (vec![(a, 5), (b, 1)], cart.version + 1)
        );
        let set = store
            .set_cart_line(cart.id, b, units(4))
            .await
            .expect("set");
        assert_eq!(content(&set), [(a, 5), (b, 4)]);

        let found = raw(database, "carts", id).await;
        assert_has(&found, "owner", "ana");
        let left = store.remove_cart_line(cart.id, a).await.expect("removed");
        assert_eq!(content(&left), [(b, 4)]);
    });
}

#[test]
fn quantities_of_every_type_are_read() {
    with_two_products(async |store, database, [a, _]| {
        let decimal = Bson::Decimal128("3".parse().expect("a decimal"));
        for quantity in [Bson::Int32(3), Bson::Int64(3), Bson::Double(3.0), decimal] {
            let lines = vec![doc! { "product": a, "quantity": quantity.clone() }];
            let id = insert(database, "carts", doc! { "products": lines }).await;
            let added = store
                .add_to_cart(cart_id(id), product_id(a), units(1))
                .await;
            let added = added.expect("added");
            assert_eq!(content(&added), [(product_id(a), 4)], "{quantity:?}");
        }
    });
}

#[test]
fn a_cart_without_lines_is_empty() {
    with_two_products(async |store, database, [a, _]| {
        for cart in [
            doc! {},
            doc! { "products": [] },
            doc! { "products": Bson::Null },
        ] {
            let id = insert(database, "carts", cart.clone()).await;
            let read = store.cart(cart_id(id)).await.expect("a cart");
            assert_eq!((read.lines.len(), read.dropped.len()), (0, 0), "{cart}");
            let added = store
                .add_to_cart(read.id, product_id(a), units(1))
                .await
                .expect("added");
            assert_eq!(content(&added), [(product_id(a), 1)], "{cart}");
        }
    });
}

#[test]
fn a_line_of_a_missing_product_is_dropped() {
    with_two_products(async |store, database, [a, _]| {
        let gone = ObjectId::new();
        let lines = vec![
            doc! { "product": gone, "quantity": 1 },
            doc! { "product": a, "quantity": 1 },
        ];
        let id = insert(database, "carts", doc! { "products": lines }).await;
        let cart = store.cart(cart_id(id)).await.expect("a cart");
        assert_eq!(content(&cart), [(product_id(a), 1)]);
        assert_eq!(cart.dropped, [product_id(gone)]);
    });
}

#[test]
fn invalid_lines_are_not_fatal() {
    with_two_products(async |store, database, [a, b]| {
        let invalid = [
            doc! { "product": a, "quantity": 0 },
            doc! { "product": a, "quantity": -3 },
            doc! { "product": a, "quantity": "two" },
            doc! { "product": a },
            doc! { "product": "no id", "quantity": 1 },
            doc! { "quantity": 1 },
            doc! {},
        ];
        for line in invalid {
            let lines = vec![line.clone(), doc! { "product": b, "quantity": 1 }];
            let id = insert(database, "carts", doc! { "products": lines }).await;
            let cart = store.cart(cart_id(id)).await.expect("a cart");
            assert!(content(&cart).contains(&(product_id(b), 1)), "{line}");
            assert!(cart.lines.iter().all(|line| line.quantity >= 1), "{line}");
            let added = store
                .add_to_cart(cart.id, product_id(b), units(1))
                .await
                .expect("added");
            assert!(content(&added).contains(&(product_id(b), 2)), "{line}");
        }
    });
}

#[test]
fn a_cart_is_written_as_by_mongoose() {
    with_two_products(async |store, database, [a, _]| {
        let cart = filled_cart(store, &[(product_id(a), 2)]).await;
        let found = raw(database, "carts", ObjectId::from_bytes(cart.id.bytes())).await;
        let lines = found.get_array("products").expect("lines");
        let line = lines[0].as_document().expect("a line");
        assert_has(line, "product", a);
        assert!(matches!(
            line.get("quantity"),
            Some(Bson::Int32(2) | Bson::Int64(2))
        ));
    });
}

#[test]
fn a_foreign_cart_does_not_expire() {
    with_two_products(async |store, database, [a, _]| {
        let line = doc! { "product": a, "quantity": 1 };
        let cart = doc! { "products": [line], "__v": 0, "updatedAt": DateTime::from_millis(0) };
        let id = cart_id(insert(database, "carts", cart).await);
        let empty = insert(database, "carts", doc! { "products": [] }).await;
        let far = Timestamp::from_millis(4_000_000_000_000);
        assert_eq!(store.expire_carts(far, 10).await.expect("expired"), 0);
        store.cart(cart_id(empty)).await.expect("a cart");
        // After a change by the store it expires like any other.
        store
            .remove_cart_line(id, product_id(a))
            .await
            .expect("removed");
        assert_eq!(store.expire_carts(far, 10).await.expect("expired"), 1);
        assert_refused!(
            store.cart(id).await,
            StoreError::Refused(Refusal::NotFound(Resource::Cart))
        );
    });
}
