//! The index on codes, in databases that were there before.

use mongodb::IndexModel;
use mongodb::bson::{Document, doc};
use mongodb::options::IndexOptions;

use super::{goods, open, with_database};
use crate::domain::refusal::Refusal;
use crate::store::typed_commands::TypedCommands;
use crate::store::{ProductStore, StoreError, StoreLifecycle};

#[test]
fn the_index_comes_when_the_duplicates_are_mended() {
    with_database(async |url, database| {
        let products = database.collection::<Document>("products");
        let duplicates = [doc! { "code": "A", "n": 1 }, doc! { "code": "A", "n": 2 }];
        products.insert_many(duplicates).await.expect("inserted");

        let store = open(&url).await;
        assert!(!store.collections.code_index.is_present());
        assert!(
            !store
                .collections
                .make_code_index()
                .await
                .expect("an answer")
        );
        let refused = store.create_product(goods("A")).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::DuplicateCode))));

        products.delete_one(doc! { "n": 2 }).await.expect("deleted");
        assert!(
            store
                .collections
                .make_code_index()
                .await
                .expect("an answer")
        );
        assert!(store.collections.code_index.is_present());
        store.close().await;
    });
}

#[test]
fn the_unique_index_of_mongoose_will_do() {
    with_database(async |url, database| {
        let products = database.collection::<Document>("products");
        let unique = IndexOptions::builder().unique(true).build();
        let index = IndexModel::builder()
            .keys(doc! { "code": 1 })
            .options(unique)
            .build();
        products.create_index(index).await.expect("an index");

        let store = open(&url).await;
        assert!(store.collections.code_index.is_present());
        let names = products.list_index_names().await.expect("names");
        let on_code = names.iter().filter(|name| name.contains("code"));
        assert_eq!(on_code.collect::<Vec<_>>(), ["code_1"]);
        store.close().await;
    });
}

#[test]
fn an_index_of_others_that_is_not_unique_stays_beside_ours() {
    with_database(async |url, database| {
        let products = database.collection::<Document>("products");
        let index = IndexModel::builder().keys(doc! { "code": 1 }).build();
        products.create_index(index).await.expect("an index");

        let store = open(&url).await;
        assert!(store.collections.code_index.is_present());
        store.create_product(goods("A")).await.expect("stored");
        let refused = store.create_product(goods("A")).await;
        assert!(matches!(refused, Err(StoreError::Refused(Refusal::DuplicateCode))));
        store.close().await;
    });
}
