//! The cart's forms as a browser without JavaScript sends them.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::carts::lines_of;
use crate::fixtures::*;
use crate::pages::page;
use crate::reply::Reply;

/// Sends a form as the visitor of a cart.
async fn send(app: &TestApp, path: &str, cart: Option<&str>, fields: &[(&str, &str)]) -> Reply {
    let request = app.request("POST", path).header("Accept", "text/html");
    let request = match cart {
        Some(cart) => request.header("Cookie", format!("cart={cart}")),
        None => request,
    };
    Reply::to(request.form(fields)).await
}

/// The target of a redirect after a form.
fn redirect_of(reply: Reply) -> String {
    let reply = reply.expect(303);
    reply.header("location").to_owned()
}

/// A cart with one vase, made by a form.
async fn cart_of(app: &TestApp, product: &Value) -> String {
    let reply = send(app, "/carts/lines", None, &[("product", id(product))]).await;
    let location = redirect_of(reply);
    location.strip_prefix("/carts/").expect("a cart").to_owned()
}

async fn lines_of_cart(app: &TestApp, cart: &str) -> Vec<(String, i64)> {
    let cart = app
        .get(&format!("/api/carts/{cart}"))
        .await
        .expect(200)
        .payload();
    lines_of(&cart)
        .into_iter()
        .map(|(code, quantity)| (code.to_owned(), quantity))
        .collect()
}

pub(crate) async fn the_first_add_makes_a_cart_and_its_cookie(app: &TestApp) {
    let product = app.vase("V-1").await;
    let fields = [("product", id(&product)), ("quantity", "2")];
    let reply = send(app, "/carts/lines", None, &fields).await.expect(303);
    let location = reply.header("location").to_owned();
    let cart = location.strip_prefix("/carts/").expect("a cart");
    let cookie = reply.header("set-cookie");
    assert!(cookie.starts_with(&format!("cart={cart};")), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert_eq!(lines_of_cart(app, cart).await, [("V-1".to_owned(), 2)]);
    let html = page(app.get(&location).await, 200);
    assert!(html.contains("Vase") && html.contains("$39.98"), "{html}");
}

pub(crate) async fn the_next_add_goes_into_the_same_cart(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = cart_of(app, &one).await;
    for product in [&one, &two] {
        let reply = send(
            app,
            "/carts/lines",
            Some(&cart),
            &[("product", id(product))],
        )
        .await;
        assert_eq!(redirect_of(reply), format!("/carts/{cart}"));
    }
    let expected = [("V-1".to_owned(), 2), ("V-2".to_owned(), 1)];
    assert_eq!(lines_of_cart(app, &cart).await, expected);
    // Every page shows the number of items, and /carts redirects to the cart.
    let visitor = |path: &str| {
        app.request("GET", path)
            .header("Cookie", format!("cart={cart}"))
    };
    let html = page(Reply::to(visitor("/")).await, 200);
    assert!(html.contains("3 items"), "{html}");
    assert_eq!(
        redirect_of(Reply::to(visitor("/carts")).await),
        format!("/carts/{cart}")
    );
}

pub(crate) async fn an_unknown_cart_cookie_gets_a_new_cart(app: &TestApp) {
    let product = app.vase("V-1").await;
    for unknown in [UNKNOWN, "x", "", "%00", "{\"$ne\":null}"] {
        let reply = send(
            app,
            "/carts/lines",
            Some(unknown),
            &[("product", id(&product))],
        )
        .await;
        let location = redirect_of(reply);
        assert_ne!(location, format!("/carts/{unknown}"));
        let cart = location.strip_prefix("/carts/").expect("a cart");
        assert_eq!(lines_of_cart(app, cart).await, [("V-1".to_owned(), 1)]);
    }
}

pub(crate) async fn lines_are_set_removed_and_emptied(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = cart_of(app, &one).await;
    send(app, "/carts/lines", Some(&cart), &[("product", id(&two))])
        .await
        .expect(303);
    let line = format!("/carts/{cart}/lines/{}", id(&one));
    let cart_page = format!("/carts/{cart}");

    let reply = send(app, &line, Some(&cart), &[("quantity", "7")]).await;
    assert_eq!(redirect_of(reply), cart_page);
    let expected = [("V-1".to_owned(), 7), ("V-2".to_owned(), 1)];
    assert_eq!(lines_of_cart(app, &cart).await, expected);

    // A second click on the button succeeds too.
    for _ in 0..2 {
        let reply = send(app, &format!("{line}/remove"), Some(&cart), &[]).await;
        assert_eq!(redirect_of(reply), cart_page);
        assert_eq!(lines_of_cart(app, &cart).await, [("V-2".to_owned(), 1)]);
    }
    for _ in 0..2 {
        let reply = send(app, &format!("{cart_page}/empty"), Some(&cart), &[]).await;
        assert_eq!(redirect_of(reply), cart_page);
        assert_eq!(lines_of_cart(app, &cart).await, []);
    }
}

pub(crate) async fn a_refused_add_shows_the_product_again(app: &TestApp) {
    let product = app.vase("V-1").await;
    let sold_out = app
        .create_product(&vase_with("V-2", json!({ "stock": 0 })))
        .await;
    let hidden = app
        .create_product(&vase_with("V-3", json!({ "status": false })))
        .await;
    for (product, quantity, status, words) in [
        (&product, "11", 409, "You can add up to 10."),
        (&sold_out, "1", 409, "Sold out."),
        (&hidden, "1", 409, "Not available right now."),
        (&product, "0", 400, "Enter 1 or more."),
        (&product, "two", 400, "Enter 1 or more."),
        (&product, "-1", 400, "Enter 1 or more."),
        (&product, "1.5", 400, "Enter 1 or more."),
        (&product, "99999999999999999999", 400, "Enter 1 or more."),
    ] {
        let fields = [("product", id(product)), ("quantity", quantity)];
        let reply = send(app, "/carts/lines", None, &fields).await;
        assert!(
            reply.header("set-cookie").is_empty(),
            "{quantity}: no cart was made"
        );
        let html = page(reply, status);
        assert!(html.contains(words), "{quantity}: {html}");
        assert!(
            html.contains(&format!("value=\"{quantity}\"")),
            "{quantity}: {html}"
        );
        assert!(
            html.contains("<h1 data-field=\"title\">Vase"),
            "{quantity}: {html}"
        );
    }
}

pub(crate) async fn a_refused_set_shows_the_cart_again(app: &TestApp) {
    let product = app.vase("V-1").await;
    let cart = cart_of(app, &product).await;
    let line = format!("/carts/{cart}/lines/{}", id(&product));
    for (quantity, status, words) in [
        ("11", 409, "You can add up to 10."),
        ("0", 400, "Enter 1 or more."),
        ("x", 400, "Enter 1 or more."),
        ("", 400, "Enter 1 or more."),
    ] {
        let reply = send(app, &line, Some(&cart), &[("quantity", quantity)]).await;
        let html = page(reply, status);
        assert!(html.contains(words), "{quantity}: {html}");
        assert_eq!(lines_of_cart(app, &cart).await, [("V-1".to_owned(), 1)]);
    }
}

pub(crate) async fn forms_for_unknown_carts_and_products_are_not_found(app: &TestApp) {
    let product = app.vase("V-1").await;
    for unknown in [UNKNOWN, "x", ""] {
        let reply = send(app, "/carts/lines", None, &[("product", unknown)]).await;
        page(reply, 404);
    }
    page(send(app, "/carts/lines", None, &[]).await, 404);
    let fields = [("product", id(&product)), ("colour", "red")];
    page(send(app, "/carts/lines", None, &fields).await, 400);
    for path in [
        format!("/carts/{UNKNOWN}/empty"),
        format!("/carts/{UNKNOWN}/lines/{}", id(&product)),
        format!("/carts/{UNKNOWN}/lines/{}/remove", id(&product)),
    ] {
        page(send(app, &path, None, &[("quantity", "1")]).await, 404);
    }
}

pub(crate) async fn a_line_of_a_deleted_product_leaves_a_warning(app: &TestApp) {
    let (one, two) = (app.vase("V-1").await, app.vase("V-2").await);
    let cart = cart_of(app, &one).await;
    send(app, "/carts/lines", Some(&cart), &[("product", id(&two))])
        .await
        .expect(303);
    app.delete(&path(&one)).await.done();
    let html = page(app.get(&format!("/carts/{cart}")).await, 200);
    assert!(html.contains("1 product is no longer sold"), "{html}");
    app.put(&path(&two), &json!({ "stock": 0 }))
        .await
        .expect(202);
    let html = page(app.get(&format!("/carts/{cart}")).await, 200);
    assert!(html.contains("None left."), "{html}");
}

pub(crate) async fn scripts_get_the_responses_of_the_api(app: &TestApp) {
    let product = app.vase("V-1").await;
    let post = |path: &str, quantity: &str| {
        let request = app
            .request("POST", path)
            .header("Accept", "application/json");
        request.form(&[("product", id(&product)), ("quantity", quantity)])
    };
    let reply = Reply::to(post("/carts/lines", "2")).await.expect(202);
    assert!(reply.header("set-cookie").starts_with("cart="));
    let cart = reply.payload();
    assert_eq!(lines_of(&cart), [("V-1", 2)]);
    let refused = Reply::to(post("/carts/lines", "11")).await;
    let problem = refused.problem(409, "insufficient_stock");
    assert_eq!(problem["available"], 10);
    assert_eq!(problem["text"], "You can add up to 10.");
    let line = format!("/carts/{}/lines/{}", id(&cart), id(&product));
    let set = app
        .request("POST", &line)
        .header("Accept", "application/json");
    let set = Reply::to(set.form(&[("quantity", "3")])).await.expect(200);
    assert_eq!(lines_of(&set.payload()), [("V-1", 3)]);
}
