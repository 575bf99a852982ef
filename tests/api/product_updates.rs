//! Changing products, with and without an expected version.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;
use crate::reply::Reply;

/// Changes a product if its version is one of these.
async fn change_if(app: &TestApp, product: &Value, tags: &str, change: Value) -> Reply {
    let request = app.request("PUT", &path(product)).json(&change);
    Reply::to(request.header("If-Match", tags)).await
}

async fn delete_if(app: &TestApp, product: &Value, tags: &str) -> Reply {
    let request = app.request("DELETE", &path(product));
    Reply::to(request.header("If-Match", tags)).await
}

pub(crate) async fn a_change_touches_only_the_named_members(app: &TestApp) {
    let product = app.vase("V-1").await;
    let reply = app.put(&path(&product), &json!({ "price": 25 })).await;
    let reply = reply.expect(202);
    assert_eq!(reply.header("etag"), "\"2\"");
    let changed = reply.payload();
    let mut expected = product.clone();
    expected["price"] = json!(25);
    expected["version"] = json!(2);
    expected["updatedAt"] = changed["updatedAt"].clone();
    assert_eq!(changed, expected);
    assert_eq!(app.product(&product).await, expected);
}

pub(crate) async fn each_member_can_be_changed(app: &TestApp) {
    let product = app.vase("V-1").await;
    for (version, (member, value)) in (2..).zip([
        ("title", json!("Jug")),
        ("description", json!("Blue.\nOr green.")),
        ("code", json!("J-1")),
        ("price", json!(0)),
        ("status", json!(false)),
        ("stock", json!(0)),
        ("category", json!("jugs")),
        ("thumbnails", json!([])),
    ]) {
        let change = json!({ member: value });
        let changed = app.put(&path(&product), &change).await.expect(202);
        let changed = changed.payload();
        assert_eq!(changed[member], value, "{member}");
        assert_eq!(changed["version"], version, "{member}");
    }
    assert_eq!(app.product(&product).await["available"], 0);
}

pub(crate) async fn an_empty_change_counts_as_a_version(app: &TestApp) {
    let product = app.vase("V-1").await;
    let changed = app.put(&path(&product), &json!({})).await.expect(202);
    assert_eq!(changed.payload()["version"], 2);
}

pub(crate) async fn a_change_to_a_taken_code_is_a_conflict(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let change = json!({ "code": "V-1", "price": 1 });
    let reply = app.put(&path(&two), &change).await;
    reply.problem(409, "duplicate_code");
    assert_eq!(app.product(&two).await, two);
    // Its own code is not a conflict.
    let change = json!({ "code": "V-1" });
    app.put(&path(&one), &change).await.expect(202);
}

pub(crate) async fn a_matching_version_is_changed(app: &TestApp) {
    let product = app.vase("V-1").await;
    for (version, tags) in [(2, "\"1\""), (3, "2"), (4, "\"1\", \"3\""), (5, "*")] {
        let reply = change_if(app, &product, tags, json!({ "stock": version })).await;
        let changed = reply.expect(202).payload();
        assert_eq!(changed["version"], version, "{tags}");
    }
    delete_if(app, &product, "\"5\"").await.done();
}

pub(crate) async fn another_version_is_not_changed(app: &TestApp) {
    let product = app.vase("V-1").await;
    let tags = [
        "\"2\"",
        "0",
        "\"-1\"",
        "\"x\"",
        "W/\"2\"",
        "",
        "\"2\",\"3\"",
        "99999999999999999999",
    ];
    for tags in tags {
        let reply = change_if(app, &product, tags, json!({ "stock": 1 })).await;
        reply.problem(412, "version_mismatch");
        let reply = delete_if(app, &product, tags).await;
        reply.problem(412, "version_mismatch");
    }
    assert_eq!(app.product(&product).await, product);
}

pub(crate) async fn an_expected_version_of_an_unknown_product_is_not_found(app: &TestApp) {
    let nothing = json!({ "_id": UNKNOWN });
    for tags in ["\"1\"", "*", "\"1\", \"2\""] {
        let reply = change_if(app, &nothing, tags, json!({ "stock": 1 })).await;
        reply.problem(404, "not_found");
        delete_if(app, &nothing, tags)
            .await
            .problem(404, "not_found");
    }
}

pub(crate) async fn one_of_parallel_changes_to_one_version_wins(app: &TestApp) {
    let product = app.vase("V-1").await;
    let changes = (1..=8).map(|stock| change_if(app, &product, "\"1\"", json!({ "stock": stock })));
    let replies = futures_util::future::join_all(changes).await;
    let won: Vec<_> = replies.iter().filter(|reply| reply.status == 202).collect();
    let lost = replies.iter().filter(|reply| reply.status == 412).count();
    assert_eq!((won.len(), lost), (1, 7));
    assert_eq!(app.product(&product).await, won[0].payload());
}

pub(crate) async fn parallel_changes_of_different_members_lose_nothing(app: &TestApp) {
    let product = app.vase("V-1").await;
    let changes = [
        json!({ "title": "Jug" }),
        json!({ "price": 1.5 }),
        json!({ "stock": 3 }),
        json!({ "category": "jugs" }),
    ];
    let location = path(&product);
    let sent = changes.iter().map(|change| app.put(&location, change));
    for reply in futures_util::future::join_all(sent).await {
        reply.expect(202);
    }
    let product = app.product(&product).await;
    assert_eq!(product["version"], 5);
    for change in changes {
        for (member, value) in change.as_object().expect("an object") {
            assert_eq!(product[member], *value, "{member}");
        }
    }
}
