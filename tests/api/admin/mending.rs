//! A document of another program that breaks the rules is found and mended on the admin's pages.

use mongodb::bson::{Document, doc};
use serde_json::json;

use super::{Admin, TOKEN};
use crate::app::{TestApp, runtime};
use crate::pages::page;
use crate::place::Place;

#[test]
fn a_broken_product_is_listed_opened_and_mended() {
    let place = Place::mongo();
    let app = TestApp::start(&place, &["--admin-token", TOKEN]);
    runtime().block_on(async {
        let products = place.database().await.collection::<Document>("products");
        let broken = doc! {
            "title": 5, "code": "J-1", "price": "dear", "stock": -1, "status": "yes", "thumbnails": "a.png",
        };
        let inserted = products.insert_one(broken).await.expect("an insert");
        let id = inserted.inserted_id.as_object_id().expect("an object id");
        let admin = Admin::log_in(&app).await;
        let list = admin.get("/api/products/broken").await.expect(200).json();
        let faults = list["payload"][0]["faults"].as_array().expect("faults");
        let fields: Vec<_> = faults.iter().map(|fault| &fault["field"]).collect();
        assert_eq!(fields, ["title", "price", "status", "stock", "thumbnails"]);
        assert!(faults.iter().all(|fault| fault["code"] == "unreadable"));

        let way = format!("/admin/products/{}", id.to_hex());
        let html = page(admin.get("/admin/attention").await, 200);
        assert!(html.contains(&format!("{way}?mend&#x3D;1")), "{html}");
        assert!(html.contains("Price cannot be read"), "{html}");
        let html = page(admin.get(&format!("{way}?mend=1")).await, 200);
        assert!(html.contains("name=\"mend\" value=\"1\""), "{html}");

        let form = [
            ("version", "1"), ("mend", "1"), ("title", "Jug"), ("code", "J-1"), ("price", "12.50"),
            ("stock", "4"), ("status", "true"), ("category", "jugs"), ("description", ""),
        ];
        admin.send(&way, &form).await.expect(303);
        let list = admin.get("/api/products/broken").await.expect(200).json();
        assert_eq!(list["payload"], json!([]));
        let mended = app.all_products().await[0].clone();
        assert_eq!((&mended["status"], &mended["stock"]), (&json!(true), &json!(4)));
        assert_eq!(mended["thumbnails"], json!([]));
    });
}
