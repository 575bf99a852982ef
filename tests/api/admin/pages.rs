//! Admin pages as a browser without JavaScript gets them.

use serde_json::json;

use super::{Admin, TOKEN, in_protected_shop};
use crate::app::TestApp;
use crate::fixtures::{UNKNOWN, id, vase, vase_with};
use crate::pages::page;
use crate::reply::Reply;

const PAGES: [&str; 6] = [
    "/admin",
    "/admin/products/new",
    "/admin/orders",
    "/admin/chat",
    "/admin/attention",
    "/admin/figures",
];

async fn create(admin: &Admin<'_>, product: &serde_json::Value) -> serde_json::Value {
    let reply = Reply::to(admin.request("POST", "/api/products").json(product)).await;
    reply.expect(201).payload()
}

#[test]
fn pages_redirect_to_the_login_and_back() {
    in_protected_shop(&[], async |app| {
        for path in [
            "/admin/orders?page=2",
            "/admin/products/new",
            "/Admin/Chat/",
        ] {
            let reply = app.get(path).await.expect(303);
            let login = reply.header("location").to_owned();
            assert!(login.starts_with("/admin?next=%2Fadmin%2F"), "{login}");
            let html = page(app.get(&login).await, 200);
            let next = html
                .split("name=\"next\" value=\"")
                .nth(1)
                .expect("a next path");
            let next = next.split('"').next().expect("a value");
            let next = next.replace("&#x3D;", "=");
            let form = [("password", TOKEN), ("next", &next)];
            let reply = app.post_form("/admin/login", &form).await.expect(303);
            assert_eq!(
                reply.header("location").to_lowercase(),
                path.trim_end_matches('/').to_lowercase()
            );
        }
        for foreign in [
            "https://evil.example",
            "//evil.example",
            "/carts",
            "/admin\\@evil",
        ] {
            let form = [("password", TOKEN), ("next", foreign)];
            let reply = app.post_form("/admin/login", &form).await.expect(303);
            assert_eq!(reply.header("location"), "/admin", "{foreign}");
        }
        // A form sent without a session has no effect.
        let refused = app.post_form("/admin/products", &[("title", "Vase")]).await;
        assert_eq!(refused.expect(303).header("location"), "/admin?over=1");
        assert!(app.all_products().await.is_empty());
    });
}

#[test]
fn every_page_is_served_in_both_languages() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        for path in PAGES {
            let mut shown = Vec::new();
            for language in ["en", "es"] {
                let request = admin.bare("GET", path).header("Accept-Language", language);
                shown.push(page(Reply::to(request).await, 200));
            }
            assert_ne!(shown[0], shown[1], "{path}");
            assert!(shown.iter().all(|html| !html.contains("admin-nav-label")));
        }
        for path in ["products", "orders"] {
            page(admin.get(&format!("/admin/{path}/{UNKNOWN}")).await, 404);
            page(admin.get(&format!("/admin/{path}/x")).await, 404);
        }
    });
}

#[test]
fn the_table_is_searched_filtered_sorted_and_paged() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        for number in 0..53 {
            let fields = json!({ "price": 100 - number, "category": if number < 2 { "lamps" } else { "vases" },
                "status": number != 0, "title": format!("Piece <{number:02}>") });
            create(&admin, &vase_with(&format!("C-{number:02}"), fields)).await;
        }
        let rows = async |query: &str| {
            let html = page(admin.get(&format!("/admin{query}")).await, 200);
            let title = |rest: &str| rest.split('"').next().expect("a value").to_owned();
            let rows = html.split("data-cell=\"title\" data-value=\"").skip(1);
            rows.map(title).collect::<Vec<_>>()
        };
        assert_eq!(rows("").await.len(), 50);
        assert_eq!(
            rows("?page=2").await,
            ["Piece &lt;50&gt;", "Piece &lt;51&gt;", "Piece &lt;52&gt;"]
        );
        assert_eq!(
            rows("?q=c-07&category=&status=&sort=").await,
            ["Piece &lt;07&gt;"]
        );
        assert_eq!(
            rows("?category=lamps&sort=price:asc").await,
            ["Piece &lt;01&gt;", "Piece &lt;00&gt;"]
        );
        assert_eq!(rows("?status=false").await, ["Piece &lt;00&gt;"]);
        assert!(rows("?q=nothing-like-this").await.is_empty());
        page(admin.get("/admin?sort=sideways").await, 400);
    });
}

#[test]
fn orders_are_found_shown_and_cancelled() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let product = create(&admin, &vase("V-1")).await;
        let order = bought(app, &product).await;
        let (code, path) = (
            order["code"].as_str().expect("a code"),
            format!("/admin/orders/{}", id(&order)),
        );
        for query in [
            "",
            "?q=ana@example.com",
            &format!("?q={}", code.to_lowercase()),
        ] {
            let html = page(admin.get(&format!("/admin/orders{query}")).await, 200);
            assert!(html.contains(code), "{query}: {html}");
        }
        let none = page(admin.get("/admin/orders?q=AAAA-AAAA").await, 200);
        assert!(!none.contains(code));

        let html = page(admin.get(&path).await, 200);
        assert!(
            html.contains("ana@example.com") && html.contains("/cancel\""),
            "{html}"
        );
        for _ in 0..2 {
            let reply = admin.send(&format!("{path}/cancel"), &[]).await.expect(303);
            assert_eq!(reply.header("location"), format!("{path}?done=cancelled"));
        }
        let html = page(admin.get(&format!("{path}?done=cancelled")).await, 200);
        assert!(
            html.contains("back in stock") && !html.contains("/cancel\""),
            "{html}"
        );
        assert_eq!(app.product(&product).await["stock"], 10);
    });
}

async fn bought(app: &TestApp, product: &serde_json::Value) -> serde_json::Value {
    let lines = json!({ "products": [{ "product": id(product), "quantity": 2 }] });
    let cart = app.post("/api/carts", &lines).await.expect(201).payload();
    let buyer = json!({ "purchaser": "ana@example.com" });
    let path = format!("/api/carts/{}/purchase", id(&cart));
    app.post(&path, &buyer).await.expect(201).payload()
}

#[test]
fn the_chat_is_read_and_moderated() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        for number in 0..3 {
            let message =
                json!({ "user": "ana@example.com", "message": format!("<b>word {number}</b>") });
            app.post("/api/messages", &message).await.expect(201);
        }
        let html = page(admin.get("/admin/chat").await, 200);
        let position = |word: &str| html.find(word).expect(word);
        assert!(
            position("word 2&lt;/b&gt;") < position("word 0&lt;/b&gt;"),
            "newest first"
        );
        let remove = html.split("action=\"/admin/chat/").nth(1).expect("a path");
        let remove = format!("/admin/chat/{}", remove.split('"').next().expect("a value"));
        for _ in 0..2 {
            admin.send(&remove, &[]).await.expect(303);
        }
        let html = page(admin.get("/admin/chat?done=removed").await, 200);
        assert!(
            !html.contains("word 2") && html.contains("word 1"),
            "{html}"
        );

        let mute = [("user", "ana@example.com"), ("minutes", "60")];
        admin.send("/admin/chat/mutes", &mute).await.expect(303);
        let html = page(admin.get("/admin/chat").await, 200);
        assert!(html.contains("/admin/chat/mutes/end"), "{html}");
        let fields = json!({ "user": "ana@example.com", "message": "more" });
        app.post("/api/messages", &fields).await.expect(403);
        for _ in 0..2 {
            admin
                .send("/admin/chat/mutes/end", &mute[..1])
                .await
                .expect(303);
        }
        app.post("/api/messages", &fields).await.expect(201);
        let odd = [("user", "nobody"), ("minutes", "60")];
        page(admin.send("/admin/chat/mutes", &odd).await, 400);
    });
}

#[test]
fn products_of_the_shop_itself_need_no_fixes() {
    in_protected_shop(&[], async |app| {
        let admin = Admin::log_in(app).await;
        create(&admin, &vase("V-1")).await;
        let list = admin.get("/api/products/broken").await.expect(200).json();
        assert_eq!(
            list,
            json!({ "status": 200, "payload": [], "hasMore": false })
        );
        let html = page(admin.get("/admin/attention").await, 200);
        assert!(html.contains("All good"), "{html}");
        app.get("/api/products/broken")
            .await
            .problem(401, "unauthorized");
        admin.get("/api/products/broken?limit=0").await.problem_of(
            400,
            "invalid_query",
            &["limit"],
        );
    });
}
