//! Log lines under hostile input.

use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::{TestApp, runtime};
use crate::figure::figure;
use crate::fixtures::*;
use crate::program::{Program, arguments_of, vitrina};
use crate::reply::Reply;
use crate::test_store::TestStore;

const TOKEN: &str = "a-token-of-twenty-one";
/// Ends a line, forges another, colours, clears, rings, and reverses the text direction.
const HOSTILE: &str = "a\r\n[2026-01-01T00:00:00Z ERROR vitrina] forged\n\u{1b}[31mred\u{1b}[2J\u{7}\u{9b}1m\u{2028}\u{202e}";
/// The longest line: a message and some values, each clipped at 4 KiB, with every byte escaped.
const MAX_LINE: usize = 64 << 10;

/// Runs a test against the program with these log levels; returns the log lines and the test's
/// result.
fn lines<T>(
    levels: Option<&str>,
    format: &str,
    test: impl AsyncFnOnce(&TestApp) -> T,
) -> (Vec<String>, T) {
    let store = TestStore::sqlite();
    let mut arguments = arguments_of(&store);
    for more in ["--log-format", format, "--admin-token", TOKEN] {
        arguments.push(more.to_owned());
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let mut command = vitrina(store.folder(), &arguments);
    if let Some(levels) = levels {
        command.env("RUST_LOG", levels);
    }
    let mut program = Program::run(command);
    let result = runtime().block_on(test(&TestApp::at(program.address())));
    program.signal("TERM");
    assert_eq!(program.wait().code(), Some(0));
    (program.log_lines(), result)
}

/// Sends hostile strings by every kind of input.
async fn attack(app: &TestApp) {
    let long = HOSTILE.repeat((1 << 20) / HOSTILE.len());
    for text in [HOSTILE, &long] {
        let product = json!({ "title": text, "code": text, text: text, "price": text, "stock": 1 });
        let made = app.request("POST", "/api/products").bearer_auth(TOKEN);
        // Requests that are too large fail while they are sent.
        let _ = made.json(&product).send().await;
        let message = json!({ "user": text, "message": text });
        let request = app.request("POST", "/api/messages");
        let _ = request.json(&message).send().await;
        let form = app.request("POST", "/carts/lines");
        let _ = form.form(&[(text, text), ("pid", text)]).send().await;
        let part = Part::bytes(b"not an image".to_vec()).file_name(text.to_owned());
        let upload = app.request("POST", "/api/products/0123456789abcdef01234567/upload");
        let form = Form::new().part("img", part);
        let _ = upload.bearer_auth(TOKEN).multipart(form).send().await;
    }
    let encoded: String = HOSTILE.bytes().map(|byte| format!("%{byte:02x}")).collect();
    app.get(&format!("/{encoded}?{encoded}={encoded}")).await;
    app.get(&format!("/api/products?q={encoded}&sort={encoded}"))
        .await;
    app.get(&format!("/ws/products?ids={encoded}")).await;
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
        format!("{HOSTILE}{HOSTILE}\r\n\r\n"),
    ] {
        app.raw(&raw);
    }
    let mut chat = app.chat_as("ana@example.com").await;
    chat.send_text(HOSTILE).await;
    chat.expect("error").await;
    chat.send_chat(&format!("secret words {HOSTILE}"), "n")
        .await;
    chat.close().await;
}

fn is_plain(line: &str) -> bool {
    !line
        .chars()
        .any(|c| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c))
}

#[test]
fn hostile_input_is_logged_as_single_clipped_lines() {
    let (lines, ()) = lines(Some("trace"), "text", async |app| attack(app).await);
    assert!(lines.len() > 100, "only {} lines", lines.len());
    for line in &lines {
        assert!(is_plain(line), "{line:?}");
        assert!(line.len() < MAX_LINE, "{} bytes", line.len());
    }
    let forged = lines.iter().find(|line| line.starts_with("[2026-01-01"));
    assert_eq!(forged, None);
    report(&lines, "of text");
}

/// Reports the figure of a run.
fn report(lines: &[String], form: &str) {
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
fn hostile_input_logs_no_warnings() {
    let (lines, ()) = lines(None, "text", async |app| attack(app).await);
    assert!(lines.iter().any(|line| line.contains("INFO")), "{lines:?}");
    let is_warning = |line: &&String| line.contains(" ERROR ") || line.contains(" WARN ");
    assert_eq!(lines.iter().find(is_warning), None);
}

#[test]
fn hostile_input_is_logged_as_single_json_objects() {
    let (lines, ()) = lines(Some("trace"), "json", async |app| attack(app).await);
    assert!(lines.len() > 100, "only {} lines", lines.len());
    for line in &lines {
        assert!(is_plain(line) && line.len() < MAX_LINE, "{line:?}");
        let object: Value = serde_json::from_str(line).expect(line);
        for member in ["time", "level", "target", "message"] {
            assert!(object[member].is_string(), "{line}");
        }
    }
    report(&lines, "of JSON");
}

#[test]
fn log_lines_have_the_request_id_and_no_secrets() {
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
    let message = shown[0]["message"].as_str().expect("a text");
    assert!(
        message.starts_with("GET /api/carts/{cid} 200 after "),
        "{message}"
    );
    let missing = of("missing");
    assert!(
        missing.len() >= 2,
        "no lines for the refusal and the response: {missing:?}"
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
        let leak = lines.iter().find(|line| line.contains(secret));
        assert_eq!(leak, None, "{secret}");
    }
}
