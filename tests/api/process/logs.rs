//! What the program logs, whatever it is sent.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::goods::*;
use crate::place::Place;
use crate::program::{Program, arguments_of, vitrina};
use crate::reply::Reply;

const TOKEN: &str = "a-token-of-twenty-one";
/// Ends a line, forges another, colours, clears, rings, and writes backwards.
const VILE: &str = "a\r\n[2026-01-01T00:00:00Z ERROR vitrina] forged\n\u{1b}[31mred\u{1b}[2J\u{7}\u{9b}1m\u{2028}\u{202e}";
/// The longest line: a message and some values, each clipped at 4 KiB, with every byte escaped.
const LONGEST: usize = 64 << 10;

/// Runs the program with what is logged at these levels, or by default; has it met by a test, and gives its lines.
fn lines<T>(
    levels: Option<&str>,
    format: &str,
    test: impl AsyncFnOnce(&TestApp) -> T,
) -> (Vec<String>, T) {
    let place = Place::sqlite();
    let mut arguments = arguments_of(&place);
    for more in ["--log-format", format, "--admin-token", TOKEN] {
        arguments.push(more.to_owned());
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut command = vitrina(place.folder(), &arguments);
    if let Some(levels) = levels {
        command.env("RUST_LOG", levels);
    }
    let mut program = Program::run(command);
    let told = runtime().block_on(test(&TestApp::at(program.address())));
    program.signal("TERM");
    assert_eq!(program.ended().code(), Some(0));
    (program.said(), told)
}

/// Sends what is aimed at the log, by every way in.
async fn attack(app: &TestApp) {
    let long = VILE.repeat((1 << 20) / VILE.len());
    for text in [VILE, &long] {
        let product = json!({ "title": text, "code": text, text: text, "price": text, "stock": 1 });
        let made = app.request("POST", "/api/products").bearer_auth(TOKEN);
        // What is too large is cut off while it is sent.
        let _ = made.json(&product).send().await;
        let message = json!({ "user": text, "message": text });
        let said = app.request("POST", "/api/messages");
        let _ = said.json(&message).send().await;
        let form = app.request("POST", "/carts/lines");
        let _ = form.form(&[(text, text), ("pid", text)]).send().await;
        let part = Part::bytes(b"no image".to_vec()).file_name(text.to_owned());
        let upload = app.request("POST", "/api/products/0123456789abcdef01234567/upload");
        let form = Form::new().part("img", part);
        let _ = upload.bearer_auth(TOKEN).multipart(form).send().await;
    }
    let quoted: String = VILE.bytes().map(|byte| format!("%{byte:02x}")).collect();
    app.get(&format!("/{quoted}?{quoted}={quoted}")).await;
    app.get(&format!("/api/products?q={quoted}&sort={quoted}"))
        .await;
    app.get(&format!("/ws/products?ids={quoted}")).await;
    for raw in [
        "GET /\u{1b}[31m HTTP/1.1\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: a\u{1b}[31mb\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a\u{1b}[31mb\r\nX: b\rc\r\n\r\n"
            .to_owned(),
        format!(
            "GET / HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: {}\r\n\r\n",
            "x".repeat(1 << 20)
        ),
        format!(
            "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "\u{1b}".repeat(1 << 20)
        ),
        format!("{VILE}{VILE}\r\n\r\n"),
    ] {
        app.raw(&raw);
    }
    let mut chat = app.chatter("ana@example.com").await;
    chat.send_text(VILE).await;
    chat.expect("error").await;
    chat.say(&format!("secret words {VILE}"), "n").await;
    chat.close().await;
}

fn is_plain(line: &str) -> bool {
    !line
        .chars()
        .any(|c| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c))
}

#[test]
fn whatever_is_sent_makes_one_clipped_line_each_of_text() {
    let (lines, ()) = lines(Some("trace"), "text", async |app| attack(app).await);
    assert!(lines.len() > 100, "everything is logged: {}", lines.len());
    for line in &lines {
        assert!(is_plain(line), "{line:?}");
        assert!(line.len() < LONGEST, "{} bytes", line.len());
    }
    let forged = lines.iter().find(|line| line.starts_with("[2026-01-01"));
    assert_eq!(forged, None);
    tell(&lines, "of text");
}

/// Tells what was seen.
fn tell(lines: &[String], form: &str) {
    let longest = lines.iter().map(String::len).max().unwrap_or_default();
    figure(
        "X17",
        format_args!(
            "{} lines {form}, none with a control character; of fields of 1 MiB the longest line has {longest} bytes",
            lines.len()
        ),
    );
}

#[test]
fn whatever_is_sent_is_no_failure_of_the_program() {
    let (lines, ()) = lines(None, "text", async |app| attack(app).await);
    assert!(lines.iter().any(|line| line.contains("INFO")), "{lines:?}");
    let failure = |line: &&String| line.contains(" ERROR ") || line.contains(" WARN ");
    assert_eq!(lines.iter().find(failure), None);
}

#[test]
fn whatever_is_sent_makes_one_object_each_of_json() {
    let (lines, ()) = lines(Some("trace"), "json", async |app| attack(app).await);
    assert!(lines.len() > 100, "everything is logged: {}", lines.len());
    for line in &lines {
        assert!(is_plain(line) && line.len() < LONGEST, "{line:?}");
        let object: Value = serde_json::from_str(line).expect(line);
        for member in ["time", "level", "target", "message"] {
            assert!(object[member].is_string(), "{line}");
        }
    }
    tell(&lines, "of JSON");
}

#[test]
fn a_requests_lines_carry_its_id_and_nothing_that_is_secret() {
    let (lines, cart) = lines(Some("debug"), "json", async |app| {
        attack(app).await;
        let cart = app.post("/api/carts", &json!({})).await.payload();
        let shown = app.request("GET", &format!("/api/carts/{}", id(&cart)));
        let shown = shown.header("X-Request-Id", "shown");
        Reply::to(shown.header("Cookie", "a=secret-biscuit")).await;
        let missing = app.request("GET", "/api/products/0123456789abcdef01234567");
        Reply::to(missing.header("X-Request-Id", "missing")).await;
        id(&cart).to_owned()
    });
    let of = |id: &str| -> Vec<Value> {
        let lines = lines.iter().map(|line| serde_json::from_str(line));
        let lines = lines.map(|line: Result<Value, _>| line.expect("JSON"));
        lines.filter(|line| line["request_id"] == id).collect()
    };
    let shown = of("shown");
    assert_eq!(shown.len(), 1, "{shown:?}");
    let said = shown[0]["message"].as_str().expect("a text");
    assert!(
        said.starts_with("GET /api/carts/{cid} 200 after "),
        "{said}"
    );
    let missing = of("missing");
    assert!(
        missing.len() >= 2,
        "the refusal and the answer: {missing:?}"
    );
    assert!(missing.iter().any(|line| line["refusal"] == "not_found"));
    let secrets = [
        TOKEN,
        "ana@example.com",
        "secret-biscuit",
        "secret words",
        &cart,
    ];
    for secret in secrets {
        let told = lines.iter().find(|line| line.contains(secret));
        assert_eq!(told, None, "{secret}");
    }
}
