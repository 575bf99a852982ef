//! The catalogue's query string.

use serde_json::{Map, Value};

use super::parameters::{BOOLEAN, LIMIT, PAGE, QueryErrors, boolean, descending};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field_spec::{FieldKind, FieldSpec, Literal};
use crate::domain::money::Money;
use crate::domain::product_query::{
    Filter, MAX_SEARCH, ProductQuery, Sort, SortField, line_fields,
};
use crate::http::query::{QueryString, shown_key};

pub(super) const PARAMETERS: &[FieldSpec] = &[
    LIMIT.spec(),
    PAGE.spec(),
    FieldSpec::optional(
        "sort",
        FieldKind::pattern(
            "^((title|code|category|price|stock|status|createdAt|updatedAt):)?(asc|desc|ASC|DESC|1|-1)$",
        ),
        "`asc` or `desc` by price, or `field:asc` and `field:desc`; `1` and `-1` mean the same. \
            Ties are ordered by `_id`.",
    )
    .example(Literal::Text("price:asc")),
    FieldSpec::optional(
        "query",
        FieldKind::pattern(
            "^(\\{[\\s\\S]*\\}|[^:]*|(title|code|category):[\\s\\S]*|status:(true|false|1|0)\
            |stock:[0-9]{1,18}|price:[0-9]{1,7}(\\.[0-9]{1,2})?)$",
        ),
        "A condition, `key:value`, or a JSON object of conditions; `stock:n` means at least n. \
            A single word is `available`, `true` or `false` (the status), or a category.",
    )
    .example(Literal::Text("stock:1")),
    FieldSpec::optional(
        "category",
        FieldKind::TEXT,
        "Only products of this category.",
    ),
    FieldSpec::optional(
        "status",
        BOOLEAN,
        "Only products that are, or are not, for sale.",
    )
    .example(Literal::Text("true")),
    FieldSpec::optional(
        "available",
        BOOLEAN,
        "Only products that can be bought now, or that cannot: for sale, with units that no cart \
            holds.",
    )
    .example(Literal::Text("true")),
    FieldSpec::optional("minPrice", PRICE, "Only products that cost at least this much.")
        .example(Literal::Text("10")),
    FieldSpec::optional("maxPrice", PRICE, "Only products that cost at most this much.")
        .example(Literal::Text("49.90")),
    FieldSpec::optional(
        "q",
        FieldKind::Text {
            length: Some((1, MAX_SEARCH)),
            pattern: None,
        },
        "A part of the title, description or code. Letter case is ignored, accents are not.",
    )
    .example(Literal::Text("linen")),
];

/// A price in a query string.
const PRICE: FieldKind = FieldKind::pattern("^[0-9]{1,8}(\\.[0-9]{1,2})?$");

impl QueryString {
    /// The requested page of products; an error names every invalid parameter. An empty parameter
    /// is an absent one: forms send their empty fields too.
    pub(crate) fn product_query(&self) -> Result<ProductQuery, ValidationError> {
        let names: Vec<_> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
        let filled = self.filled(&names);
        let mut errors = QueryErrors::default();
        let limit = errors.keep(LIMIT.read(&filled));
        let page = errors.keep(PAGE.read(&filled));
        let sort = errors.keep(filled.get("sort").map(sort).transpose());
        let search = errors.keep(filled.get("q").map(search).transpose());
        let mut filters = errors.keep(conditions(&filled)).unwrap_or_default();
        for name in ["category", "status"] {
            filters.extend(errors.keep(filled.parameter(name, filter)).flatten());
        }
        for name in ["available", "minPrice", "maxPrice"] {
            filters.extend(errors.keep(filled.parameter(name, bound)).flatten());
        }
        let query = || {
            Some(ProductQuery {
                limit: limit?,
                page: page?,
                sort: sort?,
                filters,
                search: search?,
            })
        };
        errors.finish(query())
    }
}

/// The conditions of `query`, in one of the forms in which clients write them.
fn conditions(string: &QueryString) -> Result<Vec<Filter>, FieldError> {
    match string.get("query") {
        None => Ok(Vec::new()),
        Some(text) if text.starts_with('{') => conditions_of_json(text),
        Some("available") => Ok(vec![Filter::Available(true)]),
        Some(status @ ("true" | "false")) => Ok(vec![Filter::Status(status == "true")]),
        Some(text) if text.contains(':') => {
            let condition = string.condition(filter)?;
            Ok(condition.into_iter().collect())
        }
        Some(category) => Ok(vec![Filter::Text("category", category.to_owned())]),
    }
}

fn conditions_of_json(text: &str) -> Result<Vec<Filter>, FieldError> {
    let error = |reason: String| FieldError::new("query", reason);
    let members: Map<String, Value> = serde_json::from_str(text)
        .map_err(|_| error("must be key:value, a word or a JSON object".into()))?;
    let condition = |(key, value): (&String, &Value)| {
        let value = match value {
            Value::String(string) => string.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return Err(error(format!("{} must be one value", shown_key(key)))),
        };
        filter(key, &value).map_err(|reason| error(format!("{} {reason}", shown_key(key))))
    };
    members.iter().map(condition).collect()
}

/// `available`, `minPrice` and `maxPrice`.
fn bound(name: &str, value: &str) -> Result<Filter, String> {
    match name {
        "minPrice" => Money::parse_price(value).map(Filter::PriceAtLeast),
        "maxPrice" => Money::parse_price(value).map(Filter::PriceAtMost),
        _ => boolean(value)
            .map(Filter::Available)
            .ok_or_else(|| "must be true or false".into()),
    }
}

fn filter(key: &str, value: &str) -> Result<Filter, String> {
    match key {
        "status" => boolean(value)
            .map(Filter::Status)
            .ok_or_else(|| "must be true or false".into()),
        "stock" => match value.parse() {
            Ok(least) if least >= 0 => Ok(Filter::StockAtLeast(least)),
            _ => Err("must be an integer".into()),
        },
        "price" => Money::parse_price(value).map(Filter::Price),
        _ => Filter::text(key, value).ok_or_else(|| {
            let lines: Vec<_> = line_fields().collect();
            let lines = lines.join(", ");
            format!("is an unknown key; use one of {lines}, status, stock, price")
        }),
    }
}

fn sort(text: &str) -> Result<Sort, FieldError> {
    let (field, direction) = match text.split_once(':') {
        Some((field, direction)) => (SortField::named(field), direction),
        None => (Some(SortField::PRICE), text),
    };
    field
        .zip(descending(direction))
        .map(|(field, descending)| Sort { field, descending })
        .ok_or_else(|| FieldError::new("sort", "must be asc, desc or field:asc"))
}

fn search(text: &str) -> Result<String, FieldError> {
    if (1..=MAX_SEARCH).contains(&text.chars().count()) {
        Ok(text.to_owned())
    } else {
        let reason = format!("must have 1 to {MAX_SEARCH} characters");
        Err(FieldError::new("q", reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::product::FIELDS;

    fn query(text: &str) -> Result<ProductQuery, ValidationError> {
        QueryString::parse(text).product_query()
    }

    #[test]
    fn the_default_is_the_first_page() {
        assert_eq!(query(""), Ok(ProductQuery::default()));
        assert_eq!(query("utm=x&foo"), Ok(ProductQuery::default()));
    }

    #[test]
    fn the_patterns_name_every_sort_and_every_key() {
        let pattern = |name| {
            let parameter = PARAMETERS.iter().find(|parameter| parameter.name == name);
            match parameter.map(|parameter| parameter.kind) {
                Some(FieldKind::Text {
                    pattern: Some(pattern),
                    ..
                }) => pattern,
                kind => panic!("{name}: {kind:?}"),
            }
        };
        let names = |pattern: &'static str| pattern.split(|c: char| !c.is_alphanumeric());
        let sorts: Vec<_> = names(pattern("sort")).collect();
        let keys: Vec<_> = names(pattern("query")).collect();
        for field in FIELDS {
            let is_sort = SortField::named(field.name).is_some();
            assert_eq!(sorts.contains(&field.name), is_sort, "{}", field.name);
            let is_key = filter(field.name, "1").is_ok();
            assert_eq!(keys.contains(&field.name), is_key, "{}", field.name);
        }
    }

    #[test]
    fn a_value_may_have_colons() {
        let query = query("query=title:a:b").expect("valid");
        assert_eq!(query.filters, [Filter::Text("title", "a:b".into())]);
    }

    #[test]
    fn an_empty_parameter_is_an_absent_one() {
        let empty = "limit=&page=&sort=&query=&category=&status=&available=&minPrice=&maxPrice=&q=";
        assert_eq!(query(empty), Ok(ProductQuery::default()));
    }

    #[test]
    fn a_condition_has_several_forms() {
        let filters = |value: &str| {
            let text = serde_urlencoded::to_string([("query", value)]).expect("a query");
            query(&text).map(|query| query.filters)
        };
        let category = || Filter::Text("category", "home".into());
        assert_eq!(filters("category:home"), Ok(vec![category()]));
        assert_eq!(filters("home"), Ok(vec![category()]));
        assert_eq!(filters("available"), Ok(vec![Filter::Available(true)]));
        assert_eq!(filters("true"), Ok(vec![Filter::Status(true)]));
        assert_eq!(filters("false"), Ok(vec![Filter::Status(false)]));
        let json = r#"{"category":"home","status":true,"stock":2}"#;
        let all = vec![category(), Filter::Status(true), Filter::StockAtLeast(2)];
        assert_eq!(filters(json), Ok(all));
        assert_eq!(filters("{}"), Ok(Vec::new()));
        for bad in [
            "{",
            "{\"colour\":1}",
            "{\"status\":null}",
            "{\"stock\":[1]}",
            ":",
            "a:b",
        ] {
            assert!(filters(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_direction_has_several_forms() {
        for (text, descending) in [("asc", false), ("ASC", false), ("1", false), ("-1", true)] {
            let sort = query(&format!("sort={text}")).expect("valid").sort;
            let expected = Sort {
                field: SortField::PRICE,
                descending,
            };
            assert_eq!(sort, Some(expected), "{text}");
        }
        assert!(query("sort=title:DESC").is_ok() && query("sort=Desc").is_err());
    }

    #[test]
    fn every_bad_parameter_is_named() {
        let text = "limit=0&page=x&sort=up&query=colour:red&status=maybe&available=x&minPrice=-1\
            &maxPrice=x";
        let error = query(text).expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        let expected = [
            "limit",
            "page",
            "sort",
            "query",
            "status",
            "available",
            "minPrice",
            "maxPrice",
        ];
        assert_eq!(names, expected);
    }
}
