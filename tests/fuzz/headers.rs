//! `If-Match` and `Idempotency-Key` in all forms in which their lines may be written.

use serde_json::json;

use crate::random::Random;
use crate::shop::{Client, Shop};

const JSON: &str = "Content-Type: application/json\r\n";

pub(crate) struct Target {
    shop: Shop,
    path: String,
}

impl Target {
    pub(crate) fn start() -> Self {
        let shop = Shop::start();
        let body = json!({ "title": "Vase", "code": "V-1", "price": 1, "stock": 1 }).to_string();
        let created =
            Client::of(&shop).fetch("POST /api/products", JSON.as_bytes(), body.as_bytes());
        let created = created.expect("a response").json();
        let id = created["payload"]["_id"].as_str().expect("an id");
        let path = format!("/api/products/{id}");
        Self { shop, path }
    }

    pub(crate) fn check(&self, seed: u64) -> Result<(), String> {
        let mut random = Random::new(seed);
        let mut client = Client::of(&self.shop);
        self.check_match(&mut client, &mut random)?;
        check_key(&mut client, &mut random, seed)
    }

    fn version(&self, client: &mut Client) -> Result<i64, String> {
        let product = client
            .fetch(&format!("GET {}", self.path), b"", b"")?
            .json();
        product["payload"]["version"]
            .as_i64()
            .ok_or_else(|| format!("no version: {product}"))
    }

    /// A change must happen exactly if one tag is the product's version or `*`.
    fn check_match(&self, client: &mut Client, random: &mut Random) -> Result<(), String> {
        let version = self.version(client)?;
        let (mut head, mut is_match) = (JSON.as_bytes().to_vec(), false);
        let lines = 1 + random.below(3);
        for _ in 0..lines {
            let (line, is_match_tag) = tag_line(version, random);
            head.extend_from_slice(b"If-Match:");
            head.extend_from_slice(&line);
            head.extend_from_slice(b"\r\n");
            is_match |= is_match_tag;
        }
        let response = client.fetch(&format!("PUT {}", self.path), &head, b"{\"status\":true}")?;
        let now = self.version(client)?;
        let expected = if is_match {
            (202, version + 1)
        } else {
            (412, version)
        };
        if (response.status, now) != expected {
            return Err(format!(
                "{}\nat version {version} is answered {}, and the version is {now}",
                String::from_utf8_lossy(&head),
                response.status
            ));
        }
        Ok(())
    }
}

/// A line of tags, and whether one of them matches.
fn tag_line(version: i64, random: &mut Random) -> (Vec<u8>, bool) {
    // A line that is not a string matches nothing.
    if random.once_in(12) {
        return (
            format!("\"{version}\", ")
                .bytes()
                .chain(*b"\"\xff\"")
                .collect(),
            false,
        );
    }
    let (mut tags, mut is_match) = (Vec::new(), false);
    for _ in 0..random.below(5) {
        let (tag, is_match_tag) = match random.below(9) {
            0 => (format!("\"{version}\""), true),
            1 => (version.to_string(), true),
            2 => (format!("\"{}\"", version + 1), false),
            3 => (format!("W/\"{version}\""), false),
            4 => ("\"9223372036854775808\"".into(), false),
            5 => (
                random
                    .pick(&[
                        "\"\"", "\"", "x", "\"x\"", "-1", "\"0\"", "1.0", "**", "\"*\"x",
                    ])
                    .into(),
                version == 0,
            ),
            6 => ("a".repeat(random.below(3_000) as usize), false),
            7 if random.once_in(4) => ("*".into(), true),
            _ => (String::new(), false),
        };
        is_match |= is_match_tag;
        tags.push(tag);
    }
    let separator = random.pick(&[",", ", ", " ,\t", ",,"]);
    (format!(" {}", tags.join(separator)).into_bytes(), is_match)
}

/// A key has 1 to 255 visible characters or spaces. The same request with it gets the same
/// response; another request is refused.
fn check_key(client: &mut Client, random: &mut Random, seed: u64) -> Result<(), String> {
    let start = format!("{seed}:");
    let (key, is_good): (Vec<u8>, bool) = match random.below(7) {
        0 => (Vec::new(), false),
        1 => (format!("{start:k<255}").into_bytes(), true),
        2 => (format!("{start:k<256}").into_bytes(), false),
        3 => (format!("{start}\u{f1}").into_bytes(), false),
        4 => (format!("{start}a\tb").into_bytes(), false),
        5 => (
            format!("{start}{{\"$ne\":null}} ' OR 1=1").into_bytes(),
            true,
        ),
        _ => (format!("{start} {}", random.next()).into_bytes(), true),
    };
    let line = [b"Idempotency-Key: ", &key[..], b"\r\n"].concat();
    let head = [JSON.as_bytes(), &line].concat();
    let is_twice = random.once_in(8);
    let twice = [&head[..], &line].concat();
    let head = if is_twice { &twice } else { &head };
    let shown = || String::from_utf8_lossy(head).into_owned();
    let body = [&b"{\"title\":7}"[..], b"{", b"[]", b""][random.below(4) as usize];
    let first = client.fetch("POST /api/products", head, body)?;
    if !is_good || is_twice {
        let is_refused = first.status == 400 && first.json()["code"] == "invalid_idempotency_key";
        return is_refused
            .then_some(())
            .ok_or_else(|| format!("{}{} {}", shown(), first.status, first.json()));
    }
    let again = client.fetch("POST /api/products", head, body)?;
    if (again.status, &again.body) != (first.status, &first.body) || first.status != 400 {
        return Err(format!(
            "{}{} {}, then {} {}",
            shown(),
            first.status,
            first.json(),
            again.status,
            again.json()
        ));
    }
    let is_kept = again.has("idempotent-replayed: true");
    let other = client.fetch("POST /api/products", head, b"{\"title\":8}")?;
    let expected = if is_kept { 422 } else { 400 };
    (other.status == expected).then_some(()).ok_or_else(|| {
        format!(
            "{}another body is answered {} {}, kept: {is_kept}",
            shown(),
            other.status,
            other.json()
        )
    })
}
