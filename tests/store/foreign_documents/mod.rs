//! Documents of other programs in MongoDB: as mongoose wrote them, and as nobody should.

mod carts;
mod messages;
mod numbers;
mod outside_edits;
mod products;
mod rule_breakers;

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use vitrina::domain::ids::ProductId;
use vitrina::domain::product::Product;
use vitrina::domain::product_query::{MAX_LIMIT, ProductQuery};
use vitrina::store::SharedStore;

use crate::place::{Place, run};

/// Runs a test on a database of its own, as another program sees it.
fn in_mongo(test: impl AsyncFnOnce(&Place, &Database)) {
    let place = Place::mongo();
    run(async {
        let database = place.database().await;
        test(&place, &database).await;
    });
}

/// Runs a test on a store that opens a database with these products, in the order given.
fn with_products(documents: Vec<Document>, test: impl AsyncFnOnce(&SharedStore, &Database)) {
    in_mongo(async |place, database| {
        for document in documents {
            insert(database, "products", document).await;
        }
        let store = place.open().await;
        test(&store, database).await;
        store.close().await;
    });
}

/// Inserts a document as another program does, and tells its id.
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

/// The stored document.
async fn raw(database: &Database, collection: &str, id: ObjectId) -> Document {
    let collection = database.collection::<Document>(collection);
    let found = collection.find_one(doc! { "_id": id }).await;
    found.expect("an answer").expect("a document")
}

/// Asserts what a stored document has under a name.
fn assert_has(document: &Document, member: &str, value: impl Into<Bson>) {
    assert_eq!(document.get(member), Some(&value.into()), "{member}");
}

/// A product as the Express program stored it.
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

/// A product with one member changed.
fn vase_with(code: &str, member: &str, value: impl Into<Bson>) -> Document {
    let mut document = vase(code);
    document.insert(member, value.into());
    document
}

/// A product with one member less.
fn vase_without(code: &str, member: &str) -> Document {
    let mut document = vase(code);
    document.remove(member);
    document
}

fn product_id(id: ObjectId) -> ProductId {
    ProductId::from_bytes(id.bytes())
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
    let page = store.list_products(&query).await.expect("a page");
    assert_eq!(page.total, page.products.len() as u64);
    page.products
}
