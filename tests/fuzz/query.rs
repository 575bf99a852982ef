//! Query strings of the lists of products and orders, built from parameters with known meanings.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vitrina::catalogue::sort_key;
use vitrina::domain::product_query::folded;

use crate::chat_frame::damage;
use crate::parameters::{
    CATALOGUE, ListOption, ModelProduct, ORDER_PARAMETERS, PRODUCT_PARAMETERS, Parameter, draw,
    encoded,
};
use crate::random::Random;
use crate::shop::{Client, Shop};

pub(crate) struct Target {
    shop: Shop,
}

impl Target {
    pub(crate) fn start() -> Self {
        let shop = Shop::start();
        let mut client = Client::of(&shop);
        for product in &CATALOGUE {
            let body = json!({
                "title": product.title, "code": product.code, "category": product.category,
                "description": product.description, "price": product.cents as f64 / 100.0,
                "stock": product.stock, "status": product.status,
            });
            let kind = b"Content-Type: application/json\r\n";
            let created = client.fetch("POST /api/products", kind, body.to_string().as_bytes());
            assert_eq!(created.expect("a response").status, 201);
        }
        Self { shop }
    }

    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut client = Client::of(&self.shop);
        let parameters = draw(&mut random, &PRODUCT_PARAMETERS);
        let text = encoded(&parameters, &mut random);
        check_results(&mut client, &parameters, &text)?;
        let damaged = damage(&text, &mut random);
        let damaged: String = damaged
            .chars()
            .filter(char::is_ascii_graphic)
            .filter(|c| *c != '#')
            .collect();
        for path in ["/api/products", "/api/orders", "/api/messages"] {
            check_any(&mut client, path, &damaged)?;
        }
        let parameters = draw(&mut random, &ORDER_PARAMETERS);
        let text = encoded(&parameters, &mut random);
        let response = client.fetch(&format!("GET /api/orders?{text}"), b"", b"")?;
        check_errors(
            &text,
            response.status,
            &response.error_fields(),
            &expected_errors(&parameters),
        )
        .map(drop)
    }
}

/// The first parameter of each name; later ones are ignored.
fn firsts(parameters: &[Parameter]) -> impl Iterator<Item = &Parameter> {
    let mut seen = BTreeSet::new();
    parameters
        .iter()
        .filter(move |(name, ..)| seen.insert(*name))
}

fn expected_errors(parameters: &[Parameter]) -> Vec<String> {
    let bad = firsts(parameters).filter(|(.., option)| option.is_err());
    let mut names: Vec<_> = bad.map(|(name, ..)| (*name).to_owned()).collect();
    names.sort();
    names
}

/// Checks the status and the reported fields; returns whether the query was refused.
fn check_errors(
    text: &str,
    status: u16,
    reported: &[String],
    fields: &[String],
) -> Result<bool, String> {
    let expected = if fields.is_empty() { 200 } else { 400 };
    if status != expected || reported != fields {
        return Err(format!(
            "{text}\nis answered {status} {reported:?}, not {expected} {fields:?}"
        ));
    }
    Ok(!fields.is_empty())
}

fn check_results(client: &mut Client, parameters: &[Parameter], text: &str) -> Result<(), String> {
    let response = client.fetch(&format!("GET /api/products?{text}"), b"", b"")?;
    if check_errors(
        text,
        response.status,
        &response.error_fields(),
        &expected_errors(parameters),
    )? {
        return Ok(());
    }
    let (mut found, mut limit, mut page, mut order) = (Vec::from(&CATALOGUE), 10, 1, None);
    for (.., option) in firsts(parameters) {
        match option.clone().unwrap_or(ListOption::Ignored) {
            ListOption::Limit(count) => limit = count,
            ListOption::Page(number) => page = number,
            ListOption::Sort(field, down) => order = Some((field, down)),
            option => found.retain(|product| matches(product, &option)),
        }
    }
    if let Some((field, down)) = order {
        found.sort_by(|a, b| {
            let order = key(a, field).cmp(&key(b, field));
            if down { order.reverse() } else { order }
        });
    }
    let total = found.len();
    let codes: Vec<_> = found
        .iter()
        .skip((page - 1) * limit)
        .take(limit)
        .map(|product| product.code)
        .collect();
    let list = response.json();
    let found_codes = list["payload"]
        .as_array()
        .map(|rows| rows.iter().map(|row| row["code"].as_str()));
    let found_codes: Vec<_> = found_codes
        .into_iter()
        .flatten()
        .map(Option::unwrap_or_default)
        .collect();
    if list["totalDocs"] != total || found_codes != codes {
        return Err(format!(
            "{text}\nfinds {found_codes:?} of {}, not {codes:?} of {total}",
            list["totalDocs"]
        ));
    }
    check_links(client, "/api/products", &list)
}

fn matches(product: &ModelProduct, option: &ListOption) -> bool {
    match option {
        ListOption::Search(part) => {
            let part = folded(part);
            let fields = [product.title, product.description, product.code];
            fields.iter().any(|text| folded(text).contains(&part))
        }
        ListOption::Title(title) => product.title == title,
        ListOption::Code(code) => product.code == code,
        ListOption::Category(category) => product.category == category,
        ListOption::Status(status) => product.status == *status,
        ListOption::Stock(least) => product.stock >= *least,
        ListOption::Price(cents) => product.cents == *cents,
        ListOption::Available(is_wanted) => (product.status && product.stock > 0) == *is_wanted,
        ListOption::MinPrice(cents) => product.cents >= *cents,
        ListOption::MaxPrice(cents) => product.cents <= *cents,
        ListOption::Limit(_) | ListOption::Page(_) | ListOption::Sort(..) | ListOption::Ignored => {
            true
        }
    }
}

fn key(product: &ModelProduct, field: &str) -> (Box<[u8]>, i64) {
    let number = |number| (Box::default(), number);
    match field {
        "title" => (sort_key(product.title), 0),
        "code" => (sort_key(product.code), 0),
        "category" => (sort_key(product.category), 0),
        "price" => number(product.cents),
        "stock" => number(product.stock),
        _ => number(i64::from(product.status)),
    }
}

/// A link must lead to the page that it names, and that page must link back.
fn check_links(client: &mut Client, path: &str, list: &Value) -> Result<(), String> {
    for (link, page, back) in [
        ("nextLink", "nextPage", "prevLink"),
        ("prevLink", "prevPage", "nextLink"),
    ] {
        let Some(target) = list[link].as_str() else {
            continue;
        };
        if !target.starts_with(path) || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(format!("a link to {target:?}"));
        }
        let there = client.fetch(&format!("GET {target}"), b"", b"")?;
        let found = there.json();
        let same = ["totalDocs", "limit"]
            .iter()
            .all(|name| found[*name] == list[*name]);
        if there.status != 200 || found["page"] != list[page] || !same {
            return Err(format!("{target} leads to {} {found}", there.status));
        }
        let Some(back_link) = found[back].as_str() else {
            // From beyond the end, the previous page is the last one, which has no next page.
            continue;
        };
        let again = client.fetch(&format!("GET {back_link}"), b"", b"")?.json();
        if again[link] != list[link] {
            return Err(format!(
                "{back_link} links to {}, not {target}",
                again[link]
            ));
        }
    }
    Ok(())
}

/// Any string must be accepted, or refused with a reason.
fn check_any(client: &mut Client, path: &str, text: &str) -> Result<(), String> {
    let response = client.fetch(&format!("GET {path}?{text}"), b"", b"")?;
    match response.status {
        200 if path != "/api/messages" => check_links(client, path, &response.json()),
        200 => Ok(()),
        400 if response.json()["code"] == "invalid_query"
            && !response.error_fields().is_empty() =>
        {
            Ok(())
        }
        // An invalid URI is refused by the HTTP parser, which also closes the connection.
        400 if response.body.is_empty()
            && text.contains(['<', '>', '"', '^', '`', '{', '}', '\\', '|']) =>
        {
            client.disconnect();
            Ok(())
        }
        status => Err(format!(
            "{path}?{text}\nis answered {status}: {}",
            response.json()
        )),
    }
}
