//! The requests, and the responses that they must have.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::net::SocketAddr;
use std::rc::Rc;
use vitrina_test_support::Outcome;
use vitrina_test_support::http::{self, Response};

use crate::baseline::PONG;

pub(crate) trait Request {
    /// The bytes of the next request, and its expected response.
    fn next(&self, address: SocketAddr) -> (Cow<'_, [u8]>, Expected<'_>);
}

/// An expected response.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    status: u16,
    /// Start of the body.
    begin: &'a [u8],
    /// A part of the body between start and end.
    part: Option<String>,
    /// End of the body.
    end: &'a [u8],
}

impl Expected<'_> {
    pub(crate) fn check(&self, response: &Response<'_>) -> Outcome<()> {
        let body = response.body;
        let has_part = self.part.as_ref().is_none_or(|part| {
            let mut windows = body.windows(part.len());
            windows.any(|window| window == part.as_bytes())
        });
        let is_ok = response.status == self.status
            && body.starts_with(self.begin)
            && body.ends_with(self.end)
            && has_part;
        if is_ok {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&body[..body.len().min(500)]);
        Err(format!("unexpected response: {} {text}", response.status).into())
    }
}

/// The same request each time, with the same response.
struct Repeated {
    path: String,
    bytes: OnceCell<Vec<u8>>,
    begin: Vec<u8>,
    end: Vec<u8>,
}

impl Request for Repeated {
    fn next(&self, address: SocketAddr) -> (Cow<'_, [u8]>, Expected<'_>) {
        let bytes = self.bytes.get_or_init(|| http::get(address, &self.path));
        let expected = Expected {
            status: 200,
            begin: &self.begin,
            part: None,
            end: &self.end,
        };
        (Cow::Borrowed(bytes), expected)
    }
}

/// The request of the baseline.
pub(crate) fn ping() -> Rc<dyn Request> {
    get("/ping", PONG.as_bytes(), b"")
}

/// A `GET` request with the start and the end of its response.
pub(crate) fn get(path: &str, begin: &[u8], end: &[u8]) -> Rc<dyn Request> {
    Rc::new(Repeated {
        path: path.to_owned(),
        bytes: OnceCell::new(),
        begin: begin.to_owned(),
        end: end.to_owned(),
    })
}

/// A new product with each request.
struct Creation {
    created: Rc<Cell<usize>>,
}

/// A `POST` of a new product, counted in `created`.
pub(crate) fn create(created: Rc<Cell<usize>>) -> Rc<dyn Request> {
    Rc::new(Creation { created })
}

impl Request for Creation {
    fn next(&self, address: SocketAddr) -> (Cow<'_, [u8]>, Expected<'_>) {
        let number = self.created.get();
        self.created.set(number + 1);
        let bytes = http::with_body(
            "POST",
            address,
            "/api/products",
            &product(number).to_string(),
        );
        let expected = Expected {
            status: 201,
            begin: br#"{"status":201,"payload":{"_id":""#,
            part: Some(format!(r#""code":"{}""#, code(number))),
            end: b"}}",
        };
        (Cow::Owned(bytes), expected)
    }
}

/// The code of a product.
pub(crate) fn code(number: usize) -> String {
    format!("BENCH-{number:08}")
}

/// A product as a client sends it.
pub(crate) fn product(number: usize) -> serde_json::Value {
    let price = 100 + number as u64 * 37 % 90_000;
    let category = ["ceramics", "lamps", "prints", "stationery", "textiles"][number % 5];
    serde_json::json!({
        "title": format!("Stoneware jug number {number}"),
        "description": "Thrown on the wheel, fired twice, glazed inside and raw outside; \
                        no two are of quite the same height.",
        "code": code(number),
        "price": price as f64 / 100.0,
        "stock": number % 50,
        "category": category,
    })
}
