//! JSON and form bodies: random fields with known expectations, in any valid encoding, then
//! damaged.

use serde_json::{Value, json};

use crate::chat_frame::damage;
use crate::random::Random;
use crate::shop::{Client, Response, Shop};

const JSON: &[u8] = b"Content-Type: application/json\r\n";
const FORM: &[u8] = b"Content-Type: application/x-www-form-urlencoded\r\n";

/// Limits of a body, in bytes.
const MAX_JSON: usize = 64 << 10;
const MAX_FORM: usize = 192 << 10;

/// A field encoded as JSON and as a form, and its expected value in either; `Err` if it is invalid.
#[derive(Debug, Clone)]
struct Field {
    name: String,
    json: String,
    form: String,
    in_json: Result<Value, ()>,
    in_form: Result<Value, ()>,
}

pub(crate) struct Target {
    shop: Shop,
    path: String,
}

impl Target {
    pub(crate) fn start() -> Self {
        let shop = Shop::start();
        let body = json!({ "title": "Vase", "code": "V-1", "price": 1, "stock": 1 });
        let created =
            Client::of(&shop).fetch("POST /api/products", JSON, body.to_string().as_bytes());
        let created = created.expect("a response").json();
        let id = created["payload"]["_id"].as_str().expect("an id");
        let path = format!("/api/products/{id}");
        let target = Self { shop, path };
        target.fill_frame_log();
        target
    }

    /// Fills the product stream's frame log, so that no case makes memory grow.
    fn fill_frame_log(&self) {
        let mut client = Client::of(&self.shop);
        let put = format!("PUT {}", self.path);
        for round in 0..500 {
            let long = "\u{1f3fa}".repeat(9_000);
            let body = json!({ "description": format!("{round} {long}") }).to_string();
            let response = client
                .fetch(&put, JSON, body.as_bytes())
                .expect("a response");
            assert_eq!(response.status, 202);
        }
    }

    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut client = Client::of(&self.shop);
        let fields = draw(&mut random);
        let is_form = random.once_in(2);
        let (text, kind, max) = if is_form {
            (form(&fields, &mut random), FORM, MAX_FORM)
        } else {
            (object(&fields, &mut random), JSON, MAX_JSON)
        };
        let put = format!("PUT {}", self.path);
        let response = client.fetch(&put, kind, text.as_bytes())?;
        let result = if text.len() > max {
            let is_refused = response.status == 413;
            is_refused.then_some(()).ok_or("is not refused".into())
        } else {
            check_response(&fields, is_form, &response)
        };
        result.map_err(|error| format!("{error}\n{text}"))?;
        let before = self.read(&mut client)?;
        let damaged = damage(&text, &mut random);
        let response = client.fetch(&put, kind, damaged.as_bytes())?;
        let after = self.read(&mut client)?;
        match response.status {
            202 if response.json()["payload"] == after && is_valid(&after) => Ok(()),
            400 | 413 if after == before => Ok(()),
            status => Err(format!(
                "{damaged}\nis answered {status} {}, and {before} is {after}",
                response.json()
            )),
        }
    }

    fn read(&self, client: &mut Client) -> Result<Value, String> {
        let response = client.fetch(&format!("GET {}", self.path), b"", b"")?;
        Ok(response.json()["payload"].clone())
    }
}

fn draw(random: &mut Random) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for _ in 0..random.below(6) {
        let field = match random.below(9) {
            0 => text("title", 200, random),
            1 => text("category", 100, random),
            2 => text("description", 10_000, random),
            3 | 4 => number(random),
            5 => stock(random),
            6 => status(random),
            7 => server_owned(random),
            _ => unknown(random),
        };
        // Of duplicate names JSON takes the last, and a form makes a list.
        if fields.iter().all(|other| other.name != field.name) {
            fields.push(field);
        }
    }
    fields
}

fn text(name: &str, max: usize, random: &mut Random) -> Field {
    let is_line = max <= 200;
    let (text, is_good) = match random.below(8) {
        0 => ("a".repeat(max), true),
        1 => ("🏺".repeat(max + 1), false),
        2 => (
            random.pick(&["", " ", "\u{a0}", "\t\n"]).to_owned(),
            !is_line,
        ),
        3 => (
            random
                .pick(&["\0", "a\u{1b}[31m", "\u{7f}", "a\u{85}"])
                .to_owned(),
            false,
        ),
        4 => ("two\r\nlines".to_owned(), !is_line),
        5 => (
            random
                .pick(&[
                    "{\"$gt\":\"\"}",
                    "'; DROP TABLE x;--",
                    "\u{202e}abc",
                    "<script>",
                    "\u{fffe}",
                ])
                .to_owned(),
            true,
        ),
        _ => (
            random
                .pick(&["Jug", "ñandú & más=1", "a\\b/c\"d", "+%25", " x "])
                .to_owned(),
            true,
        ),
    };
    let is_good = is_good && text != "\u{a0}" || !is_line && text == "\u{a0}";
    let json = json!(text).to_string();
    field(
        name,
        json,
        text.clone(),
        is_good.then_some(json!(text)).ok_or(()),
    )
}

fn field(name: &str, json: String, form: String, value_of: Result<Value, ()>) -> Field {
    Field {
        name: name.into(),
        json,
        form,
        in_json: value_of.clone(),
        in_form: value_of,
    }
}

fn number(random: &mut Random) -> Field {
    let good = [
        ("0", 0.0),
        ("19.99", 19.99),
        ("1e3", 1000.0),
        ("10000000", 1e7),
        ("0.10", 0.1),
        ("-0", 0.0),
        ("0.29", 0.29),
    ];
    let bad = [
        "-1",
        "0.001",
        "10000000.01",
        "1e300",
        "-1e-9",
        "9223372036854775808",
        "19.990000001",
    ];
    if random.once_in(3) {
        let literal = random.pick(&bad);
        return field("price", literal.into(), literal.into(), Err(()));
    }
    if random.once_in(3) {
        return wrong_type("price", random);
    }
    let (literal, value) = random.pick(&good);
    field(
        "price",
        literal.into(),
        format!(" {literal}"),
        Ok(json!(value)),
    )
}

fn stock(random: &mut Random) -> Field {
    let literal = random.pick(&[
        "0",
        "7",
        "1000000",
        "1000001",
        "-1",
        "1.5",
        "1e300",
        "18446744073709551615",
    ]);
    let good = literal
        .parse::<i64>()
        .ok()
        .filter(|n| (0..=1_000_000).contains(n));
    if random.once_in(4) {
        return wrong_type("stock", random);
    }
    if random.once_in(4) {
        // In JSON an integer may have a decimal point.
        return Field {
            in_form: Err(()),
            ..field("stock", "3.0".into(), "3.0".into(), Ok(json!(3)))
        };
    }
    field(
        "stock",
        literal.into(),
        literal.into(),
        good.map(|n| json!(n)).ok_or(()),
    )
}

fn status(random: &mut Random) -> Field {
    let value = random.once_in(2);
    if random.once_in(3) {
        return wrong_type("status", random);
    }
    let form = if value {
        random.pick(&["true", "1", "on"])
    } else {
        random.pick(&["false", "0", "off"])
    };
    field("status", value.to_string(), form.into(), Ok(json!(value)))
}

/// A value that is neither a number nor a boolean, in either encoding.
fn wrong_type(name: &str, random: &mut Random) -> Field {
    let json = random.pick(&[
        "null",
        "\"NaN\"",
        "[1]",
        "{\"$gt\":0}",
        "{\"$numberInt\":\"1\"}",
        "\"\"",
    ]);
    let form = random.pick(&["", "NaN", "inf", "a dozen", "1,5", "[object Object]", "nan"]);
    field(name, json.into(), form.into(), Err(()))
}

fn server_owned(random: &mut Random) -> Field {
    let name = random.pick(&[
        "_id",
        "id",
        "version",
        "createdAt",
        "updatedAt",
        "available",
        "__v",
    ]);
    field(name, "{\"$ne\":1}".into(), "1".into(), Ok(Value::Null))
}

fn unknown(random: &mut Random) -> Field {
    let names = [
        "titel",
        "$set",
        "$where",
        "stock.$gt",
        "__proto__",
        "constructor",
        "a.b",
        "price ",
        "ѕtock",
        "role",
        "held",
        "\u{202e}x",
    ];
    let name = if random.once_in(10) {
        "n".repeat(300)
    } else {
        random.pick(&names).to_owned()
    };
    field(&name, "1".into(), "1".into(), Err(()))
}

fn is_writable(name: &str) -> bool {
    [
        "title",
        "category",
        "description",
        "price",
        "stock",
        "status",
    ]
    .contains(&name)
}

fn is_server_owned(field: &Field) -> bool {
    field.in_json == Ok(Value::Null)
}

fn check_response(fields: &[Field], is_form: bool, response: &Response) -> Result<(), String> {
    let (status, reported, response) = (response.status, response.error_fields(), response.json());
    let value_of = |field: &Field| {
        if is_form {
            field.in_form.clone()
        } else {
            field.in_json.clone()
        }
    };
    let unknown = fields
        .iter()
        .filter(|field| !is_writable(&field.name) && !is_server_owned(field));
    let shown = |field: &Field| field.name.chars().take(100).collect::<String>();
    let mut expected: Vec<_> = unknown.map(shown).collect();
    let mut code = "unknown_field";
    if expected.is_empty() {
        code = "validation";
        expected = fields
            .iter()
            .filter(|field| value_of(field).is_err())
            .map(shown)
            .collect();
    }
    expected.sort();
    if !expected.is_empty() {
        let is_expected = status == 400 && response["code"] == code && reported == expected;
        return is_expected.then_some(()).ok_or(format!(
            "is answered {status} {response}, not {code} {expected:?}"
        ));
    }
    let is_stored = fields
        .iter()
        .filter(|field| is_writable(&field.name))
        .all(|field| {
            let value = value_of(field).unwrap_or_default();
            let stored = &response["payload"][&field.name];
            *stored == value
                || stored
                    .as_f64()
                    .is_some_and(|number| Some(number) == value.as_f64())
        });
    (status == 202 && is_stored)
        .then_some(())
        .ok_or(format!("is answered {status} {response}"))
}

fn is_valid(product: &Value) -> bool {
    let length = |name: &str| product[name].as_str().map(|text| text.chars().count());
    let within =
        |name: &str, max: usize| length(name).is_some_and(|length| (1..=max).contains(&length));
    let price = product["price"].as_f64().unwrap_or(-1.0);
    within("title", 200)
        && within("category", 100)
        && length("description").is_some_and(|length| length <= 10_000)
        && (0.0..=1e7).contains(&price)
        && ((price * 100.0).round() / 100.0 - price).abs() < 1e-9
        && product["stock"]
            .as_i64()
            .is_some_and(|stock| (0..=1_000_000).contains(&stock))
        && product["status"].is_boolean()
        && product["code"] == "V-1"
}

/// Encodes fields as JSON with blanks, escapes, and duplicate names before the one that counts.
fn object(fields: &[Field], random: &mut Random) -> String {
    let blank = |random: &mut Random| random.pick(&["", "", " ", "\n\t"]);
    let mut parts = Vec::new();
    for field in fields {
        let name = escaped(&json!(field.name).to_string(), random);
        if random.once_in(6) {
            parts.push(format!("{name}:[[{{}}]]"));
        }
        let value = escaped(&field.json, random);
        parts.push(format!(
            "{}{name}{}:{}{value}",
            blank(random),
            blank(random),
            blank(random)
        ));
    }
    format!("{}{{{}}}{}", blank(random), parts.join(","), blank(random))
}

/// Escapes the first letter of some strings; other literals are unchanged.
fn escaped(literal: &str, random: &mut Random) -> String {
    let first = literal
        .strip_prefix('"')
        .and_then(|rest| rest.chars().next());
    match first.filter(|c| c.is_ascii_alphanumeric()) {
        Some(c) if random.once_in(3) => format!("\"\\u{:04X}{}", u32::from(c), &literal[2..]),
        _ => literal.to_owned(),
    }
}

fn form(fields: &[Field], random: &mut Random) -> String {
    let mut text = String::new();
    for field in fields {
        text.push_str(if text.is_empty() { "" } else { "&" });
        let pair = [(field.name.as_str(), field.form.as_str())];
        let pair = serde_urlencoded::to_string(pair).expect("a pair");
        text.push_str(&if random.once_in(3) {
            pair.replace('+', "%20")
        } else {
            pair
        });
    }
    text
}
