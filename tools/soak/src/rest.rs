//! A client of the REST API.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use vitrina_test_support::Outcome;

use crate::frames::{Product, StoredMessage, payload};
use crate::shop::ADMIN_TOKEN;

/// How long a response may take.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(10);

/// A client of one shop.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    client: Client,
    address: SocketAddr,
}

impl Rest {
    pub(crate) fn new(address: SocketAddr) -> Outcome<Self> {
        let client = Client::builder().timeout(RESPONSE_TIMEOUT).build()?;
        Ok(Self { client, address })
    }

    /// A client that connects from a chosen address of this machine.
    pub(crate) fn from_address(address: SocketAddr, from: IpAddr) -> Outcome<Self> {
        Self::with_headers(address, from, HeaderMap::new())
    }

    /// A client with the admin token, which is exempt from rate limits.
    pub(crate) fn as_admin(address: SocketAddr, from: IpAddr) -> Outcome<Self> {
        let bearer = HeaderValue::from_str(&format!("Bearer {ADMIN_TOKEN}"))?;
        Self::with_headers(
            address,
            from,
            HeaderMap::from_iter([(AUTHORIZATION, bearer)]),
        )
    }

    fn with_headers(address: SocketAddr, from: IpAddr, headers: HeaderMap) -> Outcome<Self> {
        let client = Client::builder()
            .timeout(RESPONSE_TIMEOUT)
            .local_address(from);
        let client = client.default_headers(headers).build()?;
        Ok(Self { client, address })
    }

    /// Whether a GET succeeds, with its whole body.
    pub(crate) async fn succeeds(&self, path: &str) -> bool {
        let url = format!("http://{}{path}", self.address);
        match self.client.get(url).send().await {
            Ok(response) if response.status().is_success() => response.bytes().await.is_ok(),
            _ => false,
        }
    }

    /// Whether the admin's login form accepts a password.
    pub(crate) async fn log_in(&self, password: &str) -> bool {
        let url = format!("http://{}/admin/login", self.address);
        let form = self.client.post(url).form(&[("password", password)]);
        let response = form.send().await;
        response.is_ok_and(|response| {
            response.status().is_success() || response.status().is_redirection()
        })
    }

    /// Sends a request; any status is a result.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Outcome<(StatusCode, Value)> {
        let url = format!("http://{}{path}", self.address);
        let mut request = self.client.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        Ok((response.status(), response.json().await?))
    }

    async fn expect(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        status: u16,
    ) -> Outcome<Value> {
        let (got, response) = self.send(method, path, body).await?;
        match got.as_u16() == status {
            true => Ok(response),
            false => Err(format!("{path}: {got} instead of {status}: {response}").into()),
        }
    }

    pub(crate) async fn post_message(&self, user: &str, text: &str) -> Outcome<StoredMessage> {
        let body = json!({ "user": user, "message": text });
        let path = "/api/messages";
        payload(self.expect(Method::POST, path, Some(&body), 201).await?)
    }

    pub(crate) async fn create(&self, code: &str) -> Outcome<Product> {
        let body = json!({ "title": "Vase", "code": code, "price": 19.99, "stock": 10 });
        let path = "/api/products";
        payload(self.expect(Method::POST, path, Some(&body), 201).await?)
    }

    pub(crate) async fn update(&self, id: &str, patch: &Value) -> Outcome<Product> {
        let path = format!("/api/products/{id}");
        payload(self.expect(Method::PUT, &path, Some(patch), 202).await?)
    }

    pub(crate) async fn delete(&self, id: &str) -> Outcome<()> {
        let path = format!("/api/products/{id}");
        self.expect(Method::DELETE, &path, None, 200).await?;
        Ok(())
    }

    pub(crate) async fn products(&self) -> Outcome<Vec<Product>> {
        let mut next = Some("/api/products?limit=100".to_owned());
        let mut products = Vec::new();
        while let Some(path) = next {
            let page = self.expect(Method::GET, &path, None, 200).await?;
            next = page["nextLink"].as_str().map(str::to_owned);
            products.extend(payload::<Vec<Product>>(page)?);
        }
        Ok(products)
    }

    /// Every message, oldest first.
    pub(crate) async fn messages(&self) -> Outcome<Vec<StoredMessage>> {
        let mut messages: Vec<StoredMessage> = Vec::new();
        let mut before = i64::MAX;
        loop {
            let path = format!("/api/messages?limit=100&before={before}");
            let page = self.expect(Method::GET, &path, None, 200).await?;
            let part: Vec<StoredMessage> = payload(page)?;
            let Some(first) = part.first() else { break };
            before = first.seq;
            messages.extend(part.into_iter().rev());
        }
        messages.reverse();
        Ok(messages)
    }

    pub(crate) async fn is_ready(&self) -> bool {
        let response = self.send(Method::GET, "/readyz", None).await;
        response.is_ok_and(|(status, _)| status == StatusCode::OK)
    }
}
