//! The catalogue's query string.

use utoipa::IntoParams;

use crate::domain::error::{FieldError, ValidationError};
use crate::domain::money::Money;
use crate::domain::product_query::{
    Filter, MAX_LIMIT, MAX_PAGE, MAX_SEARCH, ProductQuery, Sort, SortField,
};

/// How the catalogue's parameters are described; unknown ones are ignored.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what is read below")]
pub(super) struct ProductParameters {
    /// Products on a page.
    #[param(minimum = 1, maximum = 100, default = 10)]
    limit: Option<u32>,
    /// Which page, from 1.
    #[param(minimum = 1, maximum = 1_000_000, default = 1)]
    page: Option<u32>,
    /// `asc` or `desc` by price, or a field with its direction. Ties, and everything without it, by `_id`.
    #[param(
        pattern = "^((title|code|category|price|stock|status|createdAt|updatedAt):)?(asc|desc)$",
        example = "price:asc"
    )]
    sort: Option<String>,
    /// One condition, `key:value`. `stock:n` means at least n.
    #[param(
        pattern = "^((title|code|category):[\\s\\S]*|status:(true|false|1|0)|stock:[0-9]{1,18}|price:[0-9]{1,7}(\\.[0-9]{1,2})?)$",
        example = "stock:1"
    )]
    query: Option<String>,
    /// Only this category.
    category: Option<String>,
    /// Only what is for sale, or only what is not.
    #[param(pattern = "^(true|false|1|0)$", example = "true")]
    status: Option<String>,
    /// A part of title, description or code; letter case does not count, accents do.
    #[param(min_length = 1, max_length = 100, example = "linen")]
    q: Option<String>,
}

/// The parameters of a query string, in their order, and what they ask for.
#[derive(Debug)]
pub(super) struct QueryString {
    pairs: Vec<(String, String)>,
}

impl QueryString {
    /// Takes the string apart.
    pub(super) fn parse(text: &str) -> Self {
        Self {
            // Every string of bytes is a form of some pairs.
            pairs: serde_urlencoded::from_str(text).unwrap_or_default(),
        }
    }

    /// The first value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The names of all parameters.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(key, _)| key.as_str())
    }

    /// The same string with another value of one parameter.
    pub(super) fn with(&self, name: &str, value: &str) -> String {
        let others = self.pairs.iter().filter(|(key, _)| key != name);
        let mut pairs: Vec<(&str, &str)> = others
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        pairs.push((name, value));
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }

    /// A number from `1` to `max`.
    pub(super) fn number(&self, name: &str, default: u32, max: u32) -> Result<u32, FieldError> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(|number| (1..=max).contains(number))
            .ok_or_else(|| FieldError::new(name, format!("must be a number from 1 to {max}")))
    }

    /// A whole number, if it is there.
    pub(super) fn whole(&self, name: &str) -> Result<Option<i64>, FieldError> {
        let number = self.get(name).map(str::parse).transpose();
        number.map_err(|_| FieldError::new(name, "must be a whole number"))
    }

    /// The page of the catalogue that is asked for. Unknown parameters are ignored.
    ///
    /// # Errors
    /// Every parameter with a value that it cannot have.
    pub(super) fn product_query(&self) -> Result<ProductQuery, ValidationError> {
        let mut errors = Vec::new();
        let mut keep = |error| errors.push(error);
        let mut query = ProductQuery::default();

        match self.number("limit", query.limit, MAX_LIMIT) {
            Ok(limit) => query.limit = limit,
            Err(error) => keep(error),
        }
        match self.number("page", query.page, MAX_PAGE) {
            Ok(page) => query.page = page,
            Err(error) => keep(error),
        }
        match self.get("sort").map(sort).transpose() {
            Ok(sort) => query.sort = sort,
            Err(error) => keep(error),
        }
        match self.get("q").map(search).transpose() {
            Ok(search) => query.search = search,
            Err(error) => keep(error),
        }
        for read in [
            self.pair(filter),
            self.alone("category", filter),
            self.alone("status", filter),
        ] {
            match read {
                Ok(filter) => query.filters.extend(filter),
                Err(error) => keep(error),
            }
        }
        if errors.is_empty() {
            Ok(query)
        } else {
            Err(ValidationError::Query(errors))
        }
    }

    /// `query=key:value`, where `read` knows the keys and what each takes.
    pub(super) fn pair<T, R: Into<String>>(
        &self,
        read: impl Fn(&str, &str) -> Result<T, R>,
    ) -> Result<Option<T>, FieldError> {
        let Some(text) = self.get("query") else {
            return Ok(None);
        };
        let (key, value) = text
            .split_once(':')
            .ok_or_else(|| FieldError::new("query", "must be key:value"))?;
        read(key, value)
            .map(Some)
            .map_err(|reason| FieldError::new("query", reason))
    }

    /// A key as a parameter of its own.
    pub(super) fn alone<T, R: Into<String>>(
        &self,
        key: &str,
        read: impl Fn(&str, &str) -> Result<T, R>,
    ) -> Result<Option<T>, FieldError> {
        self.get(key)
            .map(|value| read(key, value))
            .transpose()
            .map_err(|reason| FieldError::new(key, reason))
    }
}

fn filter(key: &str, value: &str) -> Result<Filter, String> {
    match key {
        "title" => Ok(Filter::Title(value.to_owned())),
        "code" => Ok(Filter::Code(value.to_owned())),
        "category" => Ok(Filter::Category(value.to_owned())),
        "status" => match value {
            "true" | "1" => Ok(Filter::Status(true)),
            "false" | "0" => Ok(Filter::Status(false)),
            _ => Err("status must be true or false".into()),
        },
        "stock" => match value.parse() {
            Ok(least) if least >= 0 => Ok(Filter::StockAtLeast(least)),
            _ => Err("stock must be a whole number".into()),
        },
        "price" => Money::parse_price(value)
            .map(Filter::Price)
            .map_err(|reason| format!("price {reason}")),
        _ => Err("has no such key: title, code, category, status, stock, price".into()),
    }
}

fn sort(text: &str) -> Result<Sort, FieldError> {
    let (field, direction) = match text.split_once(':') {
        Some((field, direction)) => (sort_field(field), direction),
        None => (Some(SortField::Price), text),
    };
    let descending = match direction {
        "asc" => Some(false),
        "desc" => Some(true),
        _ => None,
    };
    field
        .zip(descending)
        .map(|(field, descending)| Sort { field, descending })
        .ok_or_else(|| {
            FieldError::new("sort", "must be asc, desc, or field:asc with a known field")
        })
}

fn sort_field(name: &str) -> Option<SortField> {
    Some(match name {
        "title" => SortField::Title,
        "code" => SortField::Code,
        "category" => SortField::Category,
        "price" => SortField::Price,
        "stock" => SortField::Stock,
        "status" => SortField::Status,
        "createdAt" => SortField::CreatedAt,
        "updatedAt" => SortField::UpdatedAt,
        _ => return None,
    })
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

    fn query(text: &str) -> Result<ProductQuery, ValidationError> {
        QueryString::parse(text).product_query()
    }

    #[test]
    fn nothing_asks_for_the_first_ten() {
        assert_eq!(query(""), Ok(ProductQuery::default()));
        assert_eq!(query("utm=x&foo"), Ok(ProductQuery::default()));
    }

    #[test]
    fn a_value_may_have_colons() {
        let query = query("query=title:a:b").expect("valid");
        assert_eq!(query.filters, [Filter::Title("a:b".into())]);
    }

    #[test]
    fn every_bad_parameter_is_named() {
        let text = "limit=0&page=x&sort=up&q=&query=colour:red&status=maybe";
        let error = query(text).expect_err("invalid");
        let names: Vec<_> = error.fields().iter().map(|e| e.field.as_str()).collect();
        assert_eq!(names, ["limit", "page", "sort", "q", "query", "status"]);
    }

    #[test]
    fn another_page_keeps_the_other_parameters() {
        let string = QueryString::parse("page=2&q=a%20b&x=1");
        assert_eq!(string.with("page", "3"), "q=a+b&x=1&page=3");
    }
}
