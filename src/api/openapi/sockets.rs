//! The AsyncAPI document: every frame of both sockets, from the types that are written to them.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use super::{schema, value};
use crate::api::sockets::MAX_IDS;
use crate::domain::field_spec::BodySpec;
use crate::protocol::client_frame::{HISTORY, JOIN, SEND};
use crate::protocol::close::Close;
use crate::protocol::server_frame as server;

/// One kind of frame.
struct FrameKind {
    event: &'static str,
    when: &'static str,
    data: Value,
}

/// Frames and the schemas that they share.
#[derive(Default)]
struct Collected {
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Collected {
    fn frame<T: ToSchema>(&mut self, event: &'static str, when: &'static str) -> FrameKind {
        T::schemas(&mut self.schemas);
        FrameKind {
            event,
            when,
            data: value(&T::schema()),
        }
    }

    /// The shared schemas, each once.
    fn finish(self) -> Map<String, Value> {
        let named = self.schemas.iter();
        named
            .map(|(name, schema)| (name.clone(), value(schema)))
            .collect()
    }
}

/// The whole document.
pub(super) fn document() -> Value {
    let mut collected = Collected::default();
    let from_products = product_frames(&mut collected);
    let from_chat = chat_frames(&mut collected);
    let to_chat = commands();
    let schemas = collected.finish();
    let mut messages = Map::new();
    let mut keep = |prefix: &str, frames: &[FrameKind]| -> Vec<String> {
        let name = |frame: &FrameKind| format!("{prefix}.{}", frame.event);
        for frame in frames {
            messages.insert(name(frame), message(frame, &schemas));
        }
        frames.iter().map(name).collect()
    };
    let products = keep("products", &from_products);
    let chat = keep("chat", &from_chat);
    let commands = keep("command", &to_chat);
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Vitrina, sockets",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Text frames `{\"event\", \"data\"}`. Frames that bring state have a `cursor`; connect with \
                `?since=<cursor>` to get what was missed, in order, none missing and none twice. The first frame is \
                `welcome`; when its `resumed` is false, a whole snapshot or the history follows. Keep a cursor only \
                once what came with it is complete. Pings come every 25 s; who gives no sign of life for 10 s is \
                closed. Unknown members are ignored.",
            "license": { "name": "MIT" },
        },
        "defaultContentType": "application/json",
        "channels": {
            "products": channel("/ws/products", "Every stored change of the catalogue, and of a cart", &products,
                &product_query()),
            "chat": channel("/ws/chat", "The chat room", &[chat.clone(), commands.clone()].concat(), &chat_query()),
        },
        "operations": {
            "tellProducts": operation("send", "products", "What the server tells of the catalogue", &products),
            "tellChat": operation("send", "chat", "What the server tells of the chat", &chat),
            "hearChat": operation("receive", "chat", "What a client may send; 16 KiB a frame, 10 messages a second, 20 at once", &commands),
        },
        "components": { "messages": messages, "schemas": schemas },
    })
}

fn product_frames(collected: &mut Collected) -> Vec<FrameKind> {
    vec![
        collected.frame::<server::WelcomeData<'_>>("welcome", "first on every socket"),
        collected.frame::<server::ProductsData<'_>>("products", "the snapshot in parts, unless resumed or `?snapshot=false`; an empty catalogue is one empty part"),
        collected.frame::<server::UpdateProductsData<'_>>("update_products", "after every stored change, whoever made it"),
        collected.frame::<server::CartData<'_>>("cart", "with `?cart=`: first as `snapshot`, then whenever the cart or what it wants changes"),
        collected.frame::<server::ViewersData>("viewers", "when the number of open sockets changes, at most once a second"),
        collected.frame::<server::PositionData<'_>>("position", "when nothing else kept the cursor in reach for long"),
    ]
}

fn chat_frames(collected: &mut Collected) -> Vec<FrameKind> {
    vec![
        collected.frame::<server::WelcomeData<'_>>("welcome", "first on every socket"),
        collected.frame::<server::ChatMessagesData<'_>>(
            "chat-messages",
            "after `join` unless resumed, and on `history`",
        ),
        collected.frame::<server::ChatMessageData<'_>>(
            "chat-message",
            "every stored message, to everybody who joined, its sender too",
        ),
        collected.frame::<server::ChatDeletedData<'_>>("chat-deleted", "when a message is deleted"),
        collected.frame::<server::UserData<'_>>(
            "user",
            "when somebody joins or leaves; once per person however many tabs",
        ),
        collected.frame::<server::UsersData<'_>>(
            "users",
            "after `join`, and in place of many `user` frames",
        ),
        collected.frame::<server::ErrorData<'_>>("error", "when a frame is not obeyed"),
        collected.frame::<server::PositionData<'_>>(
            "position",
            "when nothing else kept the cursor in reach for long",
        ),
    ]
}

fn commands() -> Vec<FrameKind> {
    let frame = |event, when, data: &BodySpec| FrameKind {
        event,
        when,
        data: schema::object(data),
    };
    vec![
        frame("join", "required before other commands", &JOIN),
        frame("chat-message", "to send a message", &SEND),
        frame("history", "to get older messages", &HISTORY),
        FrameKind {
            event: "leave",
            when: "to leave the chat",
            data: json!({ "type": "object" }),
        },
    ]
}

fn message(frame: &FrameKind, schemas: &Map<String, Value>) -> Value {
    json!({
        "name": frame.event,
        "title": frame.event,
        "summary": frame.when,
        "payload": {
            "type": "object",
            "required": ["event", "data"],
            "properties": { "event": { "const": frame.event }, "data": flattened(&frame.data, schemas) },
        },
    })
}

/// Members that were written into their surroundings, as one list of members.
fn flattened(data: &Value, schemas: &Map<String, Value>) -> Value {
    let Some(parts) = data["allOf"].as_array() else {
        return data.clone();
    };
    let mut whole = json!({ "type": "object", "properties": {}, "required": [] });
    for part in parts {
        let name = part["$ref"]
            .as_str()
            .and_then(|path| path.rsplit('/').next());
        let part = name.and_then(|name| schemas.get(name)).unwrap_or(part);
        for (member, schema) in part["properties"].as_object().into_iter().flatten() {
            whole["properties"][member] = schema.clone();
        }
        if let (Some(all), Some(more)) = (
            whole["required"].as_array_mut(),
            part["required"].as_array(),
        ) {
            all.extend(more.iter().cloned());
        }
    }
    whole
}

fn channel(address: &str, description: &str, messages: &[String], query: &Value) -> Value {
    let messages: Map<String, Value> = messages
        .iter()
        .map(|name| {
            (
                name.clone(),
                json!({ "$ref": format!("#/components/messages/{name}") }),
            )
        })
        .collect();
    json!({
        "address": address,
        "description": description,
        "messages": messages,
        "bindings": { "ws": { "method": "GET", "query": query } },
        "x-close-codes": closes(),
    })
}

fn operation(action: &str, channel: &str, summary: &str, messages: &[String]) -> Value {
    let messages: Vec<_> = messages
        .iter()
        .map(|name| json!({ "$ref": format!("#/channels/{channel}/messages/{name}") }))
        .collect();
    json!({
        "action": action,
        "channel": { "$ref": format!("#/channels/{channel}") },
        "summary": summary,
        "messages": messages,
    })
}

fn product_query() -> Value {
    json!({ "type": "object", "properties": {
        "since": { "type": "string", "description": "The cursor from which to go on" },
        "snapshot": { "type": "string", "description": "`false`: no snapshot when nothing is resumed" },
        "ids": { "type": "string", "description": format!("Only these products: up to {MAX_IDS} ids with commas between them") },
        "cart": { "type": "string", "description": "A cart's id: only what it holds, and the cart itself" },
    } })
}

fn chat_query() -> Value {
    json!({ "type": "object", "properties": {
        "since": { "type": "string", "description": "The cursor from which to go on" },
    } })
}

/// Why a socket can be closed, from the protocol's own list.
fn closes() -> Vec<Value> {
    let closes = [
        (
            Close::GoingAway { reconnect_in: 3 },
            "the server stops; come back after so many seconds",
        ),
        (Close::ProtocolError, "no frame of RFC 6455"),
        (Close::TextOnly, "a binary frame"),
        (Close::NotUtf8, "a text that is no UTF-8"),
        (Close::TooFast, "more frames than a socket may send"),
        (Close::TooLarge, "a frame over 16 KiB"),
        (
            Close::Restart,
            "the server lost its place in the store's changes: start from a snapshot",
        ),
        (
            Close::TooSlow,
            "a chat reader too slow for what is retained; it can resume",
        ),
        (Close::Silent, "no sign of life after a ping"),
    ];
    let told = closes.iter();
    told.map(|(close, meaning)| json!({ "code": close.code(), "reason": close.reason(), "meaning": meaning }))
        .collect()
}
