//! WebSocket handshakes written by hand: which are refused, and which data may come with them.

use serde_json::Value;

use crate::app::TestApp;
use crate::frame_cases::wire::{FIN, PING, PONG, Wire, frame, handshake, text};

const SOCKETS: [&str; 2] = ["/ws/products", "/ws/chat"];

/// The response to a refused handshake: its head in lower case, and its problem.
fn refusal(app: &TestApp, handshake: &str) -> (String, Value) {
    let answer = app.raw(handshake);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let problem = serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer} to {handshake}"));
    (head.to_lowercase(), problem)
}

pub(crate) async fn an_unsupported_version_names_ours(app: &TestApp) {
    for path in SOCKETS {
        for version in ["0", "7", "8", "12", "14", "255", "x", "", "13, 8"] {
            let line = format!("Sec-WebSocket-Version: {version}\r\n");
            let request = handshake(app, path).replace("Sec-WebSocket-Version: 13\r\n", &line);
            let (head, problem) = refusal(app, &request);
            assert!(head.starts_with("http/1.1 426 "), "{version}: {head}");
            assert!(
                head.contains("\r\nsec-websocket-version: 13"),
                "{version}: {head}"
            );
            assert_eq!(problem["code"], "upgrade_required", "{version}");
        }
    }
}

pub(crate) async fn an_invalid_key_is_refused(app: &TestApp) {
    let own = "dGhlIHNhbXBsZSBub25jZQ==";
    for path in SOCKETS {
        for key in [
            "",
            "x",
            "dGhlIHNhbXBsZSBub25jZQ",
            "dGhlIHNhbXBsZSBub25j",
            "dGhlIHNhbXBsZSBub25jZSE=",
            "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
            "________________________",
        ] {
            let (head, problem) = refusal(app, &handshake(app, path).replace(own, key));
            assert!(head.starts_with("http/1.1 400 "), "{key}: {head}");
            assert_eq!(problem["code"], "bad_handshake", "{key}");
        }
        let line = format!("Sec-WebSocket-Key: {own}\r\n");
        let (head, problem) = refusal(app, &handshake(app, path).replace(&line, ""));
        assert!(head.starts_with("http/1.1 426 "), "{head}");
        assert_eq!(problem["code"], "upgrade_required");
    }
}

pub(crate) async fn a_repeated_header_is_refused(app: &TestApp) {
    for path in SOCKETS {
        for (line, status, code) in [
            (
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                400,
                "bad_handshake",
            ),
            ("Sec-WebSocket-Version: 13\r\n", 426, "upgrade_required"),
        ] {
            let twice = handshake(app, path).replace(line, &line.repeat(2));
            let (head, problem) = refusal(app, &twice);
            assert!(
                head.starts_with(&format!("http/1.1 {status} ")),
                "{line}: {head}"
            );
            assert_eq!(problem["code"], code, "{line}");
        }
    }
}

pub(crate) async fn other_methods_and_older_http_are_refused(app: &TestApp) {
    for path in SOCKETS {
        let (head, problem) = refusal(app, &handshake(app, path).replace("GET ", "POST "));
        assert!(head.starts_with("http/1.1 405 "), "{head}");
        assert_eq!(problem["code"], "method_not_allowed");
        let (head, problem) = refusal(app, &handshake(app, path).replace("HTTP/1.1", "HTTP/1.0"));
        assert!(head.starts_with("http/1.0 426 "), "{head}");
        assert_eq!(problem["code"], "upgrade_required");
    }
}

pub(crate) async fn a_head_request_opens_no_socket(app: &TestApp) {
    for path in SOCKETS {
        let answer = app.raw(&handshake(app, path).replace("GET ", "HEAD "));
        assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
        assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    }
}

pub(crate) async fn a_handshake_with_a_body_is_refused(app: &TestApp) {
    for path in SOCKETS {
        for (line, body) in [
            ("Content-Length: 5", "hello"),
            ("Transfer-Encoding: chunked", "0\r\n\r\n"),
            ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
        ] {
            let lines = format!("\r\n{line}\r\n\r\n{body}");
            let (head, problem) = refusal(app, &handshake(app, path).replace("\r\n\r\n", &lines));
            assert!(head.starts_with("http/1.1 400 "), "{line}: {head}");
            assert!(head.contains("\r\nconnection: close"), "{line}: {head}");
            assert_eq!(problem["code"], "bad_handshake", "{line}");
        }
        let none = handshake(app, path).replace("\r\n\r\n", "\r\nContent-Length: 0\r\n\r\n");
        let mut wire = Wire::connect(app).await;
        wire.send(none.as_bytes()).await;
        wire.reader.accepted().await;
    }
}

pub(crate) async fn the_upgrade_header_must_name_websocket(app: &TestApp) {
    let line = "Upgrade: websocket\r\n";
    for path in SOCKETS {
        for other in ["websockets", "no-websocket", "websocket/13", "h2c"] {
            let request = handshake(app, path).replace(line, &format!("Upgrade: {other}\r\n"));
            let (head, problem) = refusal(app, &request);
            assert!(head.starts_with("http/1.1 426 "), "{other}: {head}");
            assert_eq!(problem["code"], "upgrade_required", "{other}");
        }
        for same in ["WebSocket", "h2c, websocket"] {
            let request = handshake(app, path).replace(line, &format!("Upgrade: {same}\r\n"));
            let mut wire = Wire::connect(app).await;
            wire.send(request.as_bytes()).await;
            wire.reader.accepted().await;
        }
    }
}

pub(crate) async fn extensions_and_subprotocols_are_not_negotiated(app: &TestApp) {
    for path in SOCKETS {
        let offers = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
                      Sec-WebSocket-Protocol: chat, superchat\r\n\r\n";
        let request = handshake(app, path).replace("\r\n\r\n", &format!("\r\n{offers}"));
        let mut wire = Wire::connect(app).await;
        wire.send(request.as_bytes()).await;
        let head = wire.reader.accepted().await;
        assert!(!head.contains("sec-websocket-extensions"), "{head}");
        assert!(!head.contains("sec-websocket-protocol"), "{head}");
        wire.reader.event("welcome").await;
    }
}

/// Asserts that a text and a ping were handled, in this order.
async fn assert_handled(wire: &mut Wire) {
    assert_eq!(wire.reader.event("error").await["code"], "bad_frame");
    let pong = wire.reader.frame().await;
    assert_eq!(pong, Some((FIN | PONG, b"early".to_vec())));
}

fn text_and_ping() -> Vec<u8> {
    [text("?"), frame(FIN | PING, b"early")].concat()
}

pub(crate) async fn a_handshake_may_arrive_byte_by_byte(app: &TestApp) {
    for path in ["/ws/products?snapshot=false", "/ws/chat"] {
        let mut wire = Wire::connect(app).await;
        for byte in handshake(app, path).bytes() {
            wire.send(&[byte]).await;
        }
        wire.reader.accepted().await;
        wire.reader.event("welcome").await;
        wire.send(&text_and_ping()).await;
        assert_handled(&mut wire).await;
    }
}

pub(crate) async fn frames_in_the_packet_of_the_handshake_are_read(app: &TestApp) {
    for path in ["/ws/products?snapshot=false", "/ws/chat"] {
        let mut wire = Wire::connect(app).await;
        let packet = [handshake(app, path).as_bytes(), &text_and_ping()].concat();
        wire.send(&packet).await;
        wire.reader.accepted().await;
        assert_handled(&mut wire).await;
    }
}

pub(crate) async fn half_a_frame_in_the_packet_of_the_handshake_is_completed(app: &TestApp) {
    let frames = text_and_ping();
    for path in ["/ws/products?snapshot=false", "/ws/chat"] {
        for at in [1, 3, 6] {
            let (first, rest) = frames.split_at(at);
            let mut wire = Wire::connect(app).await;
            let packet = [handshake(app, path).as_bytes(), first].concat();
            wire.send(&packet).await;
            wire.reader.accepted().await;
            wire.reader.event("welcome").await;
            wire.send(rest).await;
            assert_handled(&mut wire).await;
        }
    }
}
