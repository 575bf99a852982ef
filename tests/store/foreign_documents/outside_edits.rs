//! Edits that another program makes while the store is open: the feed tells them too.

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use vitrina::domain::change::{Fact, ProductAction, ProductChange};
use vitrina::domain::ids::CartId;
use vitrina::store::SharedStore;

use super::{edit, in_mongo, insert, product_id, vase};
use crate::fixtures::*;
use crate::reader::Reader;

/// Runs a test on an open store with one product of mongoose, and a feed from then on.
fn listening(test: impl AsyncFnOnce(&SharedStore, &Database, ObjectId, Reader)) {
    in_mongo(async |place, database| {
        let id = insert(database, "products", vase("A")).await;
        let store = place.open().await;
        let reader = Reader::open(&store).await;
        test(&store, database, id, reader).await;
        store.close().await;
    });
}

fn assert_told(change: &ProductChange, id: ObjectId, action: ProductAction) {
    assert_eq!((change.id, change.action), (product_id(id), action));
}

#[test]
fn an_edit_from_outside_is_told() {
    listening(async |store, database, id, mut reader| {
        edit(
            database,
            "products",
            id,
            doc! { "$set": { "stock": 3, "title": "Jug" } },
        )
        .await;
        let change = reader.next_product().await;
        assert_told(&change, id, ProductAction::Updated);
        let product = change.product.expect("the product");
        assert_eq!((product.stock, product.title.as_str()), (3, "Jug"));
        assert_eq!(
            store.product(product.id).await.expect("a product"),
            *product
        );

        // Versions go on from what is stored.
        let updated = restock(store, product.id, 4).await;
        assert_eq!(reader.next_product().await.version, updated.version);
    });
}

#[test]
fn a_replacement_from_outside_is_told() {
    listening(async |_, database, id, mut reader| {
        let products = database.collection::<Document>("products");
        let jug = doc! { "title": "Jug", "code": "J", "price": 1, "stock": 2 };
        products
            .replace_one(doc! { "_id": id }, jug)
            .await
            .expect("replaced");
        let change = reader.next_product().await;
        assert_told(&change, id, ProductAction::Updated);
        let product = change.product.expect("the product");
        assert_eq!(
            (product.title.as_str(), product.category.as_str()),
            ("Jug", "general")
        );
    });
}

#[test]
fn an_insert_from_outside_is_told() {
    listening(async |store, database, _, mut reader| {
        let id = insert(database, "products", vase("B")).await;
        let change = reader.next_product().await;
        assert_told(&change, id, ProductAction::Created);
        let product = change.product.expect("the product");
        assert_eq!(
            store.product(product_id(id)).await.expect("a product"),
            *product
        );
    });
}

#[test]
fn deletions_from_outside_are_told() {
    listening(async |_, database, id, mut reader| {
        let other = insert(database, "products", vase("B")).await;
        assert_told(&reader.next_product().await, other, ProductAction::Created);
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
fn a_rule_breaker_from_outside_is_told_as_it_is_shown() {
    listening(async |_, database, id, mut reader| {
        edit(
            database,
            "products",
            id,
            doc! { "$set": { "stock": "many" } },
        )
        .await;
        let change = reader.next_product().await;
        assert_told(&change, id, ProductAction::Updated);
        assert!(!change.product.expect("the product").status);
        edit(database, "products", id, doc! { "$unset": { "title": "" } }).await;
        assert_told(&reader.next_product().await, id, ProductAction::Updated);
        let id = insert(database, "products", doc! {}).await;
        assert_told(&reader.next_product().await, id, ProductAction::Created);
    });
}

#[test]
fn a_cart_changed_from_outside_is_told() {
    listening(async |store, database, id, mut reader| {
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
        assert_eq!(reader.next().await.fact, Fact::Cart(cart));
        let carts = database.collection::<Document>("carts");
        carts
            .delete_one(doc! { "_id": raw_id })
            .await
            .expect("deleted");
        assert_eq!(
            reader.next().await.fact,
            Fact::Cart(CartId::from_bytes(raw_id.bytes()))
        );
    });
}

#[test]
fn other_collections_are_not_told() {
    listening(async |store, database, _, mut reader| {
        insert(database, "users", doc! { "name": "Ana" }).await;
        insert(database, "products_old", vase("B")).await;
        assert_eq!(reader.all_so_far(store).await, []);
    });
}

#[test]
fn a_document_with_an_id_of_another_type_does_not_end_the_feed() {
    listening(async |store, database, id, mut reader| {
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
        let told = reader.all_so_far(store).await;
        let product = told.iter().rev().find_map(|change| match &change.fact {
            Fact::Product(change) => Some(change.id),
            _ => None,
        });
        assert_eq!(product, Some(product_id(id)));
    });
}

#[test]
fn edits_from_outside_and_inside_have_one_order() {
    listening(async |store, database, id, mut reader| {
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
        let told = reader.all_so_far(store).await;
        assert_eq!(told.len(), 20);
        let Fact::Product(last) = &told[19].fact else {
            panic!("expected a product's change");
        };
        assert_eq!(
            last.product.as_ref().map(|product| product.stock),
            Some(119)
        );
    });
}
