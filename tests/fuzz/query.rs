//! Query strings of the catalogue and of the orders: each parameter is drawn with what it must mean.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vitrina::domain::product_query::folded;

use crate::chat_frame::damaged;
use crate::random::Random;
use crate::shop::{Client, Shop};

/// What the model knows of a product.
#[derive(Debug, Clone)]
struct Goods {
    title: &'static str,
    code: &'static str,
    category: &'static str,
    description: &'static str,
    cents: i64,
    stock: i64,
    status: bool,
}

const fn goods(texts: [&'static str; 4], cents: i64, stock: i64, status: bool) -> Goods {
    let [title, code, category, description] = texts;
    Goods {
        title,
        code,
        category,
        description,
        cents,
        stock,
        status,
    }
}

const CATALOGUE: [Goods; 10] = [
    goods(["Jug", "J-1", "jugs", "A jug, 50% off"], 1990, 5, true),
    goods(["jug", "J-2", "jugs", ""], 1990, 0, true),
    goods(["Ñandú", "N-1", "birds", "ñ ÑANDÚ"], 0, 1, false),
    goods(["a.b*c", "R-1", "general", "^.*$ (a|b)+"], 35_50, 9, true),
    goods(["100%_sure", "L-1", "general", "like %_"], 35_50, 100, true),
    goods(
        ["'; DROP TABLE products;--", "S-1", "q'uote\"s", "\\"],
        1,
        7,
        false,
    ),
    goods(
        ["{\"$gt\":\"\"}", "$ne", "$where", "[$regex]"],
        999_999_999,
        1_000_000,
        true,
    ),
    goods(
        ["title:with:colons", "C:1", "a:b", "x=y&z=1"],
        1000,
        3,
        true,
    ),
    goods(["ΣΑΣ ß ﬁ", "U-1", "ünï", "🏺"], 250, 2, true),
    goods(["zz", "Z-9", "Jugs", "   "], 500, 5, false),
];

/// What a parameter asks for.
#[derive(Debug, Clone)]
enum Wish {
    Limit(usize),
    Page(usize),
    Sort(&'static str, bool),
    Search(String),
    Title(String),
    Code(String),
    Category(String),
    Status(bool),
    Stock(i64),
    Price(i64),
    Nothing,
}

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

/// A parameter: its name, its value, and what that means; `Err` for a value that it cannot have.
type Parameter = (&'static str, String, Result<Wish, ()>);
type Source = fn(&mut Random) -> Parameter;

const PRODUCT_PARAMETERS: [Source; 8] = [
    limit,
    page,
    product_sort,
    search,
    pair,
    category,
    status,
    unknown,
];
const ORDER_PARAMETERS: [Source; 6] = [limit, page, order_sort, order_pair, cancelled, unknown];

fn draw(random: &mut Random, sources: &[Source]) -> Vec<Parameter> {
    let count = random.below(6);
    (0..count).map(|_| random.pick(sources)(random)).collect()
}

fn limit(random: &mut Random) -> Parameter {
    number(random, "limit", 100, Wish::Limit)
}

fn page(random: &mut Random) -> Parameter {
    number(random, "page", 1_000_000, Wish::Page)
}

fn number(random: &mut Random, name: &'static str, max: u64, wish: fn(usize) -> Wish) -> Parameter {
    let bad = [
        "0",
        "-1",
        "x",
        "",
        "1.0",
        "1e1",
        " 1",
        "99999999999999999999",
        "0x1",
        "٣",
    ];
    match random.below(4) {
        0 => (name, random.pick(&bad).into(), Err(())),
        1 => (name, (max + 1 + random.below(9)).to_string(), Err(())),
        2 => (name, max.to_string(), Ok(wish(max as usize))),
        _ => {
            let small = 1 + random.below(4);
            let zeros = random.pick(&["", "0", "000"]);
            (name, format!("{zeros}{small}"), Ok(wish(small as usize)))
        }
    }
}

fn product_sort(random: &mut Random) -> Parameter {
    let fields = ["title", "code", "category", "price", "stock", "status"];
    let down = random.once_in(2);
    let direction = if down { "desc" } else { "asc" };
    match random.below(4) {
        0 => ("sort", direction.into(), Ok(Wish::Sort("price", down))),
        1 | 2 => {
            let field = random.pick(&fields);
            (
                "sort",
                format!("{field}:{direction}"),
                Ok(Wish::Sort(field, down)),
            )
        }
        _ => {
            let bad = [
                "up",
                "",
                ":",
                "price:",
                "ASC",
                "held:asc",
                "$natural:asc",
                "price:asc:desc",
                "_id:asc",
            ];
            ("sort", random.pick(&bad).into(), Err(()))
        }
    }
}

fn order_sort(random: &mut Random) -> Parameter {
    match random.once_in(2) {
        true => (
            "sort",
            random.pick(&["asc", "desc"]).into(),
            Ok(Wish::Nothing),
        ),
        false => (
            "sort",
            random.pick(&["amount:asc", "", "price:asc", "x"]).into(),
            Err(()),
        ),
    }
}

fn search(random: &mut Random) -> Parameter {
    let goods = &CATALOGUE[random.below(CATALOGUE.len() as u64) as usize];
    let whole = random.pick(&[goods.title, goods.code, goods.description]);
    let chars: Vec<_> = whole.chars().collect();
    let start = random.below(chars.len() as u64 + 1) as usize;
    let end = start + random.below((chars.len() - start) as u64 + 1) as usize;
    let part: String = chars[start..end].iter().collect();
    let text = match random.below(6) {
        0 => part.to_uppercase(),
        1 => part.to_lowercase(),
        2 => "x".repeat(100 + random.below(2) as usize),
        3 => random
            .pick(&["%", "_", "\u{0}", ".*", "$where", "'", "\\", "ß", "İ"])
            .into(),
        _ => part,
    };
    let is_good = (1..=100).contains(&text.chars().count());
    (
        "q",
        text.clone(),
        is_good.then_some(Wish::Search(text)).ok_or(()),
    )
}

fn pair(random: &mut Random) -> Parameter {
    let goods = &CATALOGUE[random.below(CATALOGUE.len() as u64) as usize];
    let cents = format!("{}.{:02}", goods.cents / 100, goods.cents % 100);
    let (text, wish) = match random.below(8) {
        0 => (
            format!("title:{}", goods.title),
            Ok(Wish::Title(goods.title.into())),
        ),
        1 => (
            format!("code:{}", goods.code),
            Ok(Wish::Code(goods.code.into())),
        ),
        2 => (
            format!("category:{}", goods.category),
            Ok(Wish::Category(goods.category.into())),
        ),
        3 => (
            format!("stock:{}", goods.stock),
            Ok(Wish::Stock(goods.stock)),
        ),
        4 => (format!("price:{cents}"), Ok(Wish::Price(goods.cents))),
        5 => (
            format!("status:{}", goods.status),
            Ok(Wish::Status(goods.status)),
        ),
        6 => ("category:".into(), Ok(Wish::Category(String::new()))),
        _ => {
            let bad = [
                "",
                "title",
                "colour:red",
                "stock:-1",
                "stock:x",
                "price:x",
                "price:1.234",
                "price:inf",
                "status:yes",
                "$where:1",
                ":",
                "Title:Jug",
                "stock:9223372036854775808",
            ];
            (random.pick(&bad).into(), Err(()))
        }
    };
    ("query", text, wish)
}

fn order_pair(random: &mut Random) -> Parameter {
    let (text, wish) = match random.below(3) {
        0 => ("purchaser:a@b", Ok(Wish::Nothing)),
        1 => ("cart:0123456789abcdef01234567", Ok(Wish::Nothing)),
        _ => (
            random.pick(&["cart:x", "x:y", "nothing", "cancelled:maybe", "$gt:1"]),
            Err(()),
        ),
    };
    ("query", text.into(), wish)
}

fn category(random: &mut Random) -> Parameter {
    let names = [
        "jugs",
        "Jugs",
        "general",
        "a:b",
        "$where",
        "q'uote\"s",
        "none",
    ];
    let name = random.pick(&names);
    ("category", name.into(), Ok(Wish::Category(name.into())))
}

fn status(random: &mut Random) -> Parameter {
    flag(random, "status", Wish::Status)
}

fn cancelled(random: &mut Random) -> Parameter {
    flag(random, "cancelled", |_| Wish::Nothing)
}

fn flag(random: &mut Random, name: &'static str, wish: fn(bool) -> Wish) -> Parameter {
    match random.below(3) {
        0 => (name, random.pick(&["true", "1"]).into(), Ok(wish(true))),
        1 => (name, random.pick(&["false", "0"]).into(), Ok(wish(false))),
        _ => (
            name,
            random.pick(&["yes", "", "TRUE", "2", "null"]).into(),
            Err(()),
        ),
    }
}

fn unknown(random: &mut Random) -> Parameter {
    let name = random.pick(&["utm", "", "Limit", "q[$ne]", "__proto__", "$where"]);
    (
        name,
        random.pick(&["", "1", "{}"]).into(),
        Ok(Wish::Nothing),
    )
}

/// The string, each character as it is or encoded.
fn written(drawn: &[Parameter], random: &mut Random) -> String {
    let mut text = String::new();
    for (name, value, _) in drawn {
        if !text.is_empty() {
            text.push('&');
        }
        encode(name, random, &mut text);
        text.push('=');
        encode(value, random, &mut text);
    }
    text
}

fn encode(part: &str, random: &mut Random, text: &mut String) {
    for byte in part.bytes() {
        let is_safe = byte.is_ascii_alphanumeric() || b"-._~:,'()*!$;/?@".contains(&byte);
        match byte {
            b' ' if random.once_in(2) => text.push('+'),
            _ if is_safe && !random.once_in(5) => text.push(char::from(byte)),
            _ if random.once_in(2) => text.push_str(&format!("%{byte:02x}")),
            _ => text.push_str(&format!("%{byte:02X}")),
        }
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
