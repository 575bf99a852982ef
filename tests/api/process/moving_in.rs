//! The steps of `docs/moving-in.md`, on a database as an Express and mongoose shop leaves it.

use std::fs;

use mongodb::Database;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use serde_json::{Value, json};

use super::files::{on, refusal, said};
use crate::app::{TestApp, run, runtime};
use crate::goods::*;
use crate::place::Place;
use crate::program::Program;

/// What the old shop left: ids of what the steps come back to.
struct Left {
    mug: ObjectId,
    gone: ObjectId,
    cart: ObjectId,
    message: ObjectId,
}

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().expect("a decimal"))
}

/// Products as mongoose writes them, over the years and by more than one hand.
fn products(mug: ObjectId) -> Vec<Document> {
    let whole = |code: &str, price: Bson, stock: Bson| {
        doc! {
            "title": code, "description": "", "code": code, "price": price, "status": true,
            "stock": stock, "category": "mugs", "thumbnails": [], "__v": 0,
        }
    };
    let mut known = whole("MUG", Bson::Int32(12), Bson::Int32(5));
    known.insert("_id", mug);
    known.insert("supplier", doc! { "name": "Ana", "since": 2019 });
    let mut pictured = whole("PICTURED", Bson::Double(3.5), Bson::Int32(1));
    pictured.insert(
        "thumbnails",
        vec!["/img/old/mug.png", "https://cdn.example/mug.png"],
    );
    vec![
        known,
        pictured,
        whole("DOUBLE", Bson::Double(19.99), Bson::Double(4.0)),
        whole("DECIMAL", decimal("0.10"), Bson::Int64(7)),
        doc! { "title": "BARE", "code": "BARE", "price": 5, "stock": 1 },
        // What a form without a schema let in.
        whole("TEXT", Bson::from("12.50"), Bson::Int32(3)),
        whole("TWICE", Bson::Int32(1), Bson::Int32(1)),
        whole("TWICE", Bson::Int32(2), Bson::Int32(2)),
        doc! { "title": "Nameless", "price": 1, "stock": 1, "__v": 0 },
    ]
}

async fn left(database: &Database) -> Left {
    let [mug, gone, cart, message] = [(); 4].map(|()| ObjectId::new());
    let line = |product: ObjectId, quantity: i32| {
        doc! {
            "product": product, "quantity": quantity, "_id": ObjectId::new(),
        }
    };
    let cart_left = doc! { "_id": cart, "products": [line(mug, 2), line(gone, 1)], "__v": 3 };
    let said = doc! { "_id": message, "user": "ana@example.com", "message": "hola", "__v": 0 };
    insert(database, "products", products(mug)).await;
    insert(database, "carts", vec![cart_left]).await;
    insert(database, "messages", vec![said]).await;
    Left {
        mug,
        gone,
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
    found.expect("an answer").expect("a document")
}

async fn by_code(app: &TestApp, code: &str) -> Vec<Value> {
    let path = format!("/api/products?query=code:{code}");
    let list = app.get(&path).await.expect(200).json();
    list["payload"].as_array().expect("a list").clone()
}

/// The old shop's data as they are, behind the new one.
async fn opens_unchanged(app: &TestApp, left: &Left) {
    assert_eq!(app.all_products().await.len(), 9);
    let mug = &by_code(app, "MUG").await[0];
    assert_eq!(
        (&mug["_id"], &mug["price"], &mug["stock"]),
        (&json!(left.mug.to_hex()), &json!(12), &json!(5))
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
        .get(&format!("/api/carts/{}", left.cart.to_hex()))
        .await
        .expect(200)
        .payload();
    assert_eq!(cart["products"].as_array().map(Vec::len), Some(1));
    assert_eq!(cart["total"], 24);
    assert!(
        cart["warnings"].to_string().contains(&left.gone.to_hex()),
        "{cart}"
    );
    let messages = app.get("/api/messages").await.expect(200).payload();
    assert_eq!(
        (&messages[0]["_id"], &messages[0]["seq"]),
        (&json!(left.message.to_hex()), &json!(1))
    );
}

/// What is broken is mended by a small file.
async fn is_mended_by_a_file(place: &Place, database: &Database) {
    let folder = place.folder();
    let told = on(place, &["export", "look.csv"]);
    assert_eq!(told.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&told.stderr).contains("1 of them have no title or no code"));
    let csv = fs::read_to_string(folder.join("look.csv")).expect("a file");
    assert!(csv.contains("TEXT,TEXT,,0.00,false,3,mugs,"), "{csv}");
    assert!(
        csv.contains("/img/old/mug.png|https://cdn.example/mug.png"),
        "{csv}"
    );

    let rows = "code,price,status\nTEXT,12.50,true\nTWICE,1,\n";
    fs::write(folder.join("mend.csv"), rows).expect("a file");
    let told = refusal(on(place, &["import", "mend.csv"]), 1);
    assert!(
        told.contains("line 3: code is that of 2 products"),
        "{told}"
    );
    let mended = document(database, doc! { "code": "TEXT" }).await;
    assert_eq!(
        (mended.get_f64("price").ok(), mended.get_bool("status").ok()),
        (Some(12.5), Some(true))
    );
    assert_eq!(
        mended.get("__v"),
        Some(&Bson::Int32(0)),
        "what others wrote stays"
    );
}

/// Two products of one code, and one without: by the shell.
async fn is_mended_by_the_shell(database: &Database) {
    let products = database.collection::<Document>("products");
    for (filter, code) in [
        (doc! { "code": "TWICE", "price": 2 }, "TWICE-2"),
        (doc! { "title": "Nameless" }, "NAMELESS"),
    ] {
        let changed = products
            .update_one(filter, doc! { "$set": { "code": code } })
            .await;
        assert_eq!(changed.expect("an answer").modified_count, 1);
    }
}

/// Pictures get names of their own, and the file says which product has which.
async fn gets_its_pictures(place: &Place) {
    fs::write(place.uploads().join("mug.png"), png(4, 4)).expect("a file");
    let folder = place.folder();
    fs::write(
        folder.join("pictures.csv"),
        "code,thumbnails\nPICTURED,mug.png\n",
    )
    .expect("a file");
    said(on(place, &["import", "pictures.csv"]));
    let again = said(on(place, &["import", "pictures.csv"]));
    assert!(again.contains("1 unchanged"), "{again}");
}

#[test]
fn a_shop_of_mongoose_moves_in_by_the_guide() {
    let place = Place::mongo();
    // A client belongs to the runtime that it was made in.
    let left = runtime().block_on(async { left(&place.database().await).await });
    let program = Program::start(&place, &[]);
    let log = program.greeting.join("\n");
    assert!(log.contains("some products share a code"), "{log}");
    run(async {
        let app = TestApp::at(program.address());
        let database = place.database().await;
        opens_unchanged(&app, &left).await;
        let mug = document(&database, doc! { "code": "MUG" }).await;
        let supplier = mug.get_document("supplier").expect("what others wrote");
        assert_eq!(supplier.get_str("name").ok(), Some("Ana"));

        is_mended_by_a_file(&place, &database).await;
        assert_eq!(by_code(&app, "TEXT").await[0]["price"], 12.5);
        is_mended_by_the_shell(&database).await;
        gets_its_pictures(&place).await;
        app.get("/uploads/mug.png").await.expect(200);
        assert_eq!(
            by_code(&app, "PICTURED").await[0]["thumbnails"],
            json!(["mug.png"])
        );
    });
    drop(program);

    // The next start finds nothing to say, and guards codes.
    let program = Program::start(&place, &[]);
    let log = program.greeting.join("\n");
    assert!(!log.contains("share a code"), "{log}");
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
        let cart = format!("/api/carts/{}/purchase", left.cart.to_hex());
        let wish = json!({ "purchaser": "ana@example.com" });
        app.post(&cart, &wish).await.expect(201);
        assert_eq!(by_code(&app, "MUG").await[0]["stock"], 3);
    });
}
