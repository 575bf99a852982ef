//! Requests to the shop.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::Outcome;
use crate::frames::{Product, Said, payload};
use crate::shop::ADMIN_TOKEN;

/// An answer that takes longer never comes.
const ANSWER: Duration = Duration::from_secs(10);

/// A client of one shop.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    client: Client,
    address: SocketAddr,
}

impl Rest {
    pub(crate) fn new(address: SocketAddr) -> Outcome<Self> {
        let client = Client::builder().timeout(ANSWER).build()?;
        Ok(Self { client, address })
    }

    /// The same from an address of this machine.
    pub(crate) fn from_address(address: SocketAddr, from: IpAddr) -> Outcome<Self> {
        Self::with_headers(address, from, HeaderMap::new())
    }

    /// The same as the admin, whom no rate binds.
    pub(crate) fn of_admin(address: SocketAddr, from: IpAddr) -> Outcome<Self> {
        let bearer = HeaderValue::from_str(&format!("Bearer {ADMIN_TOKEN}"))?;
        Self::with_headers(
            address,
            from,
            HeaderMap::from_iter([(AUTHORIZATION, bearer)]),
        )
    }

    fn with_headers(address: SocketAddr, from: IpAddr, headers: HeaderMap) -> Outcome<Self> {
        let client = Client::builder().timeout(ANSWER).local_address(from);
        let client = client.default_headers(headers).build()?;
        Ok(Self { client, address })
    }

    /// Whether a path is answered well, page or not.
    pub(crate) async fn is_answered(&self, path: &str) -> bool {
        let url = format!("http://{}{path}", self.address);
        match self.client.get(url).send().await {
            Ok(answer) if answer.status().is_success() => answer.bytes().await.is_ok(),
            _ => false,
        }
    }

    /// Whether the admin is let in by the form.
    pub(crate) async fn logs_in(&self, password: &str) -> bool {
        let url = format!("http://{}/admin/login", self.address);
        let form = self.client.post(url).form(&[("password", password)]);
        let answer = form.send().await;
        answer.is_ok_and(|answer| answer.status().is_success() || answer.status().is_redirection())
    }

    /// Asks, and gives what was answered whatever it says.
    pub(crate) async fn ask(
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
        let answer = request.send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    async fn expect(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        status: u16,
    ) -> Outcome<Value> {
        let (got, answer) = self.ask(method, path, body).await?;
        match got.as_u16() == status {
            true => Ok(answer),
            false => Err(format!("{path} was answered {got}: {answer}").into()),
        }
    }

    /// Says something.
    pub(crate) async fn say(&self, user: &str, text: &str) -> Outcome<Said> {
        let body = json!({ "user": user, "message": text });
        let path = "/api/messages";
        payload(self.expect(Method::POST, path, Some(&body), 201).await?)
    }

    /// Makes a product.
    pub(crate) async fn create(&self, code: &str) -> Outcome<Product> {
        let body = json!({ "title": "Vase", "code": code, "price": 19.99, "stock": 10 });
        let path = "/api/products";
        payload(self.expect(Method::POST, path, Some(&body), 201).await?)
    }

    /// Changes a product.
    pub(crate) async fn update(&self, id: &str, patch: &Value) -> Outcome<Product> {
        let path = format!("/api/products/{id}");
        payload(self.expect(Method::PUT, &path, Some(patch), 202).await?)
    }

    /// Deletes a product.
    pub(crate) async fn delete(&self, id: &str) -> Outcome<()> {
        let path = format!("/api/products/{id}");
        self.expect(Method::DELETE, &path, None, 200).await?;
        Ok(())
    }

    /// Every product.
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
    pub(crate) async fn messages(&self) -> Outcome<Vec<Said>> {
        let mut messages: Vec<Said> = Vec::new();
        let mut before = i64::MAX;
        loop {
            let path = format!("/api/messages?limit=100&before={before}");
            let page = self.expect(Method::GET, &path, None, 200).await?;
            let part: Vec<Said> = payload(page)?;
            let Some(first) = part.first() else { break };
            before = first.seq;
            messages.extend(part.into_iter().rev());
        }
        messages.reverse();
        Ok(messages)
    }

    /// Whether the shop is ready.
    pub(crate) async fn is_ready(&self) -> bool {
        let asked = self.ask(Method::GET, "/readyz", None).await;
        asked.is_ok_and(|(status, _)| status == StatusCode::OK)
    }
}
