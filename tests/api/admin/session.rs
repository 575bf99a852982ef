//! Login, logout and the session cookie.

use serde_json::json;

use super::{Admin, COOKIE, TOKEN, in_protected_shop};
use crate::app::TestApp;
use crate::fixtures::{id, vase};
use crate::pages::page;
use crate::reply::Reply;
use crate::socket::Socket;
use crate::test_store::TestStore;

/// The attributes of the cookie that a response sets, without its value.
fn attributes(reply: &Reply) -> Vec<String> {
    let cookie = reply.header("set-cookie").to_owned();
    cookie.split("; ").skip(1).map(str::to_owned).collect()
}

#[test]
fn the_token_opens_a_session_of_twelve_hours() {
    in_protected_shop(&[], async |app| {
        let login = page(app.get("/admin").await, 200);
        assert_eq!(login.matches("type=\"password\"").count(), 1, "{login}");
        let reply = app.post_form("/admin/login", &[("password", TOKEN)]).await;
        let reply = reply.expect(303);
        assert_eq!(reply.header("location"), "/admin");
        let attributes = attributes(&reply);
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
            assert!(attributes.iter().any(|a| a == attribute), "{attributes:?}");
        }
        assert!(!attributes.iter().any(|a| a == "Secure"), "{attributes:?}");
        let admin = Admin::from_login(app, &reply);
        assert!(!admin.cookie.contains(TOKEN));
        let table = page(admin.get("/admin").await, 200);
        assert!(!table.contains("type=\"password\""), "{table}");
    });
}

#[test]
fn the_cookie_is_secure_behind_tls() {
    let public = ["--public-url", "https://shop.example"];
    in_protected_shop(&public, async |app| {
        let reply = app.post_form("/admin/login", &[("password", TOKEN)]).await;
        assert!(attributes(&reply.expect(303)).contains(&"Secure".to_owned()));
    });
}

#[test]
fn all_wrong_tokens_get_the_same_response() {
    in_protected_shop(&[], async |app| {
        let mut answers = Vec::new();
        for wrong in ["", "a", "a-token-of-twenty-two", &"x".repeat(5_000)] {
            let reply = app.post_form("/admin/login", &[("password", wrong)]).await;
            assert_eq!(reply.header("set-cookie"), "");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
            answers.push(page(reply, 401));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
        assert!(answers[0].contains("Wrong token"));
        let none = app.post_form("/admin/login", &[]).await;
        assert_eq!(page(none, 401), answers[0]);
    });
}

#[test]
fn guessing_locks_out_only_that_client() {
    let proxy = ["--rate-limits", "on", "--trusted-proxies", "127.0.0.1"];
    in_protected_shop(&proxy, async |app| {
        let guess = async |client: &str, password: &str| {
            let request = app.request("POST", "/admin/login");
            let request = request.header("X-Forwarded-For", client);
            Reply::to(request.form(&[("password", password)])).await
        };
        for _ in 0..10 {
            guess("192.0.2.1", "wrong").await.expect(401);
        }
        // The right token is locked out too.
        let refused = guess("192.0.2.1", TOKEN).await.expect(429);
        let wait: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(refused.header("set-cookie"), "");
        assert!(page(refused, 429).contains("Too many attempts"));
        guess("192.0.2.2", TOKEN).await.expect(303);
    });
}

#[test]
fn logging_out_revokes_the_session() {
    in_protected_shop(&[], async |app| {
        let (one, other) = (Admin::log_in(app).await, Admin::log_in(app).await);
        one.get("/api/orders").await.expect(200);
        let logged_out = one.send("/admin/logout", &[]).await.expect(303);
        assert_eq!(logged_out.header("location"), "/admin");
        assert!(
            logged_out
                .header("set-cookie")
                .starts_with(&format!("{COOKIE}=;"))
        );
        assert!(attributes(&logged_out).contains(&"Max-Age=0".to_owned()));
        one.get("/api/orders").await.problem(401, "unauthorized");
        let login = page(one.get("/admin").await, 200);
        assert!(login.contains("type=\"password\""));
        other.get("/api/orders").await.expect(200);
    });
}

#[test]
fn every_login_starts_a_new_session() {
    in_protected_shop(&[], async |app| {
        let first = Admin::log_in(app).await;
        let again = first.send("/admin/login", &[("password", TOKEN)]).await;
        let again = Admin::from_login(app, &again.expect(303));
        assert_ne!(first.cookie, again.cookie);
        first.get("/api/orders").await.expect(401);
        again.get("/api/orders").await.expect(200);
        // A cookie that was planted before the login is replaced.
        let planted = format!("{COOKIE}={}", "A".repeat(75));
        let request = app
            .request("POST", "/admin/login")
            .header("Cookie", &planted);
        let reply = Reply::to(request.form(&[("password", TOKEN)])).await;
        assert_ne!(Admin::from_login(app, &reply.expect(303)).cookie, planted);
        let request = app.request("GET", "/api/orders").header("Cookie", planted);
        Reply::to(request).await.expect(401);
    });
}

#[test]
fn a_restart_or_another_token_ends_every_session() {
    let store = TestStore::sqlite();
    let is_logged_in = |app: &TestApp, cookie: &str| {
        let request = app.request("GET", "/api/orders").header("Cookie", cookie);
        crate::app::runtime().block_on(Reply::to(request)).status == 200
    };
    let app = TestApp::start(&store, &["--admin-token", TOKEN]);
    let cookie = crate::app::runtime().block_on(Admin::log_in(&app)).cookie;
    assert!(is_logged_in(&app, &cookie));
    drop(app);
    for token in [TOKEN, "another-token-of-many"] {
        let app = TestApp::start(&store, &["--admin-token", token]);
        assert!(!is_logged_in(&app, &cookie), "{token}");
    }
}

#[test]
fn writes_with_the_cookie_need_this_sites_origin() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let own = format!("http://{}", app.address());
        for (header, value, status) in [
            ("Origin", "https://evil.example", 403),
            ("Origin", "null", 403),
            ("Origin", "http://127.0.0.1:1", 403),
            ("Sec-Fetch-Site", "same-site", 403),
            ("Sec-Fetch-Site", "cross-site", 403),
            ("Sec-Fetch-Site", "none", 403),
            ("X-Nothing", "x", 403),
            ("Sec-Fetch-Site", "same-origin", 201),
            ("Origin", &own, 201),
        ] {
            let code = format!("{header}-{value}");
            let request = admin.bare("POST", "/api/products").header(header, value);
            let reply = Reply::to(request.json(&vase(&code))).await;
            match status {
                403 => drop(reply.problem(403, "forbidden")),
                _ => drop(reply.expect(status)),
            }
        }
        // Forms need it too; reads do not.
        let form = admin
            .bare("POST", "/admin/products")
            .form(&[("title", "x")]);
        Reply::to(form).await.problem(403, "forbidden");
        admin.get("/api/orders").await.expect(200);
        assert_eq!(app.all_products().await.len(), 2);
    });
}

#[test]
fn a_bearer_token_takes_precedence_over_the_cookie() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let with = async |token: &str| {
            let request = admin.request("GET", "/api/orders").bearer_auth(token);
            Reply::to(request).await
        };
        with(TOKEN).await.expect(200);
        with("a-token-of-twenty-two").await.expect(401);
        let bare = app.request("POST", "/api/products").bearer_auth(TOKEN);
        Reply::to(bare.json(&vase("V-1"))).await.expect(201);
        // Basic authentication for a proxy is ignored.
        let basic = admin
            .request("GET", "/api/orders")
            .basic_auth("me", Some("x"));
        Reply::to(basic).await.expect(200);
        let page = app.request("GET", "/admin/orders").bearer_auth(TOKEN);
        Reply::to(page).await.expect(200);
    });
}

#[test]
fn sockets_ignore_the_cookie() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let product = Reply::to(admin.request("POST", "/api/products").json(&vase("V-1"))).await;
        let product = product.expect(201).payload();
        let mut socket = Socket::open(app, "/ws/products").await;
        socket.expect("welcome").await;
        socket.expect("products").await;
        let path = format!("/api/products/{}", id(&product));
        let change = admin.request("PUT", &path).json(&json!({ "stock": 3 }));
        Reply::to(change).await.expect(202);
        let update = socket.expect("update_products").await;
        assert_eq!(update["product"]["stock"], 3);
    });
}

#[test]
fn pages_without_a_token_are_open_and_warn() {
    let store = TestStore::sqlite();
    let app = TestApp::start(&store, &[]);
    crate::app::runtime().block_on(async {
        let html = page(app.get("/admin").await, 200);
        assert!(html.contains("No admin token is set"), "{html}");
        assert!(!html.contains("/admin/logout"));
        let reply = app.post_form("/admin/login", &[("password", "x")]).await;
        assert_eq!(reply.expect(303).header("set-cookie"), "");
    });
}
