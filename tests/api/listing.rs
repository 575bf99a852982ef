//! The list of products: pages, sorting, filters and search.

use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixtures::*;

/// The codes of a page.
fn codes(page: &Value) -> Vec<&str> {
    let products = page["payload"].as_array().expect("a list").iter();
    products
        .map(|product| product["code"].as_str().expect("a code"))
        .collect()
}

async fn page(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/api/products{query}"))
        .await
        .expect(200)
        .json()
}

/// Five products that differ in everything.
async fn five(app: &TestApp) {
    for (code, title, category, price, stock, status) in [
        ("A", "Blue vase", "vases", 30.0, 0, true),
        ("B", "Red vase", "vases", 10.0, 5, true),
        ("C", "Jug 100%", "jugs", 20.0, 7, false),
        ("D", "Lamp (old)", "lamps", 10.0, 9, true),
        ("E", "LÁMPARA_ÑANDÚ", "lamps", 19.99, 1, true),
    ] {
        let body = json!({
            "title": title, "code": code, "category": category, "price": price, "stock": stock,
            "status": status, "description": format!("about {code}*"),
        });
        app.create_product(&body).await;
    }
}

pub(crate) async fn an_empty_catalogue_is_an_empty_page(app: &TestApp) {
    let mut page = page(app, "").await;
    assert!(page["cursor"].take().is_string());
    let expected = json!({
        "status": 200, "payload": [], "totalDocs": 0, "totalPages": 1, "page": 1, "limit": 10,
        "hasPrevPage": false, "hasNextPage": false, "prevPage": null, "nextPage": null,
        "prevLink": null, "nextLink": null, "cursor": null,
    });
    assert_eq!(page, expected);
}

pub(crate) async fn a_middle_page_links_to_both_neighbours(app: &TestApp) {
    five(app).await;
    let mut page = page(app, "?limit=2&page=2").await;
    assert_eq!(codes(&page), ["C", "D"]);
    page["payload"].take();
    assert!(page["cursor"].take().is_string());
    let expected = json!({
        "status": 200, "payload": null, "totalDocs": 5, "totalPages": 3, "page": 2, "limit": 2,
        "hasPrevPage": true, "hasNextPage": true, "prevPage": 1, "nextPage": 3,
        "prevLink": "/api/products?limit=2&page=1", "nextLink": "/api/products?limit=2&page=3",
        "cursor": null,
    });
    assert_eq!(page, expected);
}

pub(crate) async fn a_page_beyond_the_last_is_empty_and_links_back(app: &TestApp) {
    five(app).await;
    let page = page(app, "?limit=2&page=9").await;
    assert_eq!(codes(&page), [""; 0]);
    assert_eq!((&page["page"], &page["totalDocs"]), (&json!(9), &json!(5)));
    assert_eq!(
        (&page["prevPage"], &page["nextPage"]),
        (&json!(3), &json!(null))
    );
    assert_eq!(page["hasNextPage"], false);
}

pub(crate) async fn links_keep_the_other_parameters(app: &TestApp) {
    five(app).await;
    let query = "?q=a%20%26%C3%A9&utm_source=x%2By&limit=1&page=1&sort=desc";
    let none = page(app, query).await;
    assert_eq!(none["nextLink"], json!(null));
    let some = page(app, "?q=about%20&utm=x%2By%26z&page=1&limit=2&sort=desc").await;
    let link = some["nextLink"].as_str().expect("a link");
    let pairs = url_pairs(link);
    for pair in [
        ("q", "about "),
        ("utm", "x+y&z"),
        ("limit", "2"),
        ("sort", "desc"),
        ("page", "2"),
    ] {
        let expected_pair = (pair.0.to_owned(), pair.1.to_owned());
        assert_eq!(
            pairs.iter().filter(|pair| **pair == expected_pair).count(),
            1,
            "{link}"
        );
    }
    assert_eq!(pairs.len(), 5, "{link}");
    let next = app.get(link).await.expect(200).json();
    assert_eq!(codes(&next), ["E", "B"]);
}

fn url_pairs(link: &str) -> Vec<(String, String)> {
    let (_, query) = link.split_once('?').expect("a query");
    serde_urlencoded::from_str(query).expect("pairs")
}

pub(crate) async fn following_the_links_shows_each_product_once(app: &TestApp) {
    let ids = app.vases(45).await;
    let mut next = Some("/api/products?limit=7&sort=price:desc".to_owned());
    let (mut seen, mut pages) = (Vec::new(), 0);
    while let Some(path) = next {
        let page = app.get(&path).await.expect(200).json();
        let products = page["payload"].as_array().expect("a list").iter();
        seen.extend(products.map(|product| id(product).to_owned()));
        pages += 1;
        next = page["nextLink"].as_str().map(str::to_owned);
    }
    assert_eq!(pages, 7);
    // All prices are equal, and ties are ordered by id.
    assert_eq!(seen, ids);
}

pub(crate) async fn ten_products_are_shown_by_default(app: &TestApp) {
    app.vases(101).await;
    let all = page(app, "").await;
    assert_eq!((codes(&all).len(), &all["totalPages"]), (10, &json!(11)));
    let all = page(app, "?limit=100").await;
    assert_eq!((codes(&all).len(), &all["totalPages"]), (100, &json!(2)));
}

pub(crate) async fn every_sort_order_is_applied(app: &TestApp) {
    five(app).await;
    for (sort, expected) in [
        ("asc", "BDECA"),
        ("desc", "ACEBD"),
        ("price:asc", "BDECA"),
        ("title:asc", "ACDEB"),
        ("title:desc", "BEDCA"),
        ("code:desc", "EDCBA"),
        ("stock:asc", "AEBCD"),
        ("category:asc", "CDEAB"),
        ("status:asc", "CABDE"),
        ("createdAt:asc", "ABCDE"),
        ("updatedAt:desc", "EDCBA"),
    ] {
        let page = page(app, &format!("?sort={sort}")).await;
        assert_eq!(codes(&page).concat(), expected, "{sort}");
    }
}

pub(crate) async fn every_filter_is_applied(app: &TestApp) {
    five(app).await;
    for (query, expected) in [
        ("query=category:vases", "AB"),
        ("query=title:Red%20vase", "B"),
        ("query=title:Red", ""),
        ("query=code:D", "D"),
        ("query=status:false", "C"),
        ("query=status:1", "ABDE"),
        ("query=stock:5", "BCD"),
        ("query=stock:0", "ABCDE"),
        ("query=price:10", "BD"),
        ("query=price:10.00", "BD"),
        ("query=price:19.99", "E"),
        ("category=lamps", "DE"),
        ("category=", "ABCDE"),
        ("available=true", "BDE"),
        ("available=0", "AC"),
        ("minPrice=19.99", "ACE"),
        ("maxPrice=19.99&minPrice=10", "BDE"),
        ("minPrice=30&maxPrice=10", ""),
        ("query=lamps", "DE"),
        ("query=available", "BDE"),
        ("query=false", "C"),
        ("query=%7B%22category%22:%22lamps%22,%22stock%22:2%7D", "D"),
        ("q=&query=&sort=&limit=&status=&minPrice=", "ABCDE"),
        ("status=true", "ABDE"),
        ("status=0", "C"),
        ("category=lamps&query=stock:2", "D"),
        ("category=lamps&status=false", ""),
        ("colour=red&utm_source=x", "ABCDE"),
    ] {
        let page = page(app, &format!("?{query}")).await;
        assert_eq!(codes(&page).concat(), expected, "{query}");
        assert_eq!(page["totalDocs"], expected.len(), "{query}");
    }
}

pub(crate) async fn a_search_is_literal(app: &TestApp) {
    five(app).await;
    for (text, expected) in [
        ("vase", "AB"),
        ("VASE", "AB"),
        ("%", "C"),
        ("_", "E"),
        (".", ""),
        (".*", ""),
        ("*", "ABCDE"),
        ("(", "D"),
        ("(old)", "D"),
        ("[a-z]", ""),
        ("^B", ""),
        ("$", ""),
        ("\\", ""),
        ("'", ""),
        ("\" OR 1=1 --", ""),
        ("lámpara_ñandú", "E"),
        ("lampara", ""),
        ("about c", "C"),
        (" ", "ABCDE"),
    ] {
        let query = serde_urlencoded::to_string([("q", text)]).expect("a query");
        let page = page(app, &format!("?{query}")).await;
        assert_eq!(codes(&page).concat(), expected, "{text}");
    }
}

pub(crate) async fn every_bad_parameter_is_named(app: &TestApp) {
    five(app).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=1.5", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("page=99999999999999999999", "page"),
        ("sort=up", "sort"),
        ("sort=price", "sort"),
        ("sort=price:up", "sort"),
        ("sort=colour:asc", "sort"),
        ("sort=_id:asc", "sort"),
        ("sort=$where:asc", "sort"),
        ("sort=price%3Basc", "sort"),
        ("query=%7B%22category%22", "query"),
        ("query=%7B%22held%22:1%7D", "query"),
        ("available=maybe", "available"),
        ("minPrice=-1", "minPrice"),
        ("maxPrice=1.234", "maxPrice"),
        ("query=colour:red", "query"),
        ("query=$where:1", "query"),
        ("query=status:maybe", "query"),
        ("query=stock:many", "query"),
        ("query=stock:-1", "query"),
        ("query=price:cheap", "query"),
        ("query=price:1.999", "query"),
        ("status=maybe", "status"),
        ("status[$ne]=true&status=x", "status"),
    ] {
        let reply = app.get(&format!("/api/products?{query}")).await;
        reply.problem_of(400, "invalid_query", &[field]);
    }
    let long = format!("/api/products?q={}", "a".repeat(101));
    app.get(&long)
        .await
        .problem_of(400, "invalid_query", &["q"]);
    let reply = app
        .get("/api/products?limit=0&page=0&sort=x&status=x&query=x:y")
        .await;
    let every = ["limit", "page", "sort", "status", "query"];
    reply.problem_of(400, "invalid_query", &every);
}

pub(crate) async fn the_longest_search_is_accepted(app: &TestApp) {
    let title = "ñ".repeat(100);
    app.create_product(&vase_with("V-1", json!({ "title": title })))
        .await;
    let query = serde_urlencoded::to_string([("q", &title)]).expect("a query");
    assert_eq!(codes(&page(app, &format!("?{query}")).await), ["V-1"]);
}

pub(crate) async fn the_cursor_of_a_page_resumes_after_its_products(app: &TestApp) {
    app.vase("V-1").await;
    // The cursor may be older than the frame of the first vase.
    let cursor = page(app, "").await["cursor"].clone();
    let two = app.vase("V-2").await;
    let since = serde_urlencoded::to_string([("since", cursor.as_str())]).expect("a query");
    let (mut socket, welcome) = app.products_socket(&format!("?{since}")).await;
    assert_eq!(welcome["resumed"], true);
    let update = socket.expect_where("update_products", |update| update["id"] == two["_id"]);
    assert_eq!(update.await["action"], "created");
}
