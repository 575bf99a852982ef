//! The admin's pages as a browser without script gets them.

use serde_json::json;

use super::{Admin, TOKEN, guarded};
use crate::app::TestApp;
use crate::goods::{UNKNOWN, id, vase, vase_with};
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

async fn made(admin: &Admin<'_>, product: &serde_json::Value) -> serde_json::Value {
    let reply = Reply::to(admin.request("POST", "/api/products").json(product)).await;
    reply.expect(201).payload()
}

#[test]
fn whoever_is_not_logged_in_is_led_to_the_door_and_from_there_on() {
    guarded(&[], async |app| {
        for path in [
            "/admin/orders?page=2",
            "/admin/products/new",
            "/Admin/Chat/",
        ] {
            let reply = app.get(path).await.expect(303);
            let door = reply.header("location").to_owned();
            assert!(door.starts_with("/admin?next=%2Fadmin%2F"), "{door}");
            let html = page(app.get(&door).await, 200);
            let next = html
                .split("name=\"next\" value=\"")
                .nth(1)
                .expect("a way on");
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
        // What was sent without a session is not done.
        let late = app.post_form("/admin/products", &[("title", "Vase")]).await;
        assert_eq!(late.expect(303).header("location"), "/admin?over=1");
        assert!(app.all_products().await.is_empty());
    });
}

#[test]
fn every_page_is_there_in_both_languages() {
    guarded(&[], async |app| {
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
fn the_table_is_searched_narrowed_sorted_and_paged() {
    guarded(&[], async |app| {
        let admin = Admin::log_in(app).await;
        for number in 0..53 {
            let more = json!({ "price": 100 - number, "category": if number < 2 { "lamps" } else { "vases" },
                "status": number != 0, "title": format!("Piece <{number:02}>") });
            made(&admin, &vase_with(&format!("C-{number:02}"), more)).await;
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
fn orders_are_found_looked_at_and_cancelled() {
    guarded(&[], async |app| {
        let admin = Admin::log_in(app).await;
        let product = made(&admin, &vase("V-1")).await;
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
            html.contains("in stock again") && !html.contains("/cancel\""),
            "{html}"
        );
        assert_eq!(app.product(&product).await["stock"], 10);
    });
}

async fn bought(app: &TestApp, product: &serde_json::Value) -> serde_json::Value {
    let lines = json!({ "products": [{ "product": id(product), "quantity": 2 }] });
    let cart = app.post("/api/carts", &lines).await.expect(201).payload();
    let wish = json!({ "purchaser": "ana@example.com" });
    let path = format!("/api/carts/{}/purchase", id(&cart));
    app.post(&path, &wish).await.expect(201).payload()
}

#[test]
fn the_chat_is_read_and_moderated() {
    guarded(&[], async |app| {
        let admin = Admin::log_in(app).await;
        for number in 0..3 {
            let message =
                json!({ "user": "ana@example.com", "message": format!("<b>word {number}</b>") });
            app.post("/api/messages", &message).await.expect(201);
        }
        let html = page(admin.get("/admin/chat").await, 200);
        let place = |word: &str| html.find(word).expect(word);
        assert!(
            place("word 2&lt;/b&gt;") < place("word 0&lt;/b&gt;"),
            "newest first"
        );
        let way = html.split("action=\"/admin/chat/").nth(1).expect("a way");
        let way = format!("/admin/chat/{}", way.split('"').next().expect("a value"));
        for _ in 0..2 {
            admin.send(&way, &[]).await.expect(303);
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
        let more = json!({ "user": "ana@example.com", "message": "more" });
        app.post("/api/messages", &more).await.expect(403);
        for _ in 0..2 {
            admin
                .send("/admin/chat/mutes/end", &mute[..1])
                .await
                .expect(303);
        }
        app.post("/api/messages", &more).await.expect(201);
        let odd = [("user", "nobody"), ("minutes", "60")];
        page(admin.send("/admin/chat/mutes", &odd).await, 400);
    });
}

#[test]
fn a_shop_of_its_own_products_has_nothing_to_mend() {
    guarded(&[], async |app| {
        let admin = Admin::log_in(app).await;
        made(&admin, &vase("V-1")).await;
        let list = admin.get("/api/products/broken").await.expect(200).json();
        assert_eq!(
            list,
            json!({ "status": 200, "payload": [], "hasMore": false })
        );
        let html = page(admin.get("/admin/attention").await, 200);
        assert!(html.contains("Nothing to mend"), "{html}");
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
