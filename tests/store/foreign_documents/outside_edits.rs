//! Changes by another program while the store is open are in the feed.

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use vitrina::domain::change::{ChangeKind, ProductAction, ProductChange};
use vitrina::domain::ids::CartId;
use vitrina::store::SharedStore;

use super::{edit, in_mongo, insert, product_id, vase};
use crate::feed_reader::FeedReader;
use crate::fixtures::*;

/// Runs a test on an open store with one product from mongoose, and a feed of later changes.
fn with_feed(test: impl AsyncFnOnce(&SharedStore, &Database, ObjectId, FeedReader)) {
    in_mongo(async |test_store, database| {
        let id = insert(database, "products", vase("A")).await;
        let store = test_store.open().await;
        let reader = FeedReader::open(&store).await;
        test(&store, database, id, reader).await;
        store.close().await;
    });
}

fn assert_change(change: &ProductChange, id: ObjectId, action: ProductAction) {
    assert_eq!((change.id, change.action), (product_id(id), action));
}

#[test]
fn an_outside_edit_is_in_the_feed() {
    with_feed(async |store, database, id, mut reader| {
        edit(
            database,
            "products",
            id,
            doc! { "$set": { "stock": 3, "title": "Jug" } },
        )
        .await;
        let change = reader.next_product().await;
        assert_change(&change, id, ProductAction::Updated);
        let product = change.product.expect("the product");
        assert_eq!((product.stock, product.title.as_str()), (3, "Jug"));
        assert_eq!(
            store.product(product.id).await.expect("a product"),
            *product
        );

        // Versions continue from the stored one.
        let updated = restock(store, product.id, 4).await;
        assert_eq!(reader.next_product().await.version, updated.version);
    });
}

#[test]
fn an_outside_replacement_is_in_the_feed() {
    with_feed(async |_, database, id, mut reader| {
        let products = database.collection::<Document>("products");
        let jug = doc! { "title": "Jug", "code": "J", "price": 1, "stock": 2 };
        products
            .replace_one(doc! { "_id": id }, jug)
            .await
            .expect("replaced");
        let change = reader.next_product().await;
        assert_change(&change, id, ProductAction::Updated);
        let product = change.product.expect("the product");
        assert_eq!(
            (product.title.as_str(), product.category.as_str()),
            ("Jug", "general")
        );
    });
}

#[test]
fn an_outside_insert_is_in_the_feed() {
    with_feed(async |store, database, _, mut reader| {
        let id = insert(database, "products", vase("B")).await;
        let change = reader.next_product().await;
        assert_change(&change, id, ProductAction::Created);
        let product = change.product.expect("the product");
        assert_eq!(
            store.product(product_id(id)).await.expect("a product"),
            *product
        );
    });
}

#[test]
fn outside_deletions_are_in_the_feed() {
    with_feed(async |_, database, id, mut reader| {
        let other = insert(database, "products", vase("B")).await;
        assert_change(&reader.next_product().await, other, ProductAction::Created);
        let products = database.collection::<Document>("products");
        products.delete_many(doc! {}).await.expect("deleted");
        let mut gone = Vec::new();
        for _ in 0..2 {
            let change = reader.next_product().await;
            assert_eq!(
                (change.action, change.product),
                (ProductAction::Deleted, None)
            );
            gone.push(change.id);
        }
        gone.sort_unstable();
        assert_eq!(gone, [product_id(id), product_id(other)]);
    });
}

#[test]
fn an_invalid_outside_edit_is_in_the_feed_as_shown() {
    with_feed(async |_, database, id, mut reader| {
        edit(
            database,
            "products",
            id,
            doc! { "$set": { "stock": "many" } },
        )
        .await;
        let change = reader.next_product().await;
        assert_change(&change, id, ProductAction::Updated);
        assert!(!change.product.expect("the product").status);
        edit(database, "products", id, doc! { "$unset": { "title": "" } }).await;
        assert_change(&reader.next_product().await, id, ProductAction::Updated);
        let id = insert(database, "products", doc! {}).await;
        assert_change(&reader.next_product().await, id, ProductAction::Created);
    });
}

#[test]
fn an_outside_cart_change_is_in_the_feed() {
    with_feed(async |store, database, id, mut reader| {
        let cart = filled_cart(store, &[(product_id(id), 1)]).await.id;
        reader.all_so_far(store).await;
        let raw_id = ObjectId::from_bytes(cart.bytes());
        edit(
            database,
            "carts",
            raw_id,
            doc! { "$set": { "products.0.quantity": 2 } },
        )
        .await;
        assert_eq!(reader.next().await.kind, ChangeKind::Cart(cart));
        let carts = database.collection::<Document>("carts");
        carts
            .delete_one(doc! { "_id": raw_id })
            .await
            .expect("deleted");
        assert_eq!(
            reader.next().await.kind,
            ChangeKind::Cart(CartId::from_bytes(raw_id.bytes()))
        );
    });
}

#[test]
fn other_collections_are_ignored() {
    with_feed(async |store, database, _, mut reader| {
        insert(database, "users", doc! { "name": "Ana" }).await;
        insert(database, "products_old", vase("B")).await;
        assert_eq!(reader.all_so_far(store).await, []);
    });
}

#[test]
fn a_document_with_an_id_of_another_type_does_not_end_the_feed() {
    with_feed(async |store, database, id, mut reader| {
        let mut strange = vase("STRANGE");
        strange.insert("_id", "abc");
        insert(database, "products", strange).await;
        insert(database, "carts", doc! { "_id": 5 }).await;
        insert(
            database,
            "messages",
            doc! { "_id": "m", "user": "a@x", "message": "hi" },
        )
        .await;
        edit(database, "products", id, doc! { "$set": { "stock": 3 } }).await;
        let received = reader.all_so_far(store).await;
        let product = received.iter().rev().find_map(|change| match &change.kind {
            ChangeKind::Product(change) => Some(change.id),
            _ => None,
        });
        assert_eq!(product, Some(product_id(id)));
    });
}

#[test]
fn outside_and_inside_edits_have_one_order() {
    with_feed(async |store, database, id, mut reader| {
        for stock in 10..20 {
            edit(
                database,
                "products",
                id,
                doc! { "$set": { "stock": stock } },
            )
            .await;
            restock(store, product_id(id), i64::from(stock) + 100).await;
        }
        let received = reader.all_so_far(store).await;
        assert_eq!(received.len(), 20);
        let ChangeKind::Product(last) = &received[19].kind else {
            panic!("expected a product's change");
        };
        assert_eq!(
            last.product.as_ref().map(|product| product.stock),
            Some(119)
        );
    });
}
