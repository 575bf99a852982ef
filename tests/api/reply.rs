//! A response, and checks that every response must pass.

use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;

use crate::api_documents::assert_described;

/// The members that a problem document may have.
const PROBLEM_MEMBERS: [&str; 10] = [
    "type",
    "title",
    "status",
    "detail",
    "message",
    "code",
    "errors",
    "available",
    "lines",
    // Only in responses to the scripts of pages.
    "text",
];

/// Words that would reveal how the shop is built.
const INTERNAL_WORDS: [&str; 9] = [
    "sqlite",
    "rusqlite",
    "constraint",
    "mongo",
    "bson",
    "e11000",
    "panicked",
    ".rs:",
    "backtrace",
];

/// A response with its whole body.
#[derive(Debug)]
pub(crate) struct Reply {
    /// The request, for the message of a failed test.
    request: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// Sends a request, reads the response and checks it against the OpenAPI document.
    pub(crate) async fn to(request: RequestBuilder) -> Self {
        let (client, request) = request.build_split();
        let request = request.expect("a request");
        let context = format!("{} {}", request.method(), request.url());
        let (method, path) = (request.method().clone(), request.url().path().to_owned());
        let response = client.execute(request).await.expect(&context);
        let reply = Self {
            status: response.status(),
            headers: response.headers().clone(),
            bytes: response.bytes().await.expect(&context).to_vec(),
            request: context,
        };
        let kind = reply
            .headers
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        let (status, kind) = (reply.status.as_u16(), kind.unwrap_or_default());
        assert_described(method.as_str(), &path, status, kind, &reply.bytes);
        reply
    }

    /// Asserts the status.
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}: {}",
            self.request,
            self.text()
        );
        self
    }

    /// The only value of a header, or "".
    pub(crate) fn header(&self, name: &str) -> &str {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next().map_or("", |v| v.to_str().expect("a string"));
        assert!(values.next().is_none(), "{}: two of {name}", self.request);
        value
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The body, which must be declared as JSON.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_slice(&self.bytes).expect(&self.request)
    }

    /// The payload of a success envelope, which must have the status and only known members.
    pub(crate) fn payload(&self) -> Value {
        let mut envelope = self.json();
        assert_eq!(envelope["status"], self.status.as_u16(), "{}", self.request);
        let members = envelope.as_object().expect("an object");
        for name in members.keys() {
            let known =
                ["status", "message", "payload", "hasMore", "warnings"].contains(&name.as_str());
            assert!(known, "{}: {name}", self.request);
        }
        envelope["payload"].take()
    }

    /// Asserts a success that has only a message.
    pub(crate) fn done(self) {
        let envelope = self.expect(200).json();
        assert_eq!(envelope["status"], 200);
        assert!(envelope["message"].is_string(), "{envelope}");
    }

    /// Asserts a problem document with this status and code, and returns it.
    pub(crate) fn problem(self, status: u16, code: &str) -> Value {
        let reply = self.expect(status);
        let context = format!("{}: {}", reply.request, reply.text());
        assert_eq!(
            reply.header("content-type"),
            "application/problem+json",
            "{context}"
        );
        let problem: Value = serde_json::from_slice(&reply.bytes).expect(&context);
        assert_eq!(problem["code"], code, "{context}");
        assert_eq!(problem["status"], status, "{context}");
        assert_eq!(problem["detail"], problem["message"], "{context}");
        for member in ["type", "title", "detail"] {
            let text = problem[member].as_str().expect(&context);
            assert!(!text.is_empty(), "{context}");
        }
        for member in problem.as_object().expect(&context).keys() {
            assert!(PROBLEM_MEMBERS.contains(&member.as_str()), "{context}");
        }
        let text = reply.text().to_lowercase();
        let internal = INTERNAL_WORDS.iter().find(|word| text.contains(**word));
        assert_eq!(internal, None, "{context}");
        problem
    }

    /// As `problem`, and its errors name exactly these fields, in any order.
    pub(crate) fn problem_of(self, status: u16, code: &str, fields: &[&str]) {
        let problem = self.problem(status, code);
        let mut named = Vec::new();
        for error in problem["errors"].as_array().expect("a list of fields") {
            let (field, reason) = (error["field"].as_str(), error["reason"].as_str());
            assert!(reason.is_some_and(|r| !r.is_empty()), "{problem}");
            named.push(field.expect("a field"));
        }
        named.sort_unstable();
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        assert_eq!(named, fields, "{problem}");
    }
}
