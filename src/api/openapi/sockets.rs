//! The AsyncAPI document: every frame of both sockets, from the types that are serialised.

use serde_json::{Map, Value, json};

use crate::api::operation::{NamedSchema, of};
use crate::api::schema::{self, value};
use crate::api::sockets::MAX_IDS;
use crate::domain::field_spec::BodySpec;
use crate::protocol::client_frame::{HISTORY, JOIN, SEND};
use crate::protocol::close::Close;
use crate::protocol::server_frame as server;

/// A kind of frame: event, when it is sent, and the schema of its data.
type FrameSpec = (&'static str, &'static str, fn() -> NamedSchema);
/// The same of a command; without members it has no fields.
type CommandSpec = (&'static str, &'static str, Option<&'static BodySpec>);

const WELCOME: FrameSpec = (
    "welcome",
    "the first frame of every socket",
    of::<server::WelcomeData<'_>>,
);
const POSITION: FrameSpec = (
    "position",
    "if no other frame had a cursor for some time",
    of::<server::PositionData<'_>>,
);

#[rustfmt::skip]
const PRODUCT_FRAMES: &[FrameSpec] = &[
    WELCOME,
    ("products", "a part of the snapshot, unless resumed or with `?snapshot=false`",
        of::<server::ProductsData<'_>>),
    ("update_products", "after every stored change", of::<server::UpdateProductsData<'_>>),
    ("cart", "with `?cart=`: first as `snapshot`, then after changes of the cart or its products",
        of::<server::CartData<'_>>),
    ("viewers", "when the number of open sockets changes, at most once a second",
        of::<server::ViewersData>),
    POSITION,
];

#[rustfmt::skip]
const CHAT_FRAMES: &[FrameSpec] = &[
    WELCOME,
    ("chat-messages", "after `join` unless resumed, and on `history`",
        of::<server::ChatMessagesData<'_>>),
    ("chat-message", "after every stored message, to everyone who joined",
        of::<server::ChatMessageData<'_>>),
    ("chat-deleted", "when a message is deleted", of::<server::ChatDeletedData<'_>>),
    ("user", "when a person joins or leaves, whatever the number of their sockets",
        of::<server::UserData<'_>>),
    ("users", "after `join`, and instead of many `user` frames", of::<server::UsersData<'_>>),
    ("error", "when a frame is refused", of::<server::ErrorData<'_>>),
    POSITION,
];

const COMMANDS: &[CommandSpec] = &[
    ("join", "required before other commands", Some(&JOIN)),
    ("chat-message", "to send a message", Some(&SEND)),
    ("history", "to get older messages", Some(&HISTORY)),
    ("leave", "to leave the chat", None),
];

const LIMITS: &str = "Frames of the client: up to 16 KiB each, 10 per second, bursts of 20";
const DESCRIPTION: &str = "Text frames `{\"event\", \"data\"}`. Frames with state have a `cursor`; \
    connect with `?since=<cursor>` to get the missed frames in order, each once. The first frame \
    is `welcome`; if its `resumed` is false, a snapshot or the history follows. Save a cursor only \
    when its frame is processed. The server pings every 25 s and closes a socket that sends \
    nothing for 10 s after that. Unknown members are ignored.";

pub(super) fn document() -> Value {
    let mut messages = Messages::default();
    let products = messages.add_frames("products", PRODUCT_FRAMES);
    let chat = messages.add_frames("chat", CHAT_FRAMES);
    let commands: Vec<_> = COMMANDS
        .iter()
        .map(|(event, when, body)| {
            let data = body.map_or_else(|| json!({ "type": "object" }), schema::object);
            messages.add("command", event, when, &data)
        })
        .collect();
    let of_chat = [chat.clone(), commands.clone()].concat();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Vitrina, sockets",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": "MIT" },
        },
        "defaultContentType": "application/json",
        "channels": {
            "products": channel("/ws/products", "Changes of the catalogue and of a cart", &products,
                &product_query()),
            "chat": channel("/ws/chat", "The chat room", &of_chat, &chat_query()),
        },
        "operations": {
            "tellProducts": operation("send", "products", "Frames about the catalogue", &products),
            "tellChat": operation("send", "chat", "Frames about the chat", &chat),
            "hearChat": operation("receive", "chat", LIMITS, &commands),
        },
        "components": { "messages": messages.messages, "schemas": messages.schemas },
    })
}

/// The messages of the document, and the schemas that they share.
#[derive(Default)]
struct Messages {
    messages: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Messages {
    /// Adds frames of the server and returns the names of the messages.
    fn add_frames(&mut self, prefix: &str, frames: &[FrameSpec]) -> Vec<String> {
        let add = |(event, when, schema): &FrameSpec| {
            let NamedSchema {
                schema, references, ..
            } = schema();
            let references = references.iter();
            self.schemas
                .extend(references.map(|(name, schema)| (name.clone(), value(schema))));
            let data = flattened(schema, &self.schemas);
            self.add(prefix, event, when, &data)
        };
        frames.iter().map(add).collect()
    }

    fn add(&mut self, prefix: &str, event: &str, when: &str, data: &Value) -> String {
        let name = format!("{prefix}.{event}");
        let message = json!({
            "name": event,
            "title": event,
            "summary": when,
            "payload": {
                "type": "object",
                "required": ["event", "data"],
                "properties": { "event": { "const": event }, "data": data },
            },
        });
        self.messages.insert(name.clone(), message);
        name
    }
}

/// The schema with the members of flattened types.
fn flattened(data: Value, schemas: &Map<String, Value>) -> Value {
    let Some(parts) = data["allOf"].as_array() else {
        return data;
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
    let ids = format!("Only these products: up to {MAX_IDS} ids, separated by commas");
    json!({ "type": "object", "properties": {
        "since": since(),
        "snapshot": { "type": "string", "description": "`false`: no snapshot" },
        "ids": { "type": "string", "description": ids },
        "cart": { "type": "string", "description": "A cart's id: only the cart and its products" },
    } })
}

fn since() -> Value {
    json!({ "type": "string", "description": "The cursor of the last processed frame" })
}

fn chat_query() -> Value {
    json!({ "type": "object", "properties": {
        "since": since(),
    } })
}

fn closes() -> Vec<Value> {
    let closes = [
        (
            Close::GoingAway { reconnect_in: 3 },
            "the server is shutting down; reconnect after this many seconds",
        ),
        (
            Close::ProtocolError,
            "a frame that is not valid in RFC 6455",
        ),
        (Close::TextOnly, "a binary frame"),
        (Close::NotUtf8, "a text frame that is not UTF-8"),
        (Close::TooFast, "too many frames"),
        (Close::TooLarge, "a frame over 16 KiB"),
        (
            Close::Restart,
            "the server lost its position in the change feed: start from a snapshot",
        ),
        (
            Close::TooSlow,
            "the client is too slow for the frame log of the chat; it can resume",
        ),
        (Close::Silent, "no response to a ping"),
    ];
    let close = |(close, meaning): (Close, &str)| {
        let (code, reason) = (close.code(), close.reason());
        json!({ "code": code, "reason": reason, "meaning": meaning })
    };
    closes.map(close).into()
}
