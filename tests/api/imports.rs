//! `POST /api/import`: products from a file, into a running shop.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::reply::Reply;
use crate::test_store::TestStore;

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";

impl TestApp {
    async fn import(&self, kind: &str, rows: &str) -> Reply {
        self.post_as(kind, "/api/import", rows.to_owned()).await
    }

    /// Imports rows, all of which must be accepted.
    async fn imported(&self, kind: &str, rows: &str) -> Value {
        let payload = self.import(kind, rows).await.expect(200).payload();
        assert_eq!(payload["refused"], 0, "{payload}");
        payload
    }

    async fn product_by_code(&self, code: &str) -> Value {
        let list = self.get(&format!("/api/products?query=code:{code}")).await;
        list.expect(200).json()["payload"][0].clone()
    }
}

/// The counts of a response: created, updated, unchanged, refused.
fn counts(payload: &Value) -> [u64; 4] {
    ["created", "updated", "unchanged", "refused"]
        .map(|name| payload[name].as_u64().expect("a count"))
}

pub(crate) async fn imported_rows_reach_open_pages(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let existing = app.vase("OLD").await;
    let mut socket = app.products_socket_after_snapshot().await;
    let rows =
        "\u{feff}code,title,price,stock,_id\r\nNEW,\"Jug, blue\",12.5,3,x\r\nOLD,Vase,20,0,y\r\n";
    let payload = app.imported(&format!("{CSV}; charset=utf-8"), rows).await;
    assert_eq!(counts(&payload), [1, 1, 0, 0]);
    assert_eq!(
        (&payload["rows"], &payload["dryRun"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(
        (&payload["errors"], &payload["moreErrors"]),
        (&json!([]), &json!(0))
    );

    let created = socket.expect("update_products").await;
    assert_eq!(created["action"], "created");
    assert_eq!(created["product"]["title"], "Jug, blue");
    assert_eq!(app.product(&created["product"]).await, created["product"]);
    let updated = socket.expect("update_products").await;
    assert_eq!(
        (&updated["id"], &updated["version"]),
        (&existing["_id"], &json!(2))
    );
    assert_eq!(
        (&updated["product"]["price"], &updated["product"]["stock"]),
        (&json!(20), &json!(0))
    );

    // Unchanged products are not sent: the next frame is the next change.
    let lines = "{\"code\":\"OLD\",\"stock\":0}\n\n{\"code\":\"NEW\",\"price\":12.50,\"__v\":3}\n";
    assert_eq!(counts(&app.imported(NDJSON, lines).await), [0, 0, 2, 0]);
    let next = app.vase("NEXT").await;
    assert_eq!(socket.expect("update_products").await["product"], next);
}

pub(crate) async fn each_bad_row_is_reported_by_line_and_field(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let rows = "code,title,price,stock\nA,Vase,1.005,x\nB,Vase,1,1\nC,,1,1\nB,Cup,2,1\nshort\n";
    let payload = app.import(CSV, rows).await.expect(200).payload();
    assert_eq!(counts(&payload), [1, 1, 0, 3]);
    let reported: Vec<(u64, Vec<&str>)> = payload["errors"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            let fields = row["errors"].as_array().expect("fields").iter();
            let names = fields.map(|error| error["field"].as_str().expect("a name"));
            (row["line"].as_u64().expect("a line"), names.collect())
        })
        .collect();
    let expected = [
        (2, vec!["price", "stock"]),
        (4, vec!["title"]),
        (6, vec!["row"]),
    ];
    assert_eq!(reported, expected);
    // Of two rows with one code the later one wins.
    assert_eq!(app.product_by_code("B").await["title"], "Cup");

    let many = "nonsense\n".repeat(250);
    let payload = app.import(NDJSON, &many).await.expect(200).payload();
    assert_eq!(counts(&payload), [0, 0, 0, 250]);
    assert_eq!(payload["errors"].as_array().map(Vec::len), Some(100));
    assert_eq!(payload["moreErrors"], 150);
}

pub(crate) async fn a_dry_run_writes_nothing(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let existing = app.vase("OLD").await;
    let rows = "code,title,price,stock\nNEW,Jug,1,1\nOLD,Jug,1,1\nBAD,,1,1\n";
    let path = "/api/import?dryRun=true";
    let payload = app.post_as(CSV, path, rows).await.expect(200).payload();
    assert_eq!(counts(&payload), [1, 1, 0, 1]);
    assert_eq!(payload["dryRun"], true);
    assert_eq!(app.all_products().await, [existing]);
    let invalid = app.post_as(CSV, "/api/import?dryRun=maybe", rows).await;
    invalid.problem_of(400, "invalid_query", &["dryRun"]);
    // A misspelt dry run stores nothing.
    let misspelt = app.post_as(CSV, "/api/import?dryrun=true", rows).await;
    misspelt.problem_of(400, "invalid_query", &["dryrun"]);
    assert_eq!(app.all_products().await.len(), 1);
}

pub(crate) async fn an_unreadable_file_is_refused(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data",
        "text/csv; charset=iso-8859-1",
    ] {
        app.import(kind, "code\n")
            .await
            .problem(415, "unsupported_media_type");
    }
    let encoded = app.request("POST", "/api/import").header(CONTENT_TYPE, CSV);
    let encoded = encoded.header("content-encoding", "gzip").body("code\n");
    Reply::to(encoded)
        .await
        .problem(415, "unsupported_media_type");
    for rows in ["", "title\nVase\n", "code,colour\nA,red\n", "code;title\n"] {
        let problem = app.import(CSV, rows).await.problem(400, "unreadable_file");
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(detail.starts_with("line 1: "), "{detail}");
    }
    assert_eq!(app.all_products().await.len(), 0);
    app.get("/api/import")
        .await
        .problem(405, "method_not_allowed");
}

pub(crate) async fn only_uploaded_images_are_accepted(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (product, name) = app.vase_with_image("V-1").await;
    let rows = format!(
        "code,title,price,stock,thumbnails\nV-2,Vase,1,1,{name}\nV-3,Vase,1,1,nowhere.png\n"
    );
    let payload = app.import(CSV, &rows).await.expect(200).payload();
    assert_eq!(counts(&payload), [1, 0, 0, 1]);
    assert_eq!(payload["errors"][0]["errors"][0]["field"], "thumbnails[0]");

    // A file is deleted once no product names it.
    app.imported(NDJSON, "{\"code\":\"V-1\",\"thumbnails\":[]}")
        .await;
    assert_eq!(store.uploaded_files(), std::slice::from_ref(&name));
    assert_eq!(app.product(&product).await["thumbnails"], json!([]));
    app.imported(NDJSON, "{\"code\":\"V-2\",\"thumbnails\":[]}")
        .await;
    assert_eq!(store.uploaded_files(), Vec::<String>::new());
}

/// The second of two rows for one product sees the effect of the first.
pub(crate) async fn an_image_removed_by_one_row_is_unknown_to_the_next(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let (product, name) = app.vase_with_image("V-1").await;
    let rows = format!(
        "{{\"code\":\"V-1\",\"thumbnails\":[]}}\n{{\"code\":\"V-1\",\"thumbnails\":[\"{name}\"]}}\n"
    );
    let payload = app.import(NDJSON, &rows).await.expect(200).payload();
    assert_eq!(counts(&payload), [0, 1, 0, 1]);
    assert_eq!(payload["errors"][0]["line"], 2);
    assert_eq!(store.uploaded_files(), Vec::<String>::new());
    assert_eq!(app.product(&product).await["thumbnails"], json!([]));
}

/// Starts an import whose rows the test sends later.
fn start_import(app: &TestApp, rows: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.address()).expect("a connection");
    let head = format!(
        "POST /api/import HTTP/1.1\r\nHost: {}\r\nContent-Type: {NDJSON}\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n\r\n",
        app.address()
    );
    stream.write_all(head.as_bytes()).expect("a head");
    send(&mut stream, rows);
    stream
}

fn send(stream: &mut TcpStream, rows: &str) {
    let chunk = format!("{:x}\r\n{rows}\r\n", rows.len());
    stream.write_all(chunk.as_bytes()).expect("a chunk");
}

fn lines(numbers: std::ops::Range<usize>) -> String {
    let line =
        |n| format!("{{\"code\":\"P-{n:04}\",\"title\":\"Vase\",\"price\":1,\"stock\":{n}}}\n");
    numbers.map(line).collect()
}

pub(crate) async fn one_import_runs_at_a_time(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut socket = app.products_socket_after_snapshot().await;
    let mut first = start_import(&app, &lines(0..150));
    // The first batch is stored, so this import is running.
    socket.expect("update_products").await;
    let second = app.import(NDJSON, &lines(0..1)).await;
    second.problem(409, "import_running");

    send(&mut first, &lines(150..160));
    first.write_all(b"0\r\n\r\n").expect("an end");
    let mut answer = String::new();
    first.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("\"created\":160"), "{answer}");
    // Now the next import can run.
    assert_eq!(
        counts(&app.imported(NDJSON, &lines(0..160)).await),
        [0, 0, 160, 0]
    );
}

pub(crate) async fn rows_before_a_disconnect_are_stored_whole(store: &TestStore) {
    let app = TestApp::start(store, &[]);
    let mut socket = app.products_socket_after_snapshot().await;
    let stream = start_import(
        &app,
        &(lines(0..330) + "{\"code\":\"P-9999\",\"title\":\"half"),
    );
    for _ in 0..200 {
        socket.expect("update_products").await;
    }
    stream.shutdown(Shutdown::Both).expect("a disconnect");
    drop(stream);
    // The next import can run once the disconnect is noticed.
    let payload = loop {
        let reply = app.import(NDJSON, &lines(0..330)).await;
        if reply.status != 409 {
            break reply.expect(200).payload();
        }
    };
    let [created, updated, unchanged, refused] = counts(&payload);
    assert_eq!((created + unchanged, updated, refused), (330, 0, 0));
    assert!(unchanged >= 200, "{payload}");
    assert_eq!(app.all_products().await.len(), 330);
}
