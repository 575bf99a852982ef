//! The index on codes, in databases that existed before.

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use super::{new_product, open, with_database};
use crate::domain::refusal::Refusal;
use crate::store::mongo::MongoStore;
use crate::store::typed_commands::TypedCommands;
use crate::store::{StoreError, StoreLifecycle};

async fn assert_duplicate(store: &MongoStore, code: &str) {
    let refused = store.create_product(new_product(code)).await;
    let is_refused = matches!(refused, Err(StoreError::Refused(Refusal::DuplicateCode)));
    assert!(is_refused, "{refused:?}");
}

#[test]
fn the_index_is_made_when_the_duplicates_are_fixed() {
    with_database(async |url, database| {
        let products = database.collection::<Document>("products");
        let duplicates = [doc! { "code": "A", "n": 1 }, doc! { "code": "A", "n": 2 }];
        products.insert_many(duplicates).await.expect("inserted");

        let store = open(&url).await;
        let index = &store.db.code_index;
        assert!(!index.is_present());
        assert!(!index.make().await.expect("a server"));
        assert_duplicate(&store, "A").await;

        products.delete_one(doc! { "n": 2 }).await.expect("deleted");
        assert!(index.make().await.expect("a server"));
        assert!(index.is_present());
        store.close().await;
    });
}

#[test]
fn the_unique_index_of_mongoose_is_used() {
    with_database(async |url, database| {
        let products = database.collection::<Document>("products");
        let unique = IndexOptions::builder().unique(true).build();
        let index = IndexModel::builder()
            .keys(doc! { "code": 1 })
            .options(unique);
        products
            .create_index(index.build())
            .await
            .expect("an index");

        let store = open(&url).await;
        assert!(store.db.code_index.is_present());
        let names = products.list_index_names().await.expect("names");
        let on_code = names.iter().filter(|name| name.contains("code"));
        assert_eq!(on_code.collect::<Vec<_>>(), ["code_1"]);
        store.close().await;
    });
}

#[test]
fn a_foreign_index_that_is_not_unique_is_kept_beside_the_unique_one() {
    with_database(async |url, database| {
        let products = database.collection::<Document>("products");
        let index = IndexModel::builder().keys(doc! { "code": 1 }).build();
        products.create_index(index).await.expect("an index");

        let store = open(&url).await;
        assert!(store.db.code_index.is_present());
        store
            .create_product(new_product("A"))
            .await
            .expect("stored");
        assert_duplicate(&store, "A").await;
        store.close().await;
    });
}
