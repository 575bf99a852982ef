//! Parameters of list queries with their expected meaning, and the catalogue that they query.

use serde_json::json;

use crate::random::Random;

/// A product in the model of the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct ModelProduct {
    pub(crate) title: &'static str,
    pub(crate) code: &'static str,
    pub(crate) category: &'static str,
    pub(crate) description: &'static str,
    pub(crate) cents: i64,
    pub(crate) stock: i64,
    pub(crate) status: bool,
}

const fn product(strings: [&'static str; 4], cents: i64, stock: i64, status: bool) -> ModelProduct {
    let [title, code, category, description] = strings;
    ModelProduct {
        title,
        code,
        category,
        description,
        cents,
        stock,
        status,
    }
}

pub(crate) const CATALOGUE: [ModelProduct; 10] = [
    product(["Jug", "J-1", "jugs", "A jug, 50% off"], 1990, 5, true),
    product(["jug", "J-2", "jugs", ""], 1990, 0, true),
    product(["Ñandú", "N-1", "birds", "ñ ÑANDÚ"], 0, 1, false),
    product(["a.b*c", "R-1", "general", "^.*$ (a|b)+"], 35_50, 9, true),
    product(["100%_sure", "L-1", "general", "like %_"], 35_50, 100, true),
    product(
        ["'; DROP TABLE products;--", "S-1", "q'uote\"s", "\\"],
        1,
        7,
        false,
    ),
    product(
        ["{\"$gt\":\"\"}", "$ne", "$where", "[$regex]"],
        999_999_999,
        1_000_000,
        true,
    ),
    product(
        ["title:with:colons", "C:1", "a:b", "x=y&z=1"],
        1000,
        3,
        true,
    ),
    product(["ΣΑΣ ß ﬁ", "U-1", "ünï", "🏺"], 250, 2, true),
    product(["zz", "Z-9", "Jugs", "   "], 500, 5, false),
];

/// The meaning of a parameter.
#[derive(Debug, Clone)]
pub(crate) enum ListOption {
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
    Available(bool),
    MinPrice(i64),
    MaxPrice(i64),
    Ignored,
}

/// A parameter: its name, its value and its meaning; `Err` for an invalid value.
pub(crate) type Parameter = (&'static str, String, Result<ListOption, ()>);
pub(crate) type Source = fn(&mut Random) -> Parameter;

pub(crate) const PRODUCT_PARAMETERS: [Source; 11] = [
    limit,
    page,
    product_sort,
    search,
    pair,
    category,
    status,
    available,
    min_price,
    max_price,
    unknown,
];
pub(crate) const ORDER_PARAMETERS: [Source; 6] =
    [limit, page, order_sort, order_pair, cancelled, unknown];

pub(crate) fn draw(random: &mut Random, sources: &[Source]) -> Vec<Parameter> {
    let count = random.below(6);
    (0..count).map(|_| random.pick(sources)(random)).collect()
}

fn limit(random: &mut Random) -> Parameter {
    number(random, "limit", 100, ListOption::Limit)
}

fn page(random: &mut Random) -> Parameter {
    number(random, "page", 1_000_000, ListOption::Page)
}

fn number(
    random: &mut Random,
    name: &'static str,
    max: u64,
    option: fn(usize) -> ListOption,
) -> Parameter {
    let bad = [
        "0",
        "-1",
        "x",
        "1.0",
        "1e1",
        " 1",
        "99999999999999999999",
        "0x1",
        "٣",
    ];
    match random.below(5) {
        0 => (name, random.pick(&bad).into(), Err(())),
        4 => (name, String::new(), Ok(ListOption::Ignored)),
        1 => (name, (max + 1 + random.below(9)).to_string(), Err(())),
        2 => (name, max.to_string(), Ok(option(max as usize))),
        _ => {
            let small = 1 + random.below(4);
            let zeros = random.pick(&["", "0", "000"]);
            (name, format!("{zeros}{small}"), Ok(option(small as usize)))
        }
    }
}

fn product_sort(random: &mut Random) -> Parameter {
    let fields = ["title", "code", "category", "price", "stock", "status"];
    let down = random.once_in(2);
    let direction = random.pick(if down {
        &["desc", "DESC", "-1"]
    } else {
        &["asc", "ASC", "1"]
    });
    match random.below(5) {
        4 => ("sort", String::new(), Ok(ListOption::Ignored)),
        0 => (
            "sort",
            direction.into(),
            Ok(ListOption::Sort("price", down)),
        ),
        1 | 2 => {
            let field = random.pick(&fields);
            (
                "sort",
                format!("{field}:{direction}"),
                Ok(ListOption::Sort(field, down)),
            )
        }
        _ => {
            let bad = [
                "up",
                ":",
                "price:",
                "Asc",
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
            random.pick(&["asc", "desc", "", "1", "-1", "DESC"]).into(),
            Ok(ListOption::Ignored),
        ),
        false => (
            "sort",
            random.pick(&["amount:asc", "price:asc", "x"]).into(),
            Err(()),
        ),
    }
}

fn search(random: &mut Random) -> Parameter {
    let product = &CATALOGUE[random.below(CATALOGUE.len() as u64) as usize];
    let whole = random.pick(&[product.title, product.code, product.description]);
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
    let option = match text.chars().count() {
        0 => Ok(ListOption::Ignored),
        1..=100 => Ok(ListOption::Search(text.clone())),
        _ => Err(()),
    };
    ("q", text, option)
}

fn pair(random: &mut Random) -> Parameter {
    let product = &CATALOGUE[random.below(CATALOGUE.len() as u64) as usize];
    let cents = format!("{}.{:02}", product.cents / 100, product.cents % 100);
    let (text, option) = match random.below(12) {
        8 => (String::new(), Ok(ListOption::Ignored)),
        9 => ("available".into(), Ok(ListOption::Available(true))),
        10 if !product.category.contains(':') => (
            product.category.into(),
            Ok(ListOption::Category(product.category.into())),
        ),
        11 => (
            json!({ "code": product.code }).to_string(),
            Ok(ListOption::Code(product.code.into())),
        ),
        0 => (
            format!("title:{}", product.title),
            Ok(ListOption::Title(product.title.into())),
        ),
        1 => (
            format!("code:{}", product.code),
            Ok(ListOption::Code(product.code.into())),
        ),
        2 => (
            format!("category:{}", product.category),
            Ok(ListOption::Category(product.category.into())),
        ),
        3 => (
            format!("stock:{}", product.stock),
            Ok(ListOption::Stock(product.stock)),
        ),
        4 => (
            format!("price:{cents}"),
            Ok(ListOption::Price(product.cents)),
        ),
        5 => (
            format!("status:{}", product.status),
            Ok(ListOption::Status(product.status)),
        ),
        6 => ("category:".into(), Ok(ListOption::Category(String::new()))),
        _ => {
            let bad = [
                "{",
                "{\"held\":1}",
                "{\"stock\":null}",
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
    ("query", text, option)
}

fn order_pair(random: &mut Random) -> Parameter {
    let (text, option) = match random.below(3) {
        0 => ("purchaser:a@b", Ok(ListOption::Ignored)),
        1 => ("cart:0123456789abcdef01234567", Ok(ListOption::Ignored)),
        _ => (
            random.pick(&["cart:x", "x:y", "nothing", "cancelled:maybe", "$gt:1"]),
            Err(()),
        ),
    };
    ("query", text.into(), option)
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
    (
        "category",
        name.into(),
        Ok(ListOption::Category(name.into())),
    )
}

fn status(random: &mut Random) -> Parameter {
    flag(random, "status", ListOption::Status)
}

fn available(random: &mut Random) -> Parameter {
    flag(random, "available", ListOption::Available)
}

fn min_price(random: &mut Random) -> Parameter {
    price(random, "minPrice", ListOption::MinPrice)
}

fn max_price(random: &mut Random) -> Parameter {
    price(random, "maxPrice", ListOption::MaxPrice)
}

fn price(random: &mut Random, name: &'static str, option: fn(i64) -> ListOption) -> Parameter {
    let product = &CATALOGUE[random.below(CATALOGUE.len() as u64) as usize];
    match random.below(4) {
        0 => (name, String::new(), Ok(ListOption::Ignored)),
        1 => {
            let bad = ["-1", "x", "1.234", "10000001", "inf", " 1"];
            (name, random.pick(&bad).into(), Err(()))
        }
        _ => {
            let text = format!("{}.{:02}", product.cents / 100, product.cents % 100);
            (name, text, Ok(option(product.cents)))
        }
    }
}

fn cancelled(random: &mut Random) -> Parameter {
    flag(random, "cancelled", |_| ListOption::Ignored)
}

fn flag(random: &mut Random, name: &'static str, option: fn(bool) -> ListOption) -> Parameter {
    match random.below(4) {
        0 => (name, random.pick(&["true", "1"]).into(), Ok(option(true))),
        3 => (name, String::new(), Ok(ListOption::Ignored)),
        1 => (name, random.pick(&["false", "0"]).into(), Ok(option(false))),
        _ => (
            name,
            random.pick(&["yes", "TRUE", "2", "null"]).into(),
            Err(()),
        ),
    }
}

fn unknown(random: &mut Random) -> Parameter {
    let name = random.pick(&["utm", "", "Limit", "q[$ne]", "__proto__", "$where"]);
    (
        name,
        random.pick(&["", "1", "{}"]).into(),
        Ok(ListOption::Ignored),
    )
}

/// The query string; each byte may be percent-encoded.
pub(crate) fn encoded(parameters: &[Parameter], random: &mut Random) -> String {
    let mut text = String::new();
    for (name, value, _) in parameters {
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
