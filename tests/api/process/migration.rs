//! The steps of `docs/migrating-from-express.md`, on a database of an Express and mongoose shop.

use std::fs;

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use serde_json::{Value, json};

use super::files::{failure, run_command, success};
use crate::app::{TestApp, run, runtime};
use crate::fixtures::*;
use crate::program::Program;
use crate::test_store::TestStore;

/// Ids in the data of the old shop that the steps use again.
struct LegacyIds {
    mug: ObjectId,
    deleted_product: ObjectId,
    cart: ObjectId,
    message: ObjectId,
}

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().expect("a decimal"))
}

/// Products as mongoose writes them, with schemas that changed over the years.
fn products(mug: ObjectId) -> Vec<Document> {
    let product = |code: &str, price: Bson, stock: Bson| {
        doc! {
            "title": code, "description": "", "code": code, "price": price, "status": true,
            "stock": stock, "category": "mugs", "thumbnails": [], "__v": 0,
        }
    };
    let mut known = product("MUG", Bson::Int32(12), Bson::Int32(5));
    known.insert("_id", mug);
    known.insert("supplier", doc! { "name": "Ana", "since": 2019 });
    let mut pictured = product("PICTURED", Bson::Double(3.5), Bson::Int32(1));
    pictured.insert(
        "thumbnails",
        vec!["/img/old/mug.png", "https://cdn.example/mug.png"],
    );
    vec![
        known,
        pictured,
        product("DOUBLE", Bson::Double(19.99), Bson::Double(4.0)),
        product("DECIMAL", decimal("0.10"), Bson::Int64(7)),
        doc! { "title": "BARE", "code": "BARE", "price": 5, "stock": 1 },
        // A value that a form without a schema accepted.
        product("TEXT", Bson::from("12.50"), Bson::Int32(3)),
        product("TWICE", Bson::Int32(1), Bson::Int32(1)),
        product("TWICE", Bson::Int32(2), Bson::Int32(2)),
        doc! { "title": "Nameless", "price": 1, "stock": 1, "__v": 0 },
    ]
}

/// Inserts the data of the old shop.
async fn insert_legacy_data(database: &Database) -> LegacyIds {
    let [mug, deleted_product, cart, message] = [(); 4].map(|()| ObjectId::new());
    let line = |product: ObjectId, quantity: i32| {
        doc! {
            "product": product, "quantity": quantity, "_id": ObjectId::new(),
        }
    };
    let legacy_cart =
        doc! { "_id": cart, "products": [line(mug, 2), line(deleted_product, 1)], "__v": 3 };
    let legacy_message =
        doc! { "_id": message, "user": "ana@example.com", "message": "hola", "__v": 0 };
    insert(database, "products", products(mug)).await;
    insert(database, "carts", vec![legacy_cart]).await;
    insert(database, "messages", vec![legacy_message]).await;
    LegacyIds {
        mug,
        deleted_product,
        cart,
        message,
    }
}

async fn insert(database: &Database, collection: &str, documents: Vec<Document>) {
    let inserted = database.collection(collection).insert_many(documents).await;
    inserted.expect("inserted documents");
}

async fn document(database: &Database, filter: Document) -> Document {
    let found = database.collection("products").find_one(filter).await;
    found.expect("a result").expect("a document")
}

async fn by_code(app: &TestApp, code: &str) -> Vec<Value> {
    let path = format!("/api/products?query=code:{code}");
    let list = app.get(&path).await.expect(200).json();
    list["payload"].as_array().expect("a list").clone()
}

/// Asserts that the new shop serves the old data unchanged.
async fn assert_opened_unchanged(app: &TestApp, legacy: &LegacyIds) {
    assert_eq!(app.all_products().await.len(), 9);
    let mug = &by_code(app, "MUG").await[0];
    assert_eq!(
        (&mug["_id"], &mug["price"], &mug["stock"]),
        (&json!(legacy.mug.to_hex()), &json!(12), &json!(5))
    );
    assert_eq!(by_code(app, "DOUBLE").await[0]["price"], 19.99);
    assert_eq!(by_code(app, "DECIMAL").await[0]["price"], 0.1);
    let bare = &by_code(app, "BARE").await[0];
    assert_eq!(
        (&bare["status"], &bare["category"]),
        (&json!(true), &json!("general"))
    );
    assert_eq!(by_code(app, "TWICE").await.len(), 2);
    assert_eq!(by_code(app, "TEXT").await[0]["status"], false);
    let cart = app
        .get(&format!("/api/carts/{}", legacy.cart.to_hex()))
        .await
        .expect(200)
        .payload();
    assert_eq!(cart["products"].as_array().map(Vec::len), Some(1));
    assert_eq!(cart["total"], 24);
    assert!(
        cart["warnings"]
            .to_string()
            .contains(&legacy.deleted_product.to_hex()),
        "{cart}"
    );
    let messages = app.get("/api/messages").await.expect(200).payload();
    assert_eq!(
        (&messages[0]["_id"], &messages[0]["seq"]),
        (&json!(legacy.message.to_hex()), &json!(1))
    );
}

/// Fixes invalid products with a small import file.
async fn fix_by_import(store: &TestStore, database: &Database) {
    let folder = store.folder();
    let output = run_command(store, &["export", "export.csv"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("1 products have no title or no code")
    );
    let csv = fs::read_to_string(folder.join("export.csv")).expect("a file");
    assert!(csv.contains("TEXT,TEXT,,0.00,false,3,mugs,"), "{csv}");
    assert!(
        csv.contains("/img/old/mug.png|https://cdn.example/mug.png"),
        "{csv}"
    );

    let rows = "code,price,status\nTEXT,12.50,true\nTWICE,1,\n";
    fs::write(folder.join("fix.csv"), rows).expect("a file");
    let output = failure(run_command(store, &["import", "fix.csv"]), 1);
    assert!(
        output.contains("line 3: code is shared by 2 products"),
        "{output}"
    );
    let fixed = document(database, doc! { "code": "TEXT" }).await;
    assert_eq!(
        (fixed.get_f64("price").ok(), fixed.get_bool("status").ok()),
        (Some(12.5), Some(true))
    );
    assert_eq!(
        fixed.get("__v"),
        Some(&Bson::Int32(0)),
        "fields of other programs are kept"
    );
}

/// Fixes two products with one code, and one without, as the shell would.
async fn fix_by_shell(database: &Database) {
    let products = database.collection::<Document>("products");
    for (filter, code) in [
        (doc! { "code": "TWICE", "price": 2 }, "TWICE-2"),
        (doc! { "title": "Nameless" }, "NAMELESS"),
    ] {
        let changed = products
            .update_one(filter, doc! { "$set": { "code": code } })
            .await;
        assert_eq!(changed.expect("a result").modified_count, 1);
    }
}

/// Copies an image file, and assigns it by an import.
async fn add_images(store: &TestStore) {
    fs::write(store.uploads().join("mug.png"), png(4, 4)).expect("a file");
    let folder = store.folder();
    fs::write(
        folder.join("images.csv"),
        "code,thumbnails\nPICTURED,mug.png\n",
    )
    .expect("a file");
    success(run_command(store, &["import", "images.csv"]));
    let again = success(run_command(store, &["import", "images.csv"]));
    assert!(again.contains("1 unchanged"), "{again}");
}

#[test]
fn the_migration_guide_works() {
    let Some(store) = TestStore::mongo() else {
        return;
    };
    // A client belongs to the runtime that created it.
    let legacy = runtime().block_on(async { insert_legacy_data(&store.database().await).await });
    let program = Program::start(&store, &[]);
    let log = program.startup_lines.join("\n");
    assert!(log.contains("duplicate product codes"), "{log}");
    run(async {
        let app = TestApp::at(program.address());
        let database = store.database().await;
        assert_opened_unchanged(&app, &legacy).await;
        let mug = document(&database, doc! { "code": "MUG" }).await;
        let supplier = mug
            .get_document("supplier")
            .expect("a field of another program");
        assert_eq!(supplier.get_str("name").ok(), Some("Ana"));

        fix_by_import(&store, &database).await;
        assert_eq!(by_code(&app, "TEXT").await[0]["price"], 12.5);
        fix_by_shell(&database).await;
        add_images(&store).await;
        app.get("/uploads/mug.png").await.expect(200);
        assert_eq!(
            by_code(&app, "PICTURED").await[0]["thumbnails"],
            json!(["mug.png"])
        );
    });
    drop(program);

    // The next start logs no duplicates, and enforces unique codes.
    let program = Program::start(&store, &[]);
    let log = program.startup_lines.join("\n");
    assert!(!log.contains("duplicate product codes"), "{log}");
    run(async {
        let app = TestApp::at(program.address());
        let for_sale = app
            .get("/api/products?status=true&limit=100")
            .await
            .expect(200)
            .json();
        assert_eq!(for_sale["totalDocs"], 9, "{for_sale}");
        app.post("/api/products", &vase("MUG"))
            .await
            .problem(409, "duplicate_code");
        let cart = format!("/api/carts/{}/purchase", legacy.cart.to_hex());
        let buyer = json!({ "purchaser": "ana@example.com" });
        app.post(&cart, &buyer).await.expect(201);
        assert_eq!(by_code(&app, "MUG").await[0]["stock"], 3);
    });
}
