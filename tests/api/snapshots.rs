//! The snapshot at the start of a product socket.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;

pub(crate) async fn an_empty_catalogue_is_one_empty_part(app: &TestApp) {
    let (mut socket, welcome) = app.products_socket("").await;
    assert_eq!(welcome["resumed"], false);
    assert_eq!(welcome.as_object().expect("an object").len(), 2);
    let part = socket.expect("products").await;
    let expected = json!({ "cursor": welcome["cursor"], "products": [], "remaining": 0 });
    assert_eq!(part, expected);
}

pub(crate) async fn a_snapshot_equals_the_rest_list(app: &TestApp) {
    app.vases(3).await;
    let (mut socket, _) = app.products_socket("").await;
    let (products, remaining) = socket.snapshot().await;
    assert_eq!(products, app.all_products().await);
    assert_eq!(remaining, [0]);
}

pub(crate) async fn a_large_catalogue_comes_in_parts(app: &TestApp) {
    let ids = app.vases(205).await;
    let (mut socket, _) = app.products_socket("").await;
    let (products, remaining) = socket.snapshot().await;
    let received: Vec<_> = products.iter().map(id).collect();
    assert_eq!(received, ids);
    assert_eq!(remaining, [105, 5, 0]);
    // Live changes follow the snapshot.
    let product = app.vase("V-1").await;
    let is_it = |update: &Value| update["id"] == product["_id"];
    let update = socket.expect_where("update_products", is_it).await;
    assert_eq!(update["product"], product);
}

pub(crate) async fn a_full_part_is_not_followed_by_an_empty_one(app: &TestApp) {
    app.vases(100).await;
    let (mut socket, _) = app.products_socket("").await;
    assert_eq!(socket.snapshot().await.1, [0]);
    app.vase("V-1").await;
    socket.expect("update_products").await;
}

pub(crate) async fn the_snapshot_can_be_left_out(app: &TestApp) {
    app.vases(3).await;
    let (mut socket, welcome) = app.products_socket("?snapshot=false").await;
    assert_eq!(welcome["resumed"], false);
    let product = app.vase("V-1").await;
    let is_it = |update: &Value| update["id"] == product["_id"];
    let update = socket.expect_where("update_products", is_it).await;
    assert_eq!(update["product"], product);
}

pub(crate) async fn unknown_ids_are_left_out(app: &TestApp) {
    let product = app.vase("V-1").await;
    for (ids, count) in [
        (UNKNOWN.to_owned(), 0),
        (format!("{UNKNOWN},{}", id(&product)), 1),
    ] {
        let (mut socket, _) = app.products_socket(&format!("?ids={ids}")).await;
        let (products, remaining) = socket.snapshot().await;
        assert_eq!((products.len(), remaining), (count, vec![0]));
    }
}

pub(crate) async fn many_ids_come_in_parts(app: &TestApp) {
    let ids = app.vases(150).await;
    app.vase("V-1").await;
    let query = format!("?ids={}", ids.join(","));
    let (mut socket, _) = app.products_socket(&query).await;
    let (products, remaining) = socket.snapshot().await;
    let received: Vec<_> = products.iter().map(id).collect();
    assert_eq!(received, ids);
    assert_eq!(remaining, [50, 0]);
}

/// Applies a change to a snapshot, as a page does.
fn apply(products: &mut Vec<Value>, update: &Value) {
    products.retain(|product| product["_id"] != update["id"]);
    if update["product"].is_object() {
        products.push(update["product"].clone());
    }
}

pub(crate) async fn a_snapshot_during_changes_has_no_gap(app: &TestApp) {
    let ids = app.vases(210).await;
    let writes = async {
        for (number, id) in ids.iter().rev().enumerate() {
            let location = format!("/api/products/{id}");
            match number % 7 {
                0 => app.delete(&location).await.done(),
                1 => drop(app.vase(&format!("N-{number}")).await),
                _ => drop(
                    app.put(&location, &json!({ "stock": number }))
                        .await
                        .expect(202),
                ),
            }
        }
        app.vase("LAST").await
    };
    let follow = async {
        let (mut socket, _) = app.products_socket("").await;
        let (mut products, _) = socket.snapshot().await;
        loop {
            let update = socket.expect("update_products").await;
            apply(&mut products, &update);
            if update["product"]["code"] == "LAST" {
                return products;
            }
        }
    };
    let (_, mut followed) = tokio::join!(writes, follow);
    followed.sort_by_key(|product| id(product).to_owned());
    assert_eq!(followed, app.all_products().await);
}
