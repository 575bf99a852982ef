//! MongoDB documents of other programs: valid ones from mongoose, and invalid ones.

mod carts;
mod invalid_products;
mod messages;
mod numbers;
mod outside_edits;
mod products;

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use vitrina::domain::ids::ProductId;
use vitrina::domain::product::Product;
use vitrina::domain::product_query::{MAX_LIMIT, ProductQuery};
use vitrina::store::SharedStore;

use crate::fixtures::catalogue;
use crate::test_store::{TestStore, run};

/// Runs a test on its own database, which it gets as another program sees it.
fn in_mongo(test: impl AsyncFnOnce(&TestStore, &Database)) {
    let Some(test_store) = TestStore::mongo() else {
        return;
    };
    run(async {
        let database = test_store.database().await;
        test(&test_store, &database).await;
    });
}

/// Runs a test on a store whose database has these products, in this order.
fn with_products(documents: Vec<Document>, test: impl AsyncFnOnce(&SharedStore, &Database)) {
    in_mongo(async |test_store, database| {
        for document in documents {
            insert(database, "products", document).await;
        }
        let store = test_store.open().await;
        test(&store, database).await;
        store.close().await;
    });
}

/// Inserts a document as another program does, and returns its id.
async fn insert(database: &Database, collection: &str, document: Document) -> ObjectId {
    let inserted = database.collection(collection).insert_one(document).await;
    let id = inserted.expect("an inserted document").inserted_id;
    id.as_object_id().unwrap_or_default()
}

/// Changes a document as another program does.
async fn edit(database: &Database, collection: &str, id: ObjectId, change: Document) {
    let collection = database.collection::<Document>(collection);
    let result = collection.update_one(doc! { "_id": id }, change).await;
    assert_eq!(result.expect("an edit").matched_count, 1);
}

async fn raw(database: &Database, collection: &str, id: ObjectId) -> Document {
    let collection = database.collection::<Document>(collection);
    let found = collection.find_one(doc! { "_id": id }).await;
    found.expect("an answer").expect("a document")
}

fn assert_has(document: &Document, field: &str, value: impl Into<Bson>) {
    assert_eq!(document.get(field), Some(&value.into()), "{field}");
}

/// A product as the Express application stored it.
fn vase(code: impl Into<Bson>) -> Document {
    doc! {
        "title": "Vase",
        "description": "Blue",
        "code": code.into(),
        "price": 19.99,
        "status": true,
        "stock": 5,
        "category": "ceramics",
        "thumbnails": ["a.png"],
        "__v": 0,
    }
}

fn vase_with(code: &str, field: &str, value: impl Into<Bson>) -> Document {
    let mut document = vase(code);
    document.insert(field, value.into());
    document
}

fn vase_without(code: &str, field: &str) -> Document {
    let mut document = vase(code);
    document.remove(field);
    document
}

fn product_id(id: ObjectId) -> ProductId {
    ProductId::from_bytes(id.bytes())
}

async fn categories(store: &SharedStore) -> Vec<String> {
    let catalogue = catalogue(store).await;
    catalogue.categories().map(str::to_owned).collect()
}

/// All products, in the order of their ids.
async fn listed(store: &SharedStore) -> Vec<Product> {
    listed_by(store, ProductQuery::default()).await
}

async fn listed_by(store: &SharedStore, query: ProductQuery) -> Vec<Product> {
    let query = ProductQuery {
        limit: MAX_LIMIT,
        ..query
    };
    let page = catalogue(store).await.page(&query);
    assert_eq!(page.total, page.entries.len() as u64);
    page.products().cloned().collect()
}
