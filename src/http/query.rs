//! Query strings.

use crate::domain::error::FieldError;
use crate::domain::text;

/// Errors repeat a key up to this length.
const MAX_SHOWN_KEY: usize = 100;

/// The parameters of a query string, in their order. Readers of single resources are added where
/// their parameters are documented.
#[derive(Debug)]
pub(crate) struct QueryString {
    pairs: Vec<(String, String)>,
}

impl QueryString {
    pub(crate) fn parse(query: &str) -> Self {
        Self {
            // Never fails: every byte string decodes to some pairs.
            pairs: serde_urlencoded::from_str(query).unwrap_or_default(),
        }
    }

    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().map(|(key, _)| key.as_str())
    }

    /// Only the named parameters that have a value: forms send their empty fields too.
    pub(crate) fn filled(&self, names: &[&str]) -> Self {
        let filled = names
            .iter()
            .filter_map(|name| Some((*name, self.get(name)?)))
            .filter(|(_, value)| !value.is_empty());
        Self {
            pairs: filled
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// The query string with another value of one parameter.
    pub(crate) fn with(&self, name: &str, value: &str) -> String {
        let others = self.pairs.iter().filter(|(key, _)| key != name);
        let mut pairs: Vec<(&str, &str)> = others
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        pairs.push((name, value));
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }

    /// A number from 1 to `max`.
    pub(crate) fn number(&self, name: &str, default: u32, max: u32) -> Result<u32, FieldError> {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        text.parse()
            .ok()
            .filter(|number| (1..=max).contains(number))
            .ok_or_else(|| FieldError::new(name, format!("must be a number from 1 to {max}")))
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>, FieldError> {
        let number = self.get(name).map(str::parse).transpose();
        number.map_err(|_| FieldError::new(name, "must be an integer"))
    }

    /// `query=key:value`, read by a function of both. Its errors are about the key.
    pub(crate) fn condition<T, R: Into<String>>(
        &self,
        read: impl Fn(&str, &str) -> Result<T, R>,
    ) -> Result<Option<T>, FieldError> {
        let Some(text) = self.get("query") else {
            return Ok(None);
        };
        let (key, value) = text
            .split_once(':')
            .ok_or_else(|| FieldError::new("query", "must be key:value"))?;
        read(key, value).map(Some).map_err(|reason| {
            FieldError::new("query", format!("{} {}", shown_key(key), reason.into()))
        })
    }

    /// `key=value`, read by a function of both.
    pub(crate) fn parameter<T, R: Into<String>>(
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

/// A key of `query` in an error.
pub(crate) fn shown_key(key: &str) -> String {
    text::clipped(key.to_owned(), MAX_SHOWN_KEY)
}

/// The address of a path with these parameters; those without a value are left out.
pub(crate) fn url<'a>(path: &str, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    match serde_urlencoded::to_string(pairs.collect::<Vec<_>>()) {
        Ok(query) if !query.is_empty() => format!("{path}?{query}"),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_parameters_stay_on_another_page() {
        let string = QueryString::parse("page=2&q=a%20b&x=1");
        assert_eq!(string.with("page", "3"), "q=a+b&x=1&page=3");
    }

    #[test]
    fn empty_fields_are_not_filled() {
        let string =
            QueryString::parse("q=&sort=price&x=1&category=%20").filled(&["q", "sort", "category"]);
        assert_eq!(string.names().collect::<Vec<_>>(), ["sort", "category"]);
    }

    #[test]
    fn an_address_has_only_parameters_with_a_value() {
        assert_eq!(url("/", [("q", "a b"), ("page", "")]), "/?q=a+b");
        assert_eq!(url("/", [("q", "")]), "/");
    }

    #[test]
    fn the_first_of_several_values_counts() {
        let string = QueryString::parse("a=1&b=%26&a=2");
        assert_eq!((string.get("a"), string.get("b")), (Some("1"), Some("&")));
        assert_eq!(string.get("c"), None);
        assert_eq!(string.names().collect::<Vec<_>>(), ["a", "b", "a"]);
    }

    #[test]
    fn a_number_is_within_its_bounds_or_the_default() {
        let number = |query| QueryString::parse(query).number("page", 7, 9);
        assert_eq!(
            (number("page=1"), number("page=9"), number("")),
            (Ok(1), Ok(9), Ok(7))
        );
        let error = FieldError::new("page", "must be a number from 1 to 9");
        for query in ["page=0", "page=10", "page=", "page=x", "page=-1"] {
            assert_eq!(number(query), Err(error.clone()), "{query}");
        }
    }

    #[test]
    fn an_integer_may_be_missing_or_negative() {
        let integer = |query| QueryString::parse(query).integer("before");
        assert_eq!(
            (integer("before=-3"), integer("")),
            (Ok(Some(-3)), Ok(None))
        );
        let error = FieldError::new("before", "must be an integer");
        assert_eq!(integer("before=1.5"), Err(error));
    }

    #[test]
    fn a_condition_is_a_key_and_a_value() {
        let condition = |query| {
            QueryString::parse(query).condition(|key, value| match key {
                "code" => Ok(value.to_owned()),
                _ => Err("is unknown"),
            })
        };
        assert_eq!(condition("query=code:A:B"), Ok(Some("A:B".into())));
        assert_eq!(condition("code=A"), Ok(None));
        let error = |reason: &str| Err(FieldError::new("query", reason));
        assert_eq!(condition("query=code"), error("must be key:value"));
        assert_eq!(condition("query=x:A"), error("x is unknown"));
        let long = format!("query={}:A", "k".repeat(101));
        assert_eq!(
            condition(&long),
            error(&format!("{} is unknown", "k".repeat(100)))
        );
    }

    #[test]
    fn an_error_of_a_parameter_names_it() {
        let parameter = |query| {
            let read = |_: &str, value: &str| value.parse::<u8>().map_err(|_| "must be small");
            QueryString::parse(query).parameter("size", read)
        };
        assert_eq!(
            (parameter("size=9"), parameter("")),
            (Ok(Some(9)), Ok(None))
        );
        assert_eq!(
            parameter("size=999"),
            Err(FieldError::new("size", "must be small"))
        );
    }
}
