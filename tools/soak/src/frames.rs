//! The server's frames, parsed only as far as a run needs.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use vitrina_test_support::Outcome;

/// The start of every frame.
const HEAD: &[u8] = b"{\"event\":\"";
const MIDDLE: &[u8] = b"\",\"data\":";
/// The start of this program's clock.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A frame; its data is not parsed yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) event: &'a str,
    data: &'a [u8],
}

impl<'a> Frame<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Outcome<Self> {
        let invalid = || format!("an invalid frame: {}", String::from_utf8_lossy(text));
        let rest = text.strip_prefix(HEAD).ok_or_else(invalid)?;
        let rest = rest.strip_suffix(b"}").ok_or_else(invalid)?;
        let end = rest
            .iter()
            .position(|byte| *byte == b'"')
            .ok_or_else(invalid)?;
        let (event, rest) = rest.split_at(end);
        Ok(Self {
            event: str::from_utf8(event)?,
            data: rest.strip_prefix(MIDDLE).ok_or_else(invalid)?,
        })
    }

    pub(crate) fn data<T: Deserialize<'a>>(&self) -> Outcome<T> {
        Ok(serde_json::from_slice(self.data)?)
    }
}

/// `welcome`.
#[derive(Debug, Deserialize)]
pub(crate) struct Welcome {
    pub(crate) resumed: bool,
}

/// `position`.
#[derive(Debug, Deserialize)]
pub(crate) struct Position<'a> {
    pub(crate) cursor: &'a str,
}

/// `chat-message`.
#[derive(Debug, Deserialize)]
pub(crate) struct Message<'a> {
    pub(crate) cursor: &'a str,
    pub(crate) seq: i64,
    #[serde(borrow)]
    pub(crate) user: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) message: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) nonce: Option<Cow<'a, str>>,
}

/// `chat-messages`.
#[derive(Debug, Deserialize)]
pub(crate) struct History<'a> {
    pub(crate) cursor: &'a str,
    pub(crate) messages: Vec<StoredMessage>,
}

/// A stored message, as sockets and REST return it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StoredMessage {
    #[serde(rename = "_id")]
    pub(crate) id: String,
    pub(crate) seq: i64,
    pub(crate) user: String,
    pub(crate) message: String,
}

/// `products`.
#[derive(Debug, Deserialize)]
pub(crate) struct Snapshot<'a> {
    pub(crate) cursor: &'a str,
    pub(crate) products: Vec<Product>,
    pub(crate) remaining: u64,
}

/// A product, as sockets and REST return it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Product {
    #[serde(rename = "_id")]
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) stock: i64,
    pub(crate) version: i64,
}

/// `update_products`.
#[derive(Debug, Deserialize)]
pub(crate) struct Update<'a> {
    pub(crate) cursor: &'a str,
    pub(crate) id: &'a str,
    pub(crate) action: &'a str,
    pub(crate) product: Option<Product>,
    pub(crate) version: i64,
}

/// `users`.
#[derive(Debug, Deserialize)]
pub(crate) struct Users {
    pub(crate) online: usize,
}

/// `viewers`.
#[derive(Debug, Deserialize)]
pub(crate) struct Viewers {
    pub(crate) count: usize,
}

/// The payload of a REST response.
pub(crate) fn payload<T: DeserializeOwned>(mut response: Value) -> Outcome<T> {
    Ok(serde_json::from_value(response["payload"].take())?)
}

/// A client's frame as text.
pub(crate) fn client(event: &str, data: &Value) -> String {
    json!({ "event": event, "data": data }).to_string()
}

/// A prefix for texts that are sent; see [`age`].
pub(crate) fn timestamp() -> String {
    format!("{} ", START.elapsed().as_micros())
}

/// How long ago the timestamp at the start of a text was made; `None` for other texts.
pub(crate) fn age(text: &str) -> Option<Duration> {
    let micros = text.split(' ').next()?.parse().ok()?;
    START.elapsed().checked_sub(Duration::from_micros(micros))
}
