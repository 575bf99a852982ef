//! Query strings: the parameters of the lists, each drawn with what it must mean, and the catalogue that they ask.

use crate::random::Random;

/// What the model knows of a product.
#[derive(Debug, Clone)]
pub(crate) struct Goods {
    pub(crate) title: &'static str,
    pub(crate) code: &'static str,
    pub(crate) category: &'static str,
    pub(crate) description: &'static str,
    pub(crate) cents: i64,
    pub(crate) stock: i64,
    pub(crate) status: bool,
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

pub(crate) const CATALOGUE: [Goods; 10] = [
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
pub(crate) enum Wish {
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

/// A parameter: its name, its value, and what that means; `Err` for a value that it cannot have.
pub(crate) type Parameter = (&'static str, String, Result<Wish, ()>);
pub(crate) type Source = fn(&mut Random) -> Parameter;

pub(crate) const PRODUCT_PARAMETERS: [Source; 8] = [
    limit,
    page,
    product_sort,
    search,
    pair,
    category,
    status,
    unknown,
];
pub(crate) const ORDER_PARAMETERS: [Source; 6] =
    [limit, page, order_sort, order_pair, cancelled, unknown];

pub(crate) fn draw(random: &mut Random, sources: &[Source]) -> Vec<Parameter> {
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
pub(crate) fn written(drawn: &[Parameter], random: &mut Random) -> String {
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
