//! Query strings of the catalogue and of the orders: each parameter is drawn with what it must mean.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vitrina::domain::product_query::folded;

use crate::chat_frame::damaged;
use crate::parameters::{
    CATALOGUE, Goods, ORDER_PARAMETERS, PRODUCT_PARAMETERS, Parameter, Wish, draw, written,
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
        for goods in &CATALOGUE {
            let body = json!({
                "title": goods.title, "code": goods.code, "category": goods.category,
                "description": goods.description, "price": goods.cents as f64 / 100.0,
                "stock": goods.stock, "status": goods.status,
            });
            let kind = b"Content-Type: application/json\r\n";
            let made = client.ask("POST /api/products", kind, body.to_string().as_bytes());
            assert_eq!(made.expect("an answer").status, 201);
        }
        Self { shop }
    }

    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut client = Client::of(&self.shop);
        let drawn = draw(&mut random, &PRODUCT_PARAMETERS);
        let text = written(&drawn, &mut random);
        check_meaning(&mut client, &drawn, &text)?;
        let hurt = damaged(&text, &mut random);
        let hurt: String = hurt
            .chars()
            .filter(char::is_ascii_graphic)
            .filter(|c| *c != '#')
            .collect();
        for path in ["/api/products", "/api/orders", "/api/messages"] {
            check_sound(&mut client, path, &hurt)?;
        }
        let drawn = draw(&mut random, &ORDER_PARAMETERS);
        let text = written(&drawn, &mut random);
        let answer = client.ask(&format!("GET /api/orders?{text}"), b"", b"")?;
        judge(&text, answer.status, &answer.blamed(), &blamed(&drawn)).map(drop)
    }
}

/// The first of each name, which is the one that counts.
fn firsts(drawn: &[Parameter]) -> impl Iterator<Item = &Parameter> {
    let mut seen = BTreeSet::new();
    drawn.iter().filter(move |(name, ..)| seen.insert(*name))
}

fn blamed(drawn: &[Parameter]) -> Vec<String> {
    let bad = firsts(drawn).filter(|(.., wish)| wish.is_err());
    let mut names: Vec<_> = bad.map(|(name, ..)| (*name).to_owned()).collect();
    names.sort();
    names
}

/// Whether it was refused, as it must be where something is to blame.
fn judge(text: &str, status: u16, told: &[String], due: &[String]) -> Result<bool, String> {
    let expected = if due.is_empty() { 200 } else { 400 };
    match status == expected && told == due {
        true => Ok(!due.is_empty()),
        false => Err(format!(
            "{text}\nis answered {status} {told:?}, not {expected} {due:?}"
        )),
    }
}

fn check_meaning(client: &mut Client, drawn: &[Parameter], text: &str) -> Result<(), String> {
    let answer = client.ask(&format!("GET /api/products?{text}"), b"", b"")?;
    if judge(text, answer.status, &answer.blamed(), &blamed(drawn))? {
        return Ok(());
    }
    let (mut found, mut limit, mut page, mut order) = (Vec::from(&CATALOGUE), 10, 1, None);
    for (.., wish) in firsts(drawn) {
        match wish.clone().unwrap_or(Wish::Nothing) {
            Wish::Limit(count) => limit = count,
            Wish::Page(number) => page = number,
            Wish::Sort(field, down) => order = Some((field, down)),
            wish => found.retain(|goods| fits(goods, &wish)),
        }
    }
    if let Some((field, down)) = order {
        found.sort_by(|a, b| {
            let order = key(a, field).cmp(&key(b, field));
            if down { order.reverse() } else { order }
        });
    }
    let total = found.len();
    let due: Vec<_> = found
        .iter()
        .skip((page - 1) * limit)
        .take(limit)
        .map(|goods| goods.code)
        .collect();
    let list = answer.json();
    let seen = list["payload"]
        .as_array()
        .map(|rows| rows.iter().map(|row| row["code"].as_str()));
    let seen: Vec<_> = seen
        .into_iter()
        .flatten()
        .map(Option::unwrap_or_default)
        .collect();
    if list["totalDocs"] != total || seen != due {
        return Err(format!(
            "{text}\nfinds {seen:?} of {}, not {due:?} of {total}",
            list["totalDocs"]
        ));
    }
    check_links(client, "/api/products", &list)
}

fn fits(goods: &Goods, wish: &Wish) -> bool {
    match wish {
        Wish::Search(part) => {
            let part = folded(part);
            let texts = [goods.title, goods.description, goods.code];
            texts.iter().any(|text| folded(text).contains(&part))
        }
        Wish::Title(title) => goods.title == title,
        Wish::Code(code) => goods.code == code,
        Wish::Category(category) => goods.category == category,
        Wish::Status(status) => goods.status == *status,
        Wish::Stock(least) => goods.stock >= *least,
        Wish::Price(cents) => goods.cents == *cents,
        Wish::Limit(_) | Wish::Page(_) | Wish::Sort(..) | Wish::Nothing => true,
    }
}

fn key(goods: &Goods, field: &str) -> (&'static str, i64) {
    match field {
        "title" => (goods.title, 0),
        "code" => (goods.code, 0),
        "category" => (goods.category, 0),
        "price" => ("", goods.cents),
        "stock" => ("", goods.stock),
        _ => ("", i64::from(goods.status)),
    }
}

/// A link leads to the page that it names, and from there back by a link of the same form.
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
        let there = client.ask(&format!("GET {target}"), b"", b"")?;
        let found = there.json();
        let same = ["totalDocs", "limit"]
            .iter()
            .all(|name| found[*name] == list[*name]);
        if there.status != 200 || found["page"] != list[page] || !same {
            return Err(format!("{target} leads to {} {found}", there.status));
        }
        let Some(way) = found[back].as_str() else {
            // From beyond the end the way back leads to the last page, which has no next one.
            continue;
        };
        let again = client.ask(&format!("GET {way}"), b"", b"")?.json();
        if again[link] != list[link] {
            return Err(format!("{way} leads on to {}, not {target}", again[link]));
        }
    }
    Ok(())
}

/// Whatever a string is, it is read or refused with a reason.
fn check_sound(client: &mut Client, path: &str, text: &str) -> Result<(), String> {
    let answer = client.ask(&format!("GET {path}?{text}"), b"", b"")?;
    match answer.status {
        200 if path != "/api/messages" => check_links(client, path, &answer.json()),
        200 => Ok(()),
        400 if answer.json()["code"] == "invalid_query" && !answer.blamed().is_empty() => Ok(()),
        // An address that is none is refused before it is read; what follows on the connection is none either.
        400 if answer.body.is_empty()
            && text.contains(['<', '>', '"', '^', '`', '{', '}', '\\', '|']) =>
        {
            client.leave();
            Ok(())
        }
        status => Err(format!(
            "{path}?{text}\nis answered {status}: {}",
            answer.json()
        )),
    }
}
