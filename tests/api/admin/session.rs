//! Logging in and out, and what the cookie is good for.

use serde_json::json;

use super::{Admin, COOKIE, TOKEN, guarded};
use crate::app::TestApp;
use crate::goods::{id, vase};
use crate::pages::page;
use crate::place::Place;
use crate::reply::Reply;
use crate::socket::Socket;

/// The attributes of the cookie that a reply sets, its value left out.
fn attributes(reply: &Reply) -> Vec<String> {
    let cookie = reply.header("set-cookie").to_owned();
    cookie.split("; ").skip(1).map(str::to_owned).collect()
}

#[test]
fn the_token_opens_a_session_of_twelve_hours() {
    guarded(&[], async |app| {
        let door = page(app.get("/admin").await, 200);
        assert_eq!(door.matches("type=\"password\"").count(), 1, "{door}");
        let reply = app.post_form("/admin/login", &[("password", TOKEN)]).await;
        let reply = reply.expect(303);
        assert_eq!(reply.header("location"), "/admin");
        let attributes = attributes(&reply);
        for attribute in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
            assert!(attributes.iter().any(|a| a == attribute), "{attributes:?}");
        }
        assert!(!attributes.iter().any(|a| a == "Secure"), "{attributes:?}");
        let admin = Admin::of(app, &reply);
        assert!(!admin.cookie.contains(TOKEN));
        let table = page(admin.get("/admin").await, 200);
        assert!(!table.contains("type=\"password\""), "{table}");
    });
}

#[test]
fn behind_tls_the_cookie_goes_over_tls_alone() {
    let public = ["--public-url", "https://shop.example"];
    guarded(&public, async |app| {
        let reply = app.post_form("/admin/login", &[("password", TOKEN)]).await;
        assert!(attributes(&reply.expect(303)).contains(&"Secure".to_owned()));
    });
}

#[test]
fn whatever_is_no_token_is_answered_alike() {
    guarded(&[], async |app| {
        let mut answers = Vec::new();
        for wrong in ["", "a", "a-token-of-twenty-two", &"x".repeat(5_000)] {
            let reply = app.post_form("/admin/login", &[("password", wrong)]).await;
            assert_eq!(reply.header("set-cookie"), "");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
            answers.push(page(reply, 401));
        }
        answers.dedup();
        assert_eq!(answers.len(), 1);
        assert!(answers[0].contains("This is not the token"));
        let none = app.post_form("/admin/login", &[]).await;
        assert_eq!(page(none, 401), answers[0]);
    });
}

#[test]
fn who_guesses_too_often_waits_and_the_others_do_not() {
    let proxy = ["--rate-limits", "on", "--trusted-proxies", "127.0.0.1"];
    guarded(&proxy, async |app| {
        let guess = async |client: &str, password: &str| {
            let request = app.request("POST", "/admin/login");
            let request = request.header("X-Forwarded-For", client);
            Reply::to(request.form(&[("password", password)])).await
        };
        for _ in 0..10 {
            guess("192.0.2.1", "wrong").await.expect(401);
        }
        // The right one too is not looked at.
        let refused = guess("192.0.2.1", TOKEN).await.expect(429);
        let wait: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(refused.header("set-cookie"), "");
        assert!(page(refused, 429).contains("many tries"));
        guess("192.0.2.2", TOKEN).await.expect(303);
    });
}

#[test]
fn a_session_that_was_left_is_no_more_wherever_its_cookie_is_kept() {
    guarded(&[], async |app| {
        let (one, other) = (Admin::log_in(app).await, Admin::log_in(app).await);
        one.get("/api/orders").await.expect(200);
        let left = one.send("/admin/logout", &[]).await.expect(303);
        assert_eq!(left.header("location"), "/admin");
        assert!(
            left.header("set-cookie")
                .starts_with(&format!("{COOKIE}=;"))
        );
        assert!(attributes(&left).contains(&"Max-Age=0".to_owned()));
        one.get("/api/orders").await.problem(401, "unauthorized");
        let door = page(one.get("/admin").await, 200);
        assert!(door.contains("type=\"password\""));
        other.get("/api/orders").await.expect(200);
    });
}

#[test]
fn every_log_in_is_a_session_of_its_own_and_ends_the_former() {
    guarded(&[], async |app| {
        let first = Admin::log_in(app).await;
        let again = first.send("/admin/login", &[("password", TOKEN)]).await;
        let again = Admin::of(app, &again.expect(303));
        assert_ne!(first.cookie, again.cookie);
        first.get("/api/orders").await.expect(401);
        again.get("/api/orders").await.expect(200);
        // A value that somebody else set beforehand is not taken over.
        let planted = format!("{COOKIE}={}", "A".repeat(75));
        let request = app
            .request("POST", "/admin/login")
            .header("Cookie", &planted);
        let reply = Reply::to(request.form(&[("password", TOKEN)])).await;
        assert_ne!(Admin::of(app, &reply.expect(303)).cookie, planted);
        let request = app.request("GET", "/api/orders").header("Cookie", planted);
        Reply::to(request).await.expect(401);
    });
}

#[test]
fn a_restart_and_another_token_end_every_session() {
    let place = Place::sqlite();
    let open = |app: &TestApp, cookie: &str| {
        let request = app.request("GET", "/api/orders").header("Cookie", cookie);
        crate::app::runtime().block_on(Reply::to(request)).status == 200
    };
    let app = TestApp::start(&place, &["--admin-token", TOKEN]);
    let cookie = crate::app::runtime().block_on(Admin::log_in(&app)).cookie;
    assert!(open(&app, &cookie));
    drop(app);
    for token in [TOKEN, "another-token-of-many"] {
        let app = TestApp::start(&place, &["--admin-token", token]);
        assert!(!open(&app, &cookie), "{token}");
    }
}

#[test]
fn a_write_with_the_cookie_comes_from_a_page_of_this_site() {
    guarded(&[], async |app| {
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
        // Forms of the pages are no exception, and reading is.
        let form = admin
            .bare("POST", "/admin/products")
            .form(&[("title", "x")]);
        Reply::to(form).await.problem(403, "forbidden");
        admin.get("/api/orders").await.expect(200);
        assert_eq!(app.all_products().await.len(), 2);
    });
}

#[test]
fn who_sends_a_bearer_is_judged_by_it_alone() {
    guarded(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let with = async |token: &str| {
            let request = admin.request("GET", "/api/orders").bearer_auth(token);
            Reply::to(request).await
        };
        with(TOKEN).await.expect(200);
        with("a-token-of-twenty-two").await.expect(401);
        let bare = app.request("POST", "/api/products").bearer_auth(TOKEN);
        Reply::to(bare.json(&vase("V-1"))).await.expect(201);
        // What a proxy asks for on its own is none of the shop's business.
        let basic = admin
            .request("GET", "/api/orders")
            .basic_auth("me", Some("x"));
        Reply::to(basic).await.expect(200);
        let page = app.request("GET", "/admin/orders").bearer_auth(TOKEN);
        Reply::to(page).await.expect(200);
    });
}

#[test]
fn a_socket_neither_needs_nor_minds_the_cookie() {
    guarded(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let product = Reply::to(admin.request("POST", "/api/products").json(&vase("V-1"))).await;
        let product = product.expect(201).payload();
        let mut socket = Socket::open(app, "/ws/products").await;
        socket.expect("welcome").await;
        socket.expect("products").await;
        let path = format!("/api/products/{}", id(&product));
        let change = admin.request("PUT", &path).json(&json!({ "stock": 3 }));
        Reply::to(change).await.expect(202);
        let told = socket.expect("update_products").await;
        assert_eq!(told["product"]["stock"], 3);
    });
}

#[test]
fn without_a_token_the_pages_are_open_and_say_so() {
    let place = Place::sqlite();
    let app = TestApp::start(&place, &[]);
    crate::app::runtime().block_on(async {
        let html = page(app.get("/admin").await, 200);
        assert!(html.contains("No token is set"), "{html}");
        assert!(!html.contains("/admin/logout"));
        let reply = app.post_form("/admin/login", &[("password", "x")]).await;
        assert_eq!(reply.expect(303).header("set-cookie"), "");
    });
}
