//! Whoever is not the admin and wants to be; whoever wants what is another person's.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::goods::*;
use crate::place::Place;
use crate::reply::Reply;

const TOKEN: &str = "a-token-of-twenty-one";

/// Runs a test against a shop with a token.
fn guarded(more: &[&str], test: impl AsyncFnOnce(&TestApp)) {
    let place = Place::sqlite();
    let arguments = [&["--admin-token", TOKEN], more].concat();
    let app = TestApp::start(&place, &arguments);
    runtime().block_on(test(&app));
}

/// Offers a token at the door.
async fn offer(app: &TestApp, token: &str) -> Reply {
    app.post_form("/admin/login", &[("password", token)]).await
}

/// The cookie of who was let in.
async fn log_in(app: &TestApp) -> String {
    let reply = offer(app, TOKEN).await.expect(303);
    let cookie = reply.header("set-cookie").split(';').next();
    cookie.expect("a cookie").to_owned()
}

/// What is the admin's, to read and to write.
const READS: [&str; 7] = [
    "/api/orders",
    "/api/mutes",
    "/admin/orders",
    "/admin/chat",
    "/admin/attention",
    "/admin/figures",
    "/admin/products/new",
];
const WRITES: [(&str, &str); 8] = [
    ("POST", "/api/products"),
    ("PUT", "/api/products/0123456789abcdef01234567"),
    ("DELETE", "/api/products/0123456789abcdef01234567"),
    ("POST", "/api/products/0123456789abcdef01234567/upload"),
    ("POST", "/api/orders/0123456789abcdef01234567/cancel"),
    ("DELETE", "/api/messages/0123456789abcdef01234567"),
    ("POST", "/admin/products"),
    ("POST", "/admin/chat/mutes"),
];

/// Everything is refused to a cookie; how many requests that were.
async fn refused(app: &TestApp, cookie: &str) -> usize {
    let reads = READS.map(|path| ("GET", path));
    let all = reads.into_iter().chain(WRITES);
    let mut count = 0;
    for (method, path) in all {
        let request = app.request(method, path).header("Cookie", cookie);
        let request = request.header("Origin", format!("http://{}", app.address()));
        let reply = Reply::to(request.json(&vase("V-1"))).await;
        // A page leads to the door.
        let is_led = path.starts_with("/admin")
            && reply.status == 303
            && reply.header("location").starts_with("/admin");
        let told = format!("{method} {path} with {cookie:?}: {}", reply.text());
        assert!(reply.status == 401 || is_led, "{told}");
        count += 1;
    }
    count
}

#[test]
fn a_cookie_that_is_no_sessions_opens_nothing() {
    guarded(&[], async |app| {
        let cookie = log_in(app).await;
        let open = async || {
            let request = app.request("GET", "/api/orders").header("Cookie", &cookie);
            Reply::to(request).await.status
        };
        assert_eq!(open().await, 200);
        let (name, value) = cookie.split_once('=').expect("a pair");
        let mut count = refused(app, "").await + refused(app, &format!("{name}=")).await;
        for at in [0, 1, value.len() / 2, value.len() - 2] {
            let other = if value.as_bytes()[at] == b'A' {
                "B"
            } else {
                "A"
            };
            let forged = format!("{name}={}{other}{}", &value[..at], &value[at + 1..]);
            count += refused(app, &forged).await;
        }
        count += refused(app, &format!("{name}={}", &value[..value.len() / 2])).await;
        count += refused(app, &format!("{name}={value}A; {name}=x")).await;
        // The session itself is none the worse for it, until it is left.
        assert_eq!(open().await, 200);
        let leave = app
            .request("POST", "/admin/logout")
            .header("Cookie", &cookie);
        let leave = leave.header("Origin", format!("http://{}", app.address()));
        Reply::to(leave).await.expect(303);
        let left = Instant::now();
        count += refused(app, &cookie).await;
        assert!(
            left.elapsed() < Duration::from_secs(10),
            "refused from the first request on"
        );
        assert!(app.all_products().await.is_empty());
        figure(
            "X4",
            format_args!(
                "{count} requests with no session, a forged one or one that was left: 401, or led to the door, from the first on"
            ),
        );
    });
}

#[test]
fn a_thousand_guesses_are_few() {
    guarded(&["--rate-limits", "on"], async |app| {
        let begun = Instant::now();
        let (mut looked_at, mut turned_away) = (0, 0);
        for guess in 0..1_000 {
            let reply = match guess % 2 {
                0 => offer(app, &format!("a-wrong-token-no-{guess:04}")).await,
                _ => {
                    let request = app.request("GET", "/api/orders");
                    Reply::to(request.bearer_auth(format!("a-wrong-token-no-{guess:04}"))).await
                }
            };
            match reply.status.as_u16() {
                401 => looked_at += 1,
                429 => turned_away += 1,
                other => panic!("{other}: {}", reply.text()),
            }
        }
        // Ten at once, and then ten a minute.
        let most = 10 + begun.elapsed().as_secs() / 6 + 1;
        assert!(looked_at <= most, "{looked_at} of {most}");
        // Nor is the right one looked at before its time.
        assert_eq!(offer(app, TOKEN).await.status, 429);
        figure(
            "X14",
            format_args!("1,000 guesses: {looked_at} looked at, {turned_away} turned away"),
        );
    });
}

#[test]
fn a_session_is_its_own_and_its_pages_write_alone() {
    guarded(&[], async |app| {
        let planted = "vitrina-admin=planted";
        let request = app
            .request("POST", "/admin/login")
            .header("Cookie", planted);
        let reply = Reply::to(request.form(&[("password", TOKEN)]))
            .await
            .expect(303);
        let cookie = reply
            .header("set-cookie")
            .split(';')
            .next()
            .expect("a cookie");
        assert_ne!(cookie, planted);
        refused(app, planted).await;
        let write = async |origin: Option<&str>| {
            let request = app
                .request("POST", "/api/products")
                .header("Cookie", cookie);
            let request = match origin {
                Some(origin) => request.header("Origin", origin),
                None => request,
            };
            Reply::to(request.json(&vase("V-1"))).await
        };
        let port = app.address().port();
        let other = format!("http://localhost:{}", port ^ 1);
        for origin in [
            None,
            Some("null"),
            Some("http://evil.example"),
            Some(other.as_str()),
        ] {
            write(origin).await.problem(403, "forbidden");
        }
        assert!(app.all_products().await.is_empty());
        write(Some(&format!("http://{}", app.address())))
            .await
            .expect(201);
        figure(
            "X14",
            "a planted cookie opens nothing; 4 writes with the cookie from elsewhere: 403",
        );
    });
}

pub(crate) async fn another_persons_things_stay_his(app: &TestApp) {
    let product = app.vase("V-1").await;
    let lines = json!({ "products": [{ "product": id(&product), "quantity": 1 }] });
    let cart = app.post("/api/carts", &lines).await.expect(201).payload();
    // Ids that lie beside his lead to nothing.
    let own = u128::from_str_radix(&format!("{:0>32}", id(&cart)), 16).expect("24 digits");
    let mut count = 0;
    for step in 1..=20_u128 {
        for near in [
            own.wrapping_add(step),
            own.wrapping_sub(step),
            own ^ (1 << (step * 4)),
        ] {
            let near = format!("{near:024x}");
            let near = &near[near.len() - 24..];
            app.get(&format!("/api/carts/{near}"))
                .await
                .problem(404, "not_found");
            app.get(&format!("/api/orders/{near}"))
                .await
                .problem(404, "not_found");
            count += 2;
        }
    }
    let buy = json!({ "purchaser": "ana@example.com" });
    let path_of_cart = format!("/api/carts/{}", id(&cart));
    let order = app
        .post(&format!("{path_of_cart}/purchase"), &buy)
        .await
        .expect(201)
        .payload();
    assert_ne!(id(&order), id(&cart));
    // What is the server's is not taken from anybody.
    let owned = json!({
        "title": "Mine", "_id": UNKNOWN, "id": UNKNOWN, "version": 99, "available": 5_000, "createdAt": "1970-01-01T00:00:00Z",
        "updatedAt": "1970-01-01T00:00:00Z", "__v": 7,
    });
    let changed = app.put(&path(&product), &owned).await.expect(202).payload();
    let same = ["_id", "createdAt", "price", "code"];
    assert!(
        same.iter()
            .all(|member| changed[*member] == product[*member]),
        "{changed}"
    );
    assert_eq!(
        (&changed["title"], &changed["available"]),
        (&json!("Mine"), &json!(9))
    );
    assert_ne!(changed["version"], 99);
    for member in ["role", "amount", "total", "cancelled", "user", "held"] {
        let reply = app.put(&path(&product), &json!({ member: 0 })).await;
        reply.problem_of(400, "unknown_field", &[member]);
        let bought: Value =
            json!({ "products": [{ "product": id(&product), "quantity": 1, "price": 0 }] });
        app.post("/api/carts", &bought).await.expect(400);
        count += 2;
    }
    figure(
        "X14",
        format_args!(
            "{count} tries at other people's carts and orders, and at what the server owns: 404, 400 or no effect"
        ),
    );
}
