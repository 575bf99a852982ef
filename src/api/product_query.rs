//! The catalogue's query string.

use super::parameters::{BOOLEAN, LIMIT, PAGE, QueryErrors, boolean};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field_spec::{FieldKind, FieldSpec, Literal};
use crate::domain::money::Money;
use crate::domain::product_query::{
    Filter, MAX_SEARCH, ProductQuery, Sort, SortField, line_fields,
};
use crate::http::query::QueryString;

pub(super) const PARAMETERS: &[FieldSpec] = &[
    LIMIT.spec(),
    PAGE.spec(),
    FieldSpec::optional(
        "sort",
        FieldKind::pattern(
            "^((title|code|category|price|stock|status|createdAt|updatedAt):)?(asc|desc)$",
        ),
        "`asc` or `desc` by price, or `field:asc` and `field:desc`. Ties are ordered by `_id`.",
    )
    .example(Literal::Text("price:asc")),
    FieldSpec::optional(
        "query",
        FieldKind::pattern(
            "^((title|code|category):[\\s\\S]*|status:(true|false|1|0)|stock:[0-9]{1,18}\
            |price:[0-9]{1,7}(\\.[0-9]{1,2})?)$",
        ),
        "One condition, `key:value`. `stock:n` means at least n.",
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
        "q",
        FieldKind::Text {
            length: Some((1, MAX_SEARCH)),
            pattern: None,
        },
        "A part of the title, description or code. Letter case is ignored, accents are not.",
    )
    .example(Literal::Text("linen")),
];

impl QueryString {
    /// The requested page of products; an error names every invalid parameter.
    pub(crate) fn product_query(&self) -> Result<ProductQuery, ValidationError> {
        let mut errors = QueryErrors::default();
        let limit = errors.keep(LIMIT.read(self));
        let page = errors.keep(PAGE.read(self));
        let sort = errors.keep(self.get("sort").map(sort).transpose());
        let search = errors.keep(self.get("q").map(search).transpose());
        let filters = [
            self.condition(filter),
            self.parameter("category", filter),
            self.parameter("status", filter),
        ]
        .map(|filter| errors.keep(filter).flatten());
        let query = || {
            Some(ProductQuery {
                limit: limit?,
                page: page?,
                sort: sort?,
                filters: filters.into_iter().flatten().collect(),
                search: search?,
            })
        };
        errors.finish(query())
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
    let descending = match direction {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    };
    field
        .zip(descending)
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
    fn every_bad_parameter_is_named() {
        let text = "limit=0&page=x&sort=up&q=&query=colour:red&status=maybe";
        let error = query(text).expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["limit", "page", "sort", "q", "query", "status"]);
    }
}
