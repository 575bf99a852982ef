//! Holds: units in a cart are reserved for a time, and every page sees when that starts and ends.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::TestApp;
use crate::cart_watch::page_of;
use crate::fixtures::*;
use crate::purchases::ana;
use crate::reply::Reply;
use crate::socket::Socket;
use crate::test_store::TestStore;

/// Longer than any test.
const LONG: [&str; 2] = ["--hold", "3600"];
/// The shortest hold.
const SHORT: [&str; 2] = ["--hold", "1"];

/// Stock, available units and version of a product.
async fn state(app: &TestApp, product: &Value) -> Value {
    let product = app.product(product).await;
    json!([product["stock"], product["available"], product["version"]])
}

/// The next change of a product: its action, version and available units.
async fn next_change(page: &mut Socket) -> Value {
    let update = page.expect("update_products").await;
    json!([
        update["action"],
        update["version"],
        update["product"]["available"]
    ])
}

/// The only line of a cart.
async fn line(app: &TestApp, cart: &str) -> Value {
    let cart = app.get(cart).await.expect(200).payload();
    assert_eq!(cart["products"].as_array().map(Vec::len), Some(1), "{cart}");
    cart["products"][0].clone()
}

fn cart_id(cart: &str) -> &str {
    cart.rsplit('/').next().expect("an id")
}

fn moment(text: &Value) -> OffsetDateTime {
    let text = text.as_str().expect("a moment");
    OffsetDateTime::parse(text, &Rfc3339).expect("RFC 3339")
}

pub(crate) async fn nothing_is_held_without_the_flag(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let vase = app.vase("V-1").await;
    let cart = app.cart_of(&[(&vase, 4)]).await;
    assert_eq!(state(&app, &vase).await, json!([10, 10, 1]));
    assert_eq!(line(&app, &cart).await.get("heldUntil"), None);
}

pub(crate) async fn a_held_line_shows_its_expiry(store: &TestStore) {
    let app = TestApp::start(store, &LONG);
    let vase = app.vase("V-1").await;
    let before = OffsetDateTime::now_utc();
    let cart = app.cart_of(&[(&vase, 7)]).await;
    let held = line(&app, &cart).await;
    let left = moment(&held["heldUntil"]) - before;
    let tolerance = Duration::from_secs(60);
    assert!(
        (left - Duration::from_secs(3_600)).abs() < tolerance,
        "{left}"
    );
    assert_eq!(held["available"], 10);
    assert_eq!(held["product"]["available"], 3);
    assert_eq!(state(&app, &vase).await, json!([10, 3, 1]));

    let other = app.cart_of(&[]).await;
    let line_path = format!("{other}/products/{}", id(&vase));
    let refused = app.post(&line_path, &json!({ "quantity": 4 })).await;
    let problem = refused.problem(409, "insufficient_stock");
    assert_eq!(problem["available"], 3);
    app.post(&line_path, &json!({ "quantity": 3 }))
        .await
        .expect(202);
    assert_eq!(state(&app, &vase).await, json!([10, 0, 1]));
    app.delete(&other).await.expect(200);
    assert_eq!(state(&app, &vase).await, json!([10, 3, 1]));
}

pub(crate) async fn a_held_cart_can_buy_the_last_units(store: &TestStore) {
    let app = TestApp::start(store, &LONG);
    let vase = app.vase("V-1").await;
    let cart = app.cart_of(&[(&vase, 1)]).await;
    let rest = app.cart_of(&[(&vase, 9)]).await;
    app.buy(&rest).await.expect(201);
    assert_eq!(state(&app, &vase).await, json!([1, 0, 2]));
    app.buy(&cart).await.expect(201);
    assert_eq!(state(&app, &vase).await, json!([0, 0, 3]));
}

pub(crate) async fn a_replayed_add_is_held_once(store: &TestStore) {
    let app = TestApp::start(store, &LONG);
    let vase = app.vase("V-1").await;
    let cart = app.cart_of(&[]).await;
    let keyed = |path: String, body: Value| {
        let request = app.request("POST", &path).header("Idempotency-Key", "k");
        Reply::to(request.json(&body))
    };
    let line_path = format!("{cart}/products/{}", id(&vase));
    for _ in 0..2 {
        let added = keyed(line_path.clone(), json!({ "quantity": 4 })).await;
        assert!(added.expect(202).payload()["products"][0]["heldUntil"].is_string());
        assert_eq!(state(&app, &vase).await, json!([10, 6, 1]));
    }
    for _ in 0..2 {
        keyed(format!("{cart}/purchase"), ana()).await.expect(201);
        assert_eq!(state(&app, &vase).await, json!([6, 6, 2]));
    }
}

pub(crate) async fn holds_change_availability_on_every_page(store: &TestStore) {
    let app = TestApp::start(store, &SHORT);
    let mut page = app.products_socket_after_snapshot().await;
    let vase = app.vase("V-1").await;
    assert_eq!(next_change(&mut page).await, json!(["created", 1, 10]));
    let cart = app.cart_of(&[(&vase, 4)]).await;
    let until = moment(&line(&app, &cart).await["heldUntil"]);
    assert_eq!(next_change(&mut page).await, json!(["updated", 1, 6]));
    // No request triggers this: the server expires the hold by itself.
    assert_eq!(next_change(&mut page).await, json!(["updated", 1, 10]));
    let late = OffsetDateTime::now_utc() - until;
    assert!(late >= Duration::from_millis(0), "expired {late} early");
    assert_eq!(state(&app, &vase).await, json!([10, 10, 1]));
    let left = line(&app, &cart).await;
    assert_eq!(
        (&left["quantity"], left.get("heldUntil")),
        (&json!(4), None)
    );
    // The expiry was sent once: the next change is the purchase.
    app.buy(&cart).await.expect(201);
    assert_eq!(next_change(&mut page).await, json!(["updated", 2, 6]));
}

pub(crate) async fn affected_carts_are_notified_when_a_hold_expires(store: &TestStore) {
    let app = TestApp::start(store, &SHORT);
    let (vase, other) = (app.vase("V-1").await, app.vase("V-2").await);
    let waiting = app.cart_of(&[(&vase, 6)]).await;
    let unaffected = app.cart_of(&[(&other, 1)]).await;
    let mut pages = [
        page_of(&app, cart_id(&waiting)).await,
        page_of(&app, cart_id(&unaffected)).await,
    ];
    for page in &mut pages {
        let expired = page.next_cart_update().await;
        assert_eq!(expired["reason"], "expired");
        assert_eq!(expired["cart"]["products"][0].get("heldUntil"), None);
    }
    let holder = app.cart_of(&[(&vase, 5)]).await;
    let mut owner = page_of(&app, cart_id(&holder)).await;
    let [waiting, unaffected_page] = &mut pages;
    let short = waiting.next_cart_update().await;
    assert_eq!(short["reason"], "short");
    assert_eq!(short["cart"]["products"][0]["available"], 5);
    assert_eq!(waiting.next_cart_update().await["reason"], "available");
    assert_eq!(owner.next_cart_update().await["reason"], "expired");
    // The next update of the unaffected cart is its own change.
    app.delete(&unaffected).await.expect(200);
    assert_eq!(
        unaffected_page.next_cart_update().await["reason"],
        "changed"
    );
}

pub(crate) async fn holds_survive_a_restart_and_end_when_turned_off(store: &TestStore) {
    let app = TestApp::start(store, &LONG);
    let vase = app.vase("V-1").await;
    let cart = app.cart_of(&[(&vase, 4)]).await;
    let held = line(&app, &cart).await;
    drop(app);
    let app = TestApp::start(store, &LONG);
    assert_eq!(line(&app, &cart).await, held);
    drop(app);
    let app = TestApp::start(store, &[]);
    let mut page = page_of(&app, cart_id(&cart)).await;
    if line(&app, &cart).await.get("heldUntil").is_some() {
        assert_eq!(page.next_cart_update().await["reason"], "expired");
    }
    assert_eq!(state(&app, &vase).await, json!([10, 10, 1]));
}

pub(crate) async fn one_of_two_nodes_expires_a_hold(store: &TestStore) {
    let other_store = TestStore::sqlite();
    let uploads = other_store.uploads().display().to_string();
    let nodes = [
        TestApp::start(store, &SHORT),
        TestApp::start_node(store, &uploads, &SHORT),
    ];
    let mut pages = [
        nodes[0].products_socket_after_snapshot().await,
        nodes[1].products_socket_after_snapshot().await,
    ];
    let vase = nodes[0].vase("V-1").await;
    let cart = nodes[1].cart_of(&[(&vase, 4)]).await;
    for page in &mut pages {
        assert_eq!(next_change(page).await, json!(["created", 1, 10]));
        assert_eq!(next_change(page).await, json!(["updated", 1, 6]));
        assert_eq!(next_change(page).await, json!(["updated", 1, 10]));
    }
    nodes[0].buy(&cart).await.expect(201);
    for page in &mut pages {
        assert_eq!(next_change(page).await, json!(["updated", 2, 6]));
    }
}
