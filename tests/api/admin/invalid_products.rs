//! An invalid document of another program is listed and fixed on the admin pages.

use mongodb::bson::{Document, doc};
use serde_json::json;

use super::{Admin, TOKEN};
use crate::app::{TestApp, runtime};
use crate::pages::page;
use crate::test_store::TestStore;

#[test]
fn an_invalid_product_is_listed_and_fixed() {
    let Some(store) = TestStore::mongo() else {
        return;
    };
    let app = TestApp::start(&store, &["--admin-token", TOKEN]);
    runtime().block_on(async {
        let products = store.database().await.collection::<Document>("products");
        let invalid = doc! {
            "title": 5, "code": "J-1", "price": "dear", "stock": -1, "status": "yes", "thumbnails": "a.png",
        };
        let inserted = products.insert_one(invalid).await.expect("an insert");
        let id = inserted.inserted_id.as_object_id().expect("an object id");
        let admin = Admin::log_in(&app).await;
        // What another program writes is there as soon as the feed has delivered it.
        let mut list = json!({ "payload": [] });
        while list["payload"] == json!([]) {
            list = admin.get("/api/products/broken").await.expect(200).json();
        }
        let issues = list["payload"][0]["faults"].as_array().expect("faults");
        let fields: Vec<_> = issues.iter().map(|issue| &issue["field"]).collect();
        assert_eq!(fields, ["title", "price", "status", "stock", "thumbnails"]);
        assert!(issues.iter().all(|issue| issue["code"] == "unreadable"));

        let product_page = format!("/admin/products/{}", id.to_hex());
        let html = page(admin.get("/admin/attention").await, 200);
        assert!(html.contains(&format!("{product_page}?fix&#x3D;1")), "{html}");
        assert!(html.contains("Price is invalid"), "{html}");
        let html = page(admin.get(&format!("{product_page}?fix=1")).await, 200);
        assert!(html.contains("name=\"fix\" value=\"1\""), "{html}");

        let form = [
            ("version", "1"), ("fix", "1"), ("title", "Jug"), ("code", "J-1"), ("price", "12.50"),
            ("stock", "4"), ("status", "true"), ("category", "jugs"), ("description", ""),
        ];
        admin.send(&product_page, &form).await.expect(303);
        let list = admin.get("/api/products/broken").await.expect(200).json();
        assert_eq!(list["payload"], json!([]));
        let fixed = app.all_products().await[0].clone();
        assert_eq!((&fixed["status"], &fixed["stock"]), (&json!(true), &json!(4)));
        assert_eq!(fixed["thumbnails"], json!([]));
    });
}
