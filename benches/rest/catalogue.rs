//! The products of a shop for reads, and checks of what it returns.

use std::net::SocketAddr;
use std::rc::Rc;

use serde_json::Value;
use vitrina_test_support::Outcome;
use vitrina_test_support::http::{self, Connection, Response};

use crate::requests::{self, Request, code, product};

/// How many products it has.
pub(crate) const PRODUCTS: usize = 1_000;

/// The members that every product has.
const MEMBERS: [&str; 13] = [
    "_id",
    "title",
    "description",
    "code",
    "price",
    "status",
    "stock",
    "available",
    "category",
    "thumbnails",
    "version",
    "createdAt",
    "updatedAt",
];

/// Creates the products, unless they exist already.
pub(crate) async fn fill(connection: &mut Connection, address: SocketAddr) -> Outcome<()> {
    if count(connection, address).await? == PRODUCTS {
        return Ok(());
    }
    for number in 0..PRODUCTS {
        let body = product(number).to_string();
        let request = http::with_body("POST", address, "/api/products", &body);
        let response = json(&connection.send(&request).await?, 201)?;
        check_product(&response["payload"])?;
    }
    Ok(())
}

pub(crate) async fn count(connection: &mut Connection, address: SocketAddr) -> Outcome<usize> {
    let request = http::get(address, "/api/products?limit=1");
    let response = json(&connection.send(&request).await?, 200)?;
    let total = response["totalDocs"]
        .as_u64()
        .ok_or("a list without a total")?;
    Ok(total.try_into()?)
}

/// A list request. Its response is checked here, and later ones are compared with it.
pub(crate) async fn list(
    connection: &mut Connection,
    address: SocketAddr,
    limit: usize,
) -> Outcome<Rc<dyn Request>> {
    let path = format!("/api/products?limit={limit}");
    let response = connection.send(&http::get(address, &path)).await?;
    let list = json(&response, 200)?;
    let products = list["payload"]
        .as_array()
        .ok_or("a list without products")?;
    products.iter().try_for_each(check_product)?;
    if products.len() != limit || list["totalDocs"] != PRODUCTS {
        return Err(format!("{path} has {} products", products.len()).into());
    }
    // The cursor may move while the products stay the same.
    let text = std::str::from_utf8(response.body)?;
    let (begin, _) = text
        .rsplit_once(r#","cursor":""#)
        .ok_or("a list without a cursor")?;
    Ok(requests::get(&path, begin.as_bytes(), b"\"}"))
}

/// A request of one product.
pub(crate) async fn one(
    connection: &mut Connection,
    address: SocketAddr,
) -> Outcome<Rc<dyn Request>> {
    let page = PRODUCTS / 2;
    let request = http::get(address, &format!("/api/products?limit=1&page={page}"));
    let list = json(&connection.send(&request).await?, 200)?;
    let id = list["payload"][0]["_id"].as_str().ok_or("an empty page")?;
    let path = format!("/api/products/{id}");
    let response = connection.send(&http::get(address, &path)).await?;
    check_product(&json(&response, 200)?["payload"])?;
    Ok(requests::get(&path, response.body, b""))
}

fn json(response: &Response<'_>, status: u16) -> Outcome<Value> {
    let text = std::str::from_utf8(response.body)?;
    if response.status != status {
        return Err(format!("{} instead of {status}: {text}", response.status).into());
    }
    Ok(serde_json::from_str(text)?)
}

/// It must have every member, and those that were sent unchanged.
fn check_product(found: &Value) -> Outcome<()> {
    let number = found["code"].as_str().and_then(|code| {
        let (_, digits) = code.split_once('-')?;
        digits.parse().ok()
    });
    let number = number.ok_or_else(|| format!("an unexpected product: {found}"))?;
    let sent = product(number);
    let is_complete = found.as_object().is_some_and(|members| {
        members.len() == MEMBERS.len() && MEMBERS.iter().all(|name| members.contains_key(*name))
    });
    let differs = |(name, value): (&String, &Value)| match value.as_f64() {
        Some(number) => found[name].as_f64() != Some(number),
        None => found[name] != *value,
    };
    let is_changed = sent.as_object().is_none_or(|sent| sent.iter().any(differs));
    if !is_complete || is_changed || found["code"] != code(number) {
        return Err(format!("got {found}, sent {sent}").into());
    }
    Ok(())
}
