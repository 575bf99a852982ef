//! What is put into a cart is kept for it, and everybody sees so, and when it is over.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::app::TestApp;
use crate::goods::*;
use crate::live_carts::page_of;
use crate::place::Place;
use crate::purchases::ana;
use crate::reply::Reply;
use crate::socket::Socket;

/// Longer than any test, and as short as can be.
const LONG: [&str; 2] = ["--hold", "3600"];
const SHORT: [&str; 2] = ["--hold", "1"];

/// Stock and available of a product as anybody reads it.
async fn seen(app: &TestApp, product: &Value) -> Value {
    let product = app.product(product).await;
    json!([product["stock"], product["available"], product["version"]])
}

/// The next change of a product: its action, its version, and what can be had of it.
async fn told(page: &mut Socket) -> Value {
    let told = page.expect("update_products").await;
    json!([
        told["action"],
        told["version"],
        told["product"]["available"]
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

pub(crate) async fn nothing_is_held_without_the_flag(place: &Place) {
    let app = TestApp::start(place, &[]);
    let vase = app.vase("V-1").await;
    let cart = app.cart_of(&[(&vase, 4)]).await;
    assert_eq!(seen(&app, &vase).await, json!([10, 10, 1]));
    assert_eq!(line(&app, &cart).await.get("heldUntil"), None);
}

pub(crate) async fn a_line_says_until_when_it_is_held(place: &Place) {
    let app = TestApp::start(place, &LONG);
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
    assert_eq!(seen(&app, &vase).await, json!([10, 3, 1]));

    let other = app.cart_of(&[]).await;
    let address = format!("{other}/products/{}", id(&vase));
    let refused = app.post(&address, &json!({ "quantity": 4 })).await;
    let problem = refused.problem(409, "insufficient_stock");
    assert_eq!(problem["available"], 3);
    app.post(&address, &json!({ "quantity": 3 }))
        .await
        .expect(202);
    assert_eq!(seen(&app, &vase).await, json!([10, 0, 1]));
    app.delete(&other).await.expect(200);
    assert_eq!(seen(&app, &vase).await, json!([10, 3, 1]));
}

pub(crate) async fn a_held_cart_buys_when_all_else_is_gone(place: &Place) {
    let app = TestApp::start(place, &LONG);
    let vase = app.vase("V-1").await;
    let cart = app.cart_of(&[(&vase, 1)]).await;
    let rest = app.cart_of(&[(&vase, 9)]).await;
    app.buy(&rest).await.expect(201);
    assert_eq!(seen(&app, &vase).await, json!([1, 0, 2]));
    app.buy(&cart).await.expect(201);
    assert_eq!(seen(&app, &vase).await, json!([0, 0, 3]));
}

pub(crate) async fn what_is_asked_for_under_a_key_is_held_once(place: &Place) {
    let app = TestApp::start(place, &LONG);
    let vase = app.vase("V-1").await;
    let cart = app.cart_of(&[]).await;
    let keyed = |path: String, body: Value| {
        let request = app.request("POST", &path).header("Idempotency-Key", "k");
        Reply::to(request.json(&body))
    };
    let address = format!("{cart}/products/{}", id(&vase));
    for _ in 0..2 {
        let added = keyed(address.clone(), json!({ "quantity": 4 })).await;
        assert!(added.expect(202).payload()["products"][0]["heldUntil"].is_string());
        assert_eq!(seen(&app, &vase).await, json!([10, 6, 1]));
    }
    for _ in 0..2 {
        keyed(format!("{cart}/purchase"), ana()).await.expect(201);
        assert_eq!(seen(&app, &vase).await, json!([6, 6, 2]));
    }
}

pub(crate) async fn every_page_is_told_what_holds_take_and_give_back(place: &Place) {
    let app = TestApp::start(place, &SHORT);
    let mut page = app.products_socket_after_snapshot().await;
    let vase = app.vase("V-1").await;
    assert_eq!(told(&mut page).await, json!(["created", 1, 10]));
    let cart = app.cart_of(&[(&vase, 4)]).await;
    let until = moment(&line(&app, &cart).await["heldUntil"]);
    assert_eq!(told(&mut page).await, json!(["updated", 1, 6]));
    // Nobody asks for anything: the server notices by itself.
    assert_eq!(told(&mut page).await, json!(["updated", 1, 10]));
    let late = OffsetDateTime::now_utc() - until;
    assert!(
        late >= Duration::from_millis(0),
        "ended {late} before its time"
    );
    assert_eq!(seen(&app, &vase).await, json!([10, 10, 1]));
    let left = line(&app, &cart).await;
    assert_eq!(
        (&left["quantity"], left.get("heldUntil")),
        (&json!(4), None)
    );
    // It was told once: what comes next is the purchase.
    app.buy(&cart).await.expect(201);
    assert_eq!(told(&mut page).await, json!(["updated", 2, 6]));
}

pub(crate) async fn the_carts_concerned_are_told_when_a_hold_runs_out(place: &Place) {
    let app = TestApp::start(place, &SHORT);
    let (vase, other) = (app.vase("V-1").await, app.vase("V-2").await);
    let wanting = app.cart_of(&[(&vase, 6)]).await;
    let bystander = app.cart_of(&[(&other, 1)]).await;
    let mut pages = [
        page_of(&app, cart_id(&wanting)).await,
        page_of(&app, cart_id(&bystander)).await,
    ];
    for page in &mut pages {
        let expired = page.cart_told().await;
        assert_eq!(expired["reason"], "expired");
        assert_eq!(expired["cart"]["products"][0].get("heldUntil"), None);
    }
    let holder = app.cart_of(&[(&vase, 5)]).await;
    let mut owner = page_of(&app, cart_id(&holder)).await;
    let [wanting, bystander_page] = &mut pages;
    let short = wanting.cart_told().await;
    assert_eq!(short["reason"], "short");
    assert_eq!(short["cart"]["products"][0]["available"], 5);
    assert_eq!(wanting.cart_told().await["reason"], "available");
    assert_eq!(owner.cart_told().await["reason"], "expired");
    // Who has nothing to do with it hears of its own change next.
    app.delete(&bystander).await.expect(200);
    assert_eq!(bystander_page.cart_told().await["reason"], "changed");
}

pub(crate) async fn holds_outlive_a_restart_and_end_when_they_are_off(place: &Place) {
    let app = TestApp::start(place, &LONG);
    let vase = app.vase("V-1").await;
    let cart = app.cart_of(&[(&vase, 4)]).await;
    let held = line(&app, &cart).await;
    drop(app);
    let app = TestApp::start(place, &LONG);
    assert_eq!(line(&app, &cart).await, held);
    drop(app);
    let app = TestApp::start(place, &[]);
    let mut page = page_of(&app, cart_id(&cart)).await;
    if line(&app, &cart).await.get("heldUntil").is_some() {
        assert_eq!(page.cart_told().await["reason"], "expired");
    }
    assert_eq!(seen(&app, &vase).await, json!([10, 10, 1]));
}

pub(crate) async fn of_two_nodes_one_ends_a_hold(place: &Place) {
    let other_place = Place::sqlite();
    let uploads = other_place.uploads().display().to_string();
    let nodes = [
        TestApp::start(place, &SHORT),
        TestApp::start_node(place, &uploads, &SHORT),
    ];
    let mut pages = [
        nodes[0].products_socket_after_snapshot().await,
        nodes[1].products_socket_after_snapshot().await,
    ];
    let vase = nodes[0].vase("V-1").await;
    let cart = nodes[1].cart_of(&[(&vase, 4)]).await;
    for page in &mut pages {
        assert_eq!(told(page).await, json!(["created", 1, 10]));
        assert_eq!(told(page).await, json!(["updated", 1, 6]));
        assert_eq!(told(page).await, json!(["updated", 1, 10]));
    }
    nodes[0].buy(&cart).await.expect(201);
    for page in &mut pages {
        assert_eq!(told(page).await, json!(["updated", 2, 6]));
    }
}
