//! What is asked, and what the answer has to be.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::net::SocketAddr;
use std::rc::Rc;

use crate::Outcome;
use crate::floor::PONG;
use crate::http::{self, Answer};

/// A kind of request.
pub(crate) trait Request {
    /// The bytes of the next one, and what must come back.
    fn next(&self, address: SocketAddr) -> (Cow<'_, [u8]>, Expected<'_>);
}

/// What must come back.
#[derive(Debug)]
pub(crate) struct Expected<'a> {
    status: u16,
    /// What the body begins with.
    begin: &'a [u8],
    /// What it has somewhere behind that.
    part: Option<String>,
    /// What it ends with.
    end: &'a [u8],
}

impl Expected<'_> {
    pub(crate) fn check(&self, answer: &Answer<'_>) -> Outcome<()> {
        let body = answer.body;
        let has_part = self.part.as_ref().is_none_or(|part| {
            let mut windows = body.windows(part.len());
            windows.any(|window| window == part.as_bytes())
        });
        let is_right = answer.status == self.status
            && body.starts_with(self.begin)
            && body.ends_with(self.end)
            && has_part;
        if is_right {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&body[..body.len().min(500)]);
        Err(format!("a wrong answer: {} {text}", answer.status).into())
    }
}

/// One question again and again, with one answer.
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

/// The floor's question.
pub(crate) fn ping() -> Rc<dyn Request> {
    get("/ping", PONG.as_bytes(), b"")
}

/// A `GET` whose answer begins and ends like this.
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
    made: Rc<Cell<usize>>,
}

/// A `POST` of a new product, counted in `made`.
pub(crate) fn create(made: Rc<Cell<usize>>) -> Rc<dyn Request> {
    Rc::new(Creation { made })
}

impl Request for Creation {
    fn next(&self, address: SocketAddr) -> (Cow<'_, [u8]>, Expected<'_>) {
        let number = self.made.get();
        self.made.set(number + 1);
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

/// The code of a product, by which it is known.
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
