//! Bodies, JSON and forms: members drawn with what each must mean, in any spelling, and the same bytes damaged.

use serde_json::{Value, json};

use crate::chat_frame::damaged;
use crate::random::Random;
use crate::shop::{Answer, Client, Shop};

const JSON: &[u8] = b"Content-Type: application/json\r\n";
const FORM: &[u8] = b"Content-Type: application/x-www-form-urlencoded\r\n";

/// The longest body.
const MAX_JSON: usize = 64 << 10;
const MAX_FORM: usize = 192 << 10;

/// A member as JSON and as a form write it, and the value that it must have then; `Err` for a bad one.
#[derive(Debug, Clone)]
struct Member {
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
        let made = Client::of(&shop).ask("POST /api/products", JSON, body.to_string().as_bytes());
        let made = made.expect("an answer").json();
        let id = made["payload"]["_id"].as_str().expect("an id");
        let path = format!("/api/products/{id}");
        let target = Self { shop, path };
        target.fill_the_log();
        target
    }

    /// As many frames as the shop keeps for pages that come back, 16 MiB: none that a case adds makes more of them.
    fn fill_the_log(&self) {
        let mut client = Client::of(&self.shop);
        let put = format!("PUT {}", self.path);
        for round in 0..500 {
            let long = "\u{1f3fa}".repeat(9_000);
            let body = json!({ "description": format!("{round} {long}") }).to_string();
            let answer = client.ask(&put, JSON, body.as_bytes()).expect("an answer");
            assert_eq!(answer.status, 202);
        }
    }

    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut client = Client::of(&self.shop);
        let members = draw(&mut random);
        let is_form = random.once_in(2);
        let text = match is_form {
            true => form(&members, &mut random),
            false => object(&members, &mut random),
        };
        let (kind, longest) = match is_form {
            true => (FORM, MAX_FORM),
            false => (JSON, MAX_JSON),
        };
        let put = format!("PUT {}", self.path);
        let answer = client.ask(&put, kind, text.as_bytes())?;
        let judged = match text.len() > longest {
            true => (answer.status == 413)
                .then_some(())
                .ok_or("is not too large".into()),
            false => judge(&members, is_form, &answer),
        };
        judged.map_err(|complaint| format!("{complaint}\n{text}"))?;
        let before = self.read(&mut client)?;
        let hurt = damaged(&text, &mut random);
        let answer = client.ask(&put, kind, hurt.as_bytes())?;
        let after = self.read(&mut client)?;
        match answer.status {
            202 if answer.json()["payload"] == after && is_sound(&after) => Ok(()),
            400 | 413 if after == before => Ok(()),
            status => Err(format!(
                "{hurt}\nis answered {status} {}, and {before} is {after}",
                answer.json()
            )),
        }
    }

    fn read(&self, client: &mut Client) -> Result<Value, String> {
        let answer = client.ask(&format!("GET {}", self.path), b"", b"")?;
        Ok(answer.json()["payload"].clone())
    }
}

fn draw(random: &mut Random) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for _ in 0..random.below(6) {
        let member = match random.below(9) {
            0 => text("title", 200, random),
            1 => text("category", 100, random),
            2 => text("description", 10_000, random),
            3 | 4 => number(random),
            5 => stock(random),
            6 => status(random),
            7 => owned(random),
            _ => unknown(random),
        };
        // Of several of one name JSON takes the last; a form makes a list of them.
        if members.iter().all(|other| other.name != member.name) {
            members.push(member);
        }
    }
    members
}

fn text(name: &str, most: usize, random: &mut Random) -> Member {
    let is_line = most <= 200;
    let (text, is_good) = match random.below(8) {
        0 => ("a".repeat(most), true),
        1 => ("🏺".repeat(most + 1), false),
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
    member(
        name,
        json,
        text.clone(),
        is_good.then_some(json!(text)).ok_or(()),
    )
}

fn member(name: &str, json: String, form: String, means: Result<Value, ()>) -> Member {
    Member {
        name: name.into(),
        json,
        form,
        in_json: means.clone(),
        in_form: means,
    }
}

fn number(random: &mut Random) -> Member {
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
        return member("price", literal.into(), literal.into(), Err(()));
    }
    if random.once_in(3) {
        return other_type("price", random);
    }
    let (literal, value) = random.pick(&good);
    member(
        "price",
        literal.into(),
        format!(" {literal}"),
        Ok(json!(value)),
    )
}

fn stock(random: &mut Random) -> Member {
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
        return other_type("stock", random);
    }
    if random.once_in(4) {
        // A whole number may have a point in JSON.
        return Member {
            in_form: Err(()),
            ..member("stock", "3.0".into(), "3.0".into(), Ok(json!(3)))
        };
    }
    member(
        "stock",
        literal.into(),
        literal.into(),
        good.map(|n| json!(n)).ok_or(()),
    )
}

fn status(random: &mut Random) -> Member {
    let value = random.once_in(2);
    if random.once_in(3) {
        return other_type("status", random);
    }
    let form = if value {
        random.pick(&["true", "1", "on"])
    } else {
        random.pick(&["false", "0", "off"])
    };
    member("status", value.to_string(), form.into(), Ok(json!(value)))
}

/// What is neither a number nor yes or no, in either form.
fn other_type(name: &str, random: &mut Random) -> Member {
    let json = random.pick(&[
        "null",
        "\"NaN\"",
        "[1]",
        "{\"$gt\":0}",
        "{\"$numberInt\":\"1\"}",
        "\"\"",
    ]);
    let form = random.pick(&["", "NaN", "inf", "a dozen", "1,5", "[object Object]", "nan"]);
    member(name, json.into(), form.into(), Err(()))
}

fn owned(random: &mut Random) -> Member {
    let name = random.pick(&[
        "_id",
        "id",
        "version",
        "createdAt",
        "updatedAt",
        "available",
        "__v",
    ]);
    member(name, "{\"$ne\":1}".into(), "1".into(), Ok(Value::Null))
}

fn unknown(random: &mut Random) -> Member {
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
    let name = match random.once_in(10) {
        true => "n".repeat(300),
        false => random.pick(&names).to_owned(),
    };
    member(&name, "1".into(), "1".into(), Err(()))
}

fn is_known(name: &str) -> bool {
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

fn is_owned(member: &Member) -> bool {
    member.in_json == Ok(Value::Null)
}

fn judge(members: &[Member], is_form: bool, answer: &Answer) -> Result<(), String> {
    let (status, told, answer) = (answer.status, answer.blamed(), answer.json());
    let means = |member: &Member| {
        if is_form {
            member.in_form.clone()
        } else {
            member.in_json.clone()
        }
    };
    let strangers = members
        .iter()
        .filter(|member| !is_known(&member.name) && !is_owned(member));
    let shown = |member: &Member| member.name.chars().take(100).collect::<String>();
    let mut due: Vec<_> = strangers.map(shown).collect();
    let mut code = "unknown_field";
    if due.is_empty() {
        code = "validation";
        due = members
            .iter()
            .filter(|member| means(member).is_err())
            .map(shown)
            .collect();
    }
    due.sort();
    if !due.is_empty() {
        let same = status == 400 && answer["code"] == code && told == due;
        return same
            .then_some(())
            .ok_or(format!("is answered {status} {answer}, not {code} {due:?}"));
    }
    let kept = members
        .iter()
        .filter(|member| is_known(&member.name))
        .all(|member| {
            let value = means(member).unwrap_or_default();
            let stored = &answer["payload"][&member.name];
            *stored == value
                || stored
                    .as_f64()
                    .is_some_and(|number| Some(number) == value.as_f64())
        });
    (status == 202 && kept)
        .then_some(())
        .ok_or(format!("is answered {status} {answer}"))
}

fn is_sound(product: &Value) -> bool {
    let length = |name: &str| product[name].as_str().map(|text| text.chars().count());
    let within =
        |name: &str, most: usize| length(name).is_some_and(|length| (1..=most).contains(&length));
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

/// JSON with blanks, escapes and members of the same name before the one that counts.
fn object(members: &[Member], random: &mut Random) -> String {
    let blank = |random: &mut Random| random.pick(&["", "", " ", "\n\t"]);
    let mut parts = Vec::new();
    for member in members {
        let name = spelled(&json!(member.name).to_string(), random);
        if random.once_in(6) {
            parts.push(format!("{name}:[[{{}}]]"));
        }
        let value = spelled(&member.json, random);
        parts.push(format!(
            "{}{name}{}:{}{value}",
            blank(random),
            blank(random),
            blank(random)
        ));
    }
    format!("{}{{{}}}{}", blank(random), parts.join(","), blank(random))
}

/// A literal as it is, or a text with one of its letters escaped.
fn spelled(literal: &str, random: &mut Random) -> String {
    let first = literal
        .strip_prefix('"')
        .and_then(|rest| rest.chars().next());
    match first.filter(|c| c.is_ascii_alphanumeric()) {
        Some(c) if random.once_in(3) => format!("\"\\u{:04X}{}", u32::from(c), &literal[2..]),
        _ => literal.to_owned(),
    }
}

fn form(members: &[Member], random: &mut Random) -> String {
    let mut text = String::new();
    for member in members {
        text.push_str(if text.is_empty() { "" } else { "&" });
        let pair = [(member.name.as_str(), member.form.as_str())];
        let pair = serde_urlencoded::to_string(pair).expect("a pair");
        text.push_str(&if random.once_in(3) {
            pair.replace('+', "%20")
        } else {
            pair
        });
    }
    text
}
