//! Reading, listing and cancelling orders.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;

/// Orders of one vase each, in the order of purchase.
async fn orders(app: &TestApp, count: usize) -> (Value, Vec<Value>) {
    let product = app
        .create_product(&vase_with("V-1", json!({ "stock": 100 })))
        .await;
    let mut orders = Vec::new();
    for _ in 0..count {
        let cart = app.cart_of(&[(&product, 1)]).await;
        orders.push(app.buy(&cart).await.expect(201).payload());
    }
    (product, orders)
}

async fn listed(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/api/orders{query}"))
        .await
        .expect(200)
        .json()
}

/// The sorted codes of a page of orders: two orders may have the same time.
fn codes(list: &[Value]) -> Vec<&str> {
    let mut codes: Vec<_> = list
        .iter()
        .map(|order| order["code"].as_str().expect("a code"))
        .collect();
    codes.sort_unstable();
    codes
}

pub(crate) async fn orders_are_listed_in_pages(app: &TestApp) {
    let (_, orders) = orders(app, 5).await;
    let mut seen = Vec::new();
    let mut next = json!("/api/orders?limit=2&purchaser=ana@example.com");
    while let Some(link) = next.as_str() {
        let page = app.get(link).await.expect(200).json();
        assert_eq!(
            (&page["totalDocs"], &page["totalPages"]),
            (&json!(5), &json!(3))
        );
        assert!(page.get("cursor").is_none(), "{page}");
        seen.extend(page["payload"].as_array().expect("a list").clone());
        next = page["nextLink"].clone();
    }
    assert_eq!(codes(&seen), codes(&orders));
    let newest_first = seen.is_sorted_by_key(|order| {
        std::cmp::Reverse(order["purchase_datetime"].as_str().map(str::to_owned))
    });
    assert!(newest_first, "{seen:?}");
    let oldest = listed(app, "?sort=asc&limit=1").await;
    assert_eq!(
        oldest["payload"][0]["purchase_datetime"],
        orders[0]["purchase_datetime"]
    );
}

pub(crate) async fn orders_are_filtered(app: &TestApp) {
    assert_eq!(listed(app, "").await["payload"], json!([]));
    let (_, orders) = orders(app, 2).await;
    let path = format!("/api/orders/{}/cancel", id(&orders[1]));
    let cancelled = app.post(&path, &json!({})).await.expect(200).payload();
    for (query, found) in [
        ("?cancelled=true", vec![&cancelled]),
        ("?cancelled=false", vec![&orders[0]]),
        (
            &format!(
                "?query=code:{}",
                orders[0]["code"].as_str().expect("a code")
            ),
            vec![&orders[0]],
        ),
        (
            &format!("?query=cart:{}", orders[0]["cart"].as_str().expect("an id")),
            vec![&orders[0]],
        ),
        ("?purchaser=bo@example.com", vec![]),
        (
            "?purchaser=ana@example.com&cancelled=1&utm=x",
            vec![&cancelled],
        ),
    ] {
        assert_eq!(listed(app, query).await["payload"], json!(found), "{query}");
    }
    for (query, field) in [
        ("?limit=101", "limit"),
        ("?page=0", "page"),
        ("?sort=amount:asc", "sort"),
        ("?query=colour:red", "query"),
        ("?query=cart:1", "query"),
        ("?cancelled=maybe", "cancelled"),
    ] {
        let reply = app.get(&format!("/api/orders{query}")).await;
        reply.problem_of(400, "invalid_query", &[field]);
    }
}

pub(crate) async fn an_order_is_cancelled_once(app: &TestApp) {
    let (product, orders) = orders(app, 2).await;
    let path = format!("/api/orders/{}", id(&orders[0]));
    let cancel = format!("{path}/cancel");
    let first = app.post(&cancel, &json!({})).await.expect(200).payload();
    let rfc3339 = &time::format_description::well_known::Rfc3339;
    let moment = first["cancelled"].as_str().expect("a moment");
    time::OffsetDateTime::parse(moment, rfc3339).expect("RFC 3339");
    assert_eq!(app.stock(&product).await, 99);
    let again = app.post(&cancel, &json!({})).await.expect(200).payload();
    assert_eq!(again, first);
    assert_eq!(app.get(&path).await.expect(200).payload(), first);
    assert_eq!(app.stock(&product).await, 99);
}

pub(crate) async fn unknown_orders_are_not_found(app: &TestApp) {
    for id in MALFORMED.iter().chain(&[UNKNOWN]) {
        let path = format!("/api/orders/{id}");
        app.get(&path).await.problem(404, "not_found");
        let cancel = app.post(&format!("{path}/cancel"), &json!({})).await;
        cancel.problem(404, "not_found");
    }
}
