//! The members of every frame from the server.

use std::sync::Arc;

use serde_json::value::to_raw_value;
use serde_json::{Value, json};

use super::*;
use crate::domain::cart::CartLine;
use crate::domain::change::ProductAction;
use crate::domain::hold::Hold;
use crate::domain::ids::{CartId, ProductId};
use crate::domain::money::Money;
use crate::domain::product::Product;
use crate::domain::timestamp::Timestamp;

fn data(frame: &Frame, event: &str) -> Value {
    let mut json: Value = serde_json::from_slice(&frame.payload()).expect("JSON");
    assert_eq!(json["event"], event);
    json["data"].take()
}

fn cursor() -> Position {
    Position::new("7").expect("plain")
}

fn product() -> Product {
    Product {
        id: ProductId::from_bytes([1; 12]),
        title: "Vase".into(),
        price: Money::from_minor(1_999),
        stock: 3,
        held: 1,
        ..Product::default()
    }
}

fn message(nonce: Option<&str>) -> ChatMessage {
    ChatMessage {
        id: ChatMessageId::from_bytes([2; 12]),
        seq: 17,
        user: "ana@example.com".into(),
        text: "hola".into(),
        datetime: Timestamp::from_millis(0),
        nonce: nonce.map(Into::into),
    }
}

#[test]
fn frames_of_positions_name_the_cursor() {
    let expected = json!({ "cursor": "7", "resumed": true });
    assert_eq!(data(&welcome(&cursor(), true), "welcome"), expected);
    assert_eq!(
        data(&position(&cursor()), "position"),
        json!({ "cursor": "7" })
    );
}

#[test]
fn frames_of_products_have_the_products() {
    let view = json!({
        "_id": "010101010101010101010101", "title": "Vase", "description": "", "code": "",
        "price": 19.99, "status": false, "stock": 3, "category": "", "thumbnails": [],
        "available": 2, "version": 0, "createdAt": "1970-01-01T00:00:00.000Z",
        "updatedAt": "1970-01-01T00:00:00.000Z",
    });
    let encoded = to_raw_value(&ProductView::from(&product())).expect("JSON");
    let expected = json!({ "cursor": "7", "products": [view], "remaining": 5 });
    assert_eq!(
        data(&products(&cursor(), [&*encoded].into_iter(), 5), "products"),
        expected
    );

    let change = ProductChange {
        id: ProductId::from_bytes([1; 12]),
        action: ProductAction::Updated,
        version: 2,
        title: "Vase".into(),
        product: Some(Arc::new(product())),
    };
    let expected = json!({
        "cursor": "7", "id": "010101010101010101010101", "action": "updated", "msg": "changed",
        "product": view, "version": 2,
    });
    let frame = update_products(&cursor(), &change, Some(&encoded), "changed");
    assert_eq!(data(&frame, "update_products"), expected);
    let frame = update_products(&cursor(), &change, None, "gone");
    assert_eq!(data(&frame, "update_products")["product"], Value::Null);
}

#[test]
fn a_cart_frame_has_the_whole_cart_and_its_reason() {
    let hold = Hold {
        units: 1,
        since: Timestamp::from_millis(0),
        until: Timestamp::from_millis(1_000),
    };
    let line = CartLine {
        product: product(),
        quantity: 2,
        hold: Some(hold),
        earlier_held: 0,
    };
    let state = Cart {
        id: CartId::from_bytes([3; 12]),
        lines: vec![line],
        dropped: vec![ProductId::from_bytes([4; 12])],
        version: 5,
    };
    let frame = cart(&cursor(), CartReason::Expired, &state);
    let mut sent = data(&frame, "cart");
    assert_eq!(
        sent["cart"]["products"][0]["product"].take()["title"],
        "Vase"
    );
    let lines = json!([{
        "product": null, "quantity": 2, "available": 3, "subtotal": 39.98,
        "heldUntil": "1970-01-01T00:00:01.000Z",
    }]);
    let warning = json!({
        "code": "product_deleted", "product": "040404040404040404040404",
        "message": "a product was deleted and removed from this cart",
    });
    let expected = json!({
        "cursor": "7", "reason": "expired",
        "cart": {
            "_id": "030303030303030303030303", "products": lines, "total": 39.98,
            "warnings": [warning], "version": 5,
        },
    });
    assert_eq!(sent, expected);
}

#[test]
fn frames_of_the_chat_have_its_messages() {
    let view = json!({
        "_id": "020202020202020202020202", "seq": 17, "user": "ana@example.com",
        "message": "hola", "datetime": "1970-01-01T00:00:00.000Z",
    });
    let mut expected = view.clone();
    expected["cursor"] = "7".into();
    let frame = chat_message(&cursor(), &message(None));
    assert_eq!(data(&frame, "chat-message"), expected);
    expected["nonce"] = "n-1".into();
    let frame = chat_message(&cursor(), &message(Some("n-1")));
    assert_eq!(data(&frame, "chat-message"), expected);

    let history = ChatHistory {
        messages: vec![message(Some("n-1"))],
        has_more: true,
    };
    let expected = json!({ "cursor": "7", "messages": [view], "hasMore": true });
    assert_eq!(
        data(&chat_messages(&cursor(), &history), "chat-messages"),
        expected
    );

    let id = ChatMessageId::from_bytes([2; 12]);
    let expected = json!({ "cursor": "7", "_id": "020202020202020202020202", "seq": 17 });
    assert_eq!(
        data(&chat_deleted(&cursor(), id, 17), "chat-deleted"),
        expected
    );
}

#[test]
fn frames_of_people_count_all_and_list_100() {
    assert_eq!(data(&viewers(3), "viewers"), json!({ "count": 3 }));
    let expected = json!({ "user": "ana@example.com", "action": true, "online": 2 });
    assert_eq!(data(&user("ana@example.com", true, 2), "user"), expected);
    let many = data(
        &users(std::iter::repeat_n("ana@example.com", 150), 150),
        "users",
    );
    let listed = many["users"].as_array().expect("a list");
    assert_eq!((listed.len(), &many["online"]), (100, &json!(150)));
}

#[test]
fn an_error_has_its_code_and_sentence() {
    for (code, name, sentence) in [
        (ErrorCode::BadFrame, "bad_frame", "unrecognised frame"),
        (ErrorCode::BadEmail, "bad_email", "invalid e-mail address"),
        (ErrorCode::NotJoined, "not_joined", "join first"),
        (ErrorCode::EmptyMessage, "empty_message", "message is empty"),
        (
            ErrorCode::TooLong,
            "too_long",
            "message is too long (limit 2000)",
        ),
        (
            ErrorCode::RateLimited,
            "rate_limited",
            "too many frames: slow down",
        ),
        (ErrorCode::Muted, "muted", "this address is muted"),
        (
            ErrorCode::Unavailable,
            "unavailable",
            "message not stored: retry",
        ),
    ] {
        let expected = json!({ "code": name, "message": sentence });
        assert_eq!(data(&error(code, None), "error"), expected);
    }
    let sent = data(&error(ErrorCode::Muted, Some("n-1")), "error");
    assert_eq!(sent["nonce"], "n-1");
}
