//! The members of a request body by name: each read as a type, or as the reason why it is invalid.

use serde_json::{Map, Value};

use super::error::{FieldError, ValidationError};
use super::field::Field;

/// Members that the server sets. Clients send them back as they read them; they are ignored.
const SERVER_OWNED: [&str; 7] = [
    "_id",
    "id",
    "version",
    "createdAt",
    "updatedAt",
    "available",
    "__v",
];

/// How members are encoded. A form has only strings, so its numbers are parsed from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyFormat {
    /// Values have types.
    Json,
    /// Every value is a string.
    Form,
}

/// Members that are taken out one by one.
#[derive(Debug)]
pub struct BodyFields {
    map: Map<String, Value>,
    format: BodyFormat,
}

impl BodyFields {
    pub fn new(map: Map<String, Value>, format: BodyFormat) -> Self {
        Self { map, format }
    }

    #[cfg(test)]
    pub(crate) fn of_json(body: Value) -> Self {
        match body {
            Value::Object(map) => Self::new(map, BodyFormat::Json),
            _ => panic!("a body is an object"),
        }
    }

    /// Drops members that the server owns and refuses other unknown ones, all by name.
    pub fn only(mut self, known: &[&str]) -> Result<Self, ValidationError> {
        self.map
            .retain(|name, _| known.contains(&name.as_str()) || !is_server_owned(name));
        let unknown: Vec<_> = self
            .map
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| FieldError::new(clip(name), "is an unknown field"))
            .collect();
        if unknown.is_empty() {
            Ok(self)
        } else {
            Err(ValidationError::UnknownFields(unknown))
        }
    }

    /// Accepts another name of a field; returns whether the field was sent only under this name.
    pub fn accept_alias(&mut self, alias: &str, name: &str) -> bool {
        match self.map.remove(alias) {
            Some(value) if !self.map.contains_key(name) => {
                self.map.insert(name.to_owned(), value);
                true
            }
            _ => false,
        }
    }

    /// The start of what was sent, for a form that shows it again.
    pub fn as_typed(&self, name: &str) -> String {
        match self.map.get(name) {
            Some(Value::String(text)) => super::text::clipped(text.clone(), 20),
            _ => String::new(),
        }
    }

    /// All of what was sent; the limit on bodies bounds it.
    pub fn as_sent(&self, name: &str) -> String {
        let text = self.map.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    /// Replaces a member that is a string.
    pub fn edit(&mut self, name: &str, edit: impl FnOnce(&str) -> String) {
        if let Some(Value::String(text)) = self.map.get_mut(name) {
            *text = edit(text);
        }
    }

    pub fn string(&mut self, name: &str) -> Field<String> {
        self.take(name, "must be a string", |value, _| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// The literal of a number as it was sent.
    pub fn number(&mut self, name: &str) -> Field<String> {
        self.take(name, "must be a number", |value, format| match value {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) if format == BodyFormat::Form => Some(text.trim().to_owned()),
            _ => None,
        })
    }

    /// An integer; `3.0` counts as one. A number beyond 64 bits becomes `i64::MAX`, which no bound
    /// allows.
    pub fn integer(&mut self, name: &str) -> Field<i64> {
        self.take(name, "must be an integer", |value, format| match value {
            Value::Number(number) => number.as_i64().or_else(|| {
                number
                    .as_f64()
                    .filter(|n| n.fract() == 0.0)
                    .map(|n| n as i64)
            }),
            Value::String(text) if format == BodyFormat::Form => text.trim().parse().ok(),
            _ => None,
        })
    }

    pub fn boolean(&mut self, name: &str) -> Field<bool> {
        self.take(name, "must be a boolean", |value, format| match value {
            Value::Bool(flag) => Some(flag),
            Value::String(text) if format == BodyFormat::Form => match text.trim() {
                "true" | "1" | "on" => Some(true),
                "false" | "0" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }

    /// An array of strings; a single string of a form is an array of one.
    pub fn strings(&mut self, name: &str) -> Field<Vec<String>> {
        self.take(
            name,
            "must be an array of strings",
            |value, format| match value {
                Value::Array(items) => items
                    .into_iter()
                    .map(|item| match item {
                        Value::String(text) => Some(text),
                        _ => None,
                    })
                    .collect(),
                Value::String(text) if format == BodyFormat::Form => Some(vec![text]),
                _ => None,
            },
        )
    }

    pub fn objects(&mut self, name: &str) -> Field<Vec<BodyFields>> {
        self.take(name, "must be an array of objects", |value, format| {
            let Value::Array(items) = value else {
                return None;
            };
            items
                .into_iter()
                .map(|item| match item {
                    Value::Object(map) => Some(BodyFields::new(map, format)),
                    _ => None,
                })
                .collect()
        })
    }

    fn take<T>(
        &mut self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(Value, BodyFormat) -> Option<T>,
    ) -> Field<T> {
        match self.map.remove(name) {
            None => Field::Missing,
            Some(Value::Null) => Field::Invalid("must not be null"),
            Some(value) => match read(value, self.format) {
                Some(value) => Field::Present(value),
                None => Field::Invalid(expected),
            },
        }
    }
}

pub fn is_server_owned(name: &str) -> bool {
    SERVER_OWNED.contains(&name)
}

/// Error messages repeat a client's name only up to this length.
fn clip(name: &str) -> String {
    super::text::clipped(name.to_owned(), 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(json: &str, format: BodyFormat) -> BodyFields {
        BodyFields::new(serde_json::from_str(json).unwrap(), format)
    }

    #[test]
    fn unknown_members_are_refused_and_server_owned_ones_ignored() {
        let known = ["title"];
        let own = r#"{"title":"x","_id":1,"version":2,"__v":0,"available":1,"id":1}"#;
        assert!(members(own, BodyFormat::Json).only(&known).is_ok());
        let error = members(r#"{"title":"x","titel":"y"}"#, BodyFormat::Json)
            .only(&known)
            .expect_err("unknown");
        assert_eq!(error.fields()[0].field, "titel");
    }

    #[test]
    fn json_is_strict_about_types_and_forms_parse_strings() {
        let json = r#"{"price":"1","stock":"1","status":"true","title":1,"x":null}"#;
        let mut strict = members(json, BodyFormat::Json);
        assert!(matches!(strict.number("price"), Field::Invalid(_)));
        assert!(matches!(strict.integer("stock"), Field::Invalid(_)));
        assert!(matches!(strict.boolean("status"), Field::Invalid(_)));
        assert!(matches!(strict.string("title"), Field::Invalid(_)));
        assert!(matches!(strict.string("x"), Field::Invalid(_)));

        let mut form = members(json, BodyFormat::Form);
        assert_eq!(form.number("price"), Field::Present("1".into()));
        assert_eq!(form.integer("stock"), Field::Present(1));
        assert_eq!(form.boolean("status"), Field::Present(true));
    }

    #[test]
    fn integers_may_have_a_decimal_point() {
        let json = r#"{"a":3.0,"b":3.5,"c":1e300,"d":18446744073709551615}"#;
        let mut all = members(json, BodyFormat::Json);
        assert_eq!(all.integer("a"), Field::Present(3));
        assert!(matches!(all.integer("b"), Field::Invalid(_)));
        assert_eq!(all.integer("c"), Field::Present(i64::MAX));
        assert_eq!(all.integer("d"), Field::Present(i64::MAX));
    }

    #[test]
    fn an_alias_counts_only_without_the_name() {
        let mut alias = members(r#"{"qty":2}"#, BodyFormat::Json);
        assert!(alias.accept_alias("qty", "quantity"));
        assert_eq!(alias.integer("quantity"), Field::Present(2));

        let mut both = members(r#"{"qty":2,"quantity":3}"#, BodyFormat::Json);
        assert!(!both.accept_alias("qty", "quantity"));
        let mut both = both.only(&["quantity"]).expect("no other name");
        assert_eq!(both.integer("quantity"), Field::Present(3));

        let mut neither = members("{}", BodyFormat::Json);
        assert!(!neither.accept_alias("qty", "quantity"));
        assert_eq!(neither.integer("quantity"), Field::Missing);
    }

    #[test]
    fn a_form_gets_back_what_was_sent() {
        let json = r#"{"title":"a title of more than 20 characters","stock":1}"#;
        let form = members(json, BodyFormat::Form);
        assert_eq!(form.as_typed("title"), "a title of more than");
        assert_eq!(form.as_sent("title"), "a title of more than 20 characters");
        for name in ["stock", "other"] {
            assert_eq!(
                (form.as_typed(name), form.as_sent(name)),
                Default::default()
            );
        }
    }

    #[test]
    fn json_members_are_read_by_their_types() {
        let json = r#"{"string":" x ","number":1.50,"boolean":false,"strings":["a","b"],
            "objects":[{"a":1},{"a":2}]}"#;
        let mut all = members(json, BodyFormat::Json);
        assert_eq!(all.string("string"), Field::Present(" x ".into()));
        assert_eq!(all.number("number"), Field::Present("1.5".into()));
        assert_eq!(all.boolean("boolean"), Field::Present(false));
        let strings = vec!["a".into(), "b".into()];
        assert_eq!(all.strings("strings"), Field::Present(strings));
        let Field::Present(mut objects) = all.objects("objects") else {
            panic!("an array of objects");
        };
        let numbers: Vec<_> = objects.iter_mut().map(|body| body.integer("a")).collect();
        assert_eq!(numbers, [Field::Present(1), Field::Present(2)]);
    }

    #[test]
    fn a_list_has_only_members_of_its_type() {
        let json = r#"{"strings":["a",1],"objects":[{},"a"],"string":"a","object":{}}"#;
        let mut all = members(json, BodyFormat::Json);
        assert!(matches!(all.strings("strings"), Field::Invalid(_)));
        assert!(matches!(all.strings("string"), Field::Invalid(_)));
        assert!(matches!(all.objects("objects"), Field::Invalid(_)));
        assert!(matches!(all.objects("object"), Field::Invalid(_)));
    }

    #[test]
    fn strings_of_a_form_are_trimmed_numbers_and_switches() {
        let json = r#"{"number":" 1.50 ","integer":" 7 ","yes":" on ","one":"1","no":"false",
            "zero":"0","off":"off","maybe":"maybe","words":"seven","list":"a"}"#;
        let mut form = members(json, BodyFormat::Form);
        assert_eq!(form.number("number"), Field::Present("1.50".into()));
        assert_eq!(form.integer("integer"), Field::Present(7));
        assert!(matches!(form.integer("words"), Field::Invalid(_)));
        for (name, value) in [
            ("yes", true),
            ("one", true),
            ("no", false),
            ("zero", false),
            ("off", false),
        ] {
            assert_eq!(form.boolean(name), Field::Present(value), "{name}");
        }
        assert!(matches!(form.boolean("maybe"), Field::Invalid(_)));
        assert_eq!(form.strings("list"), Field::Present(vec!["a".into()]));
    }

    #[test]
    fn a_member_is_missing_or_null_for_every_type() {
        let mut all = members(r#"{"null":null}"#, BodyFormat::Json);
        assert_eq!(all.strings("null"), Field::Invalid("must not be null"));
        assert_eq!(all.strings("null"), Field::Missing, "it was taken");
        assert_eq!(all.boolean("other"), Field::Missing);
        assert!(matches!(all.objects("other"), Field::Missing));
    }

    #[test]
    fn an_error_repeats_the_start_of_a_long_name() {
        let body = serde_json::json!({ "n".repeat(101): 1 });
        let error = BodyFields::of_json(body).only(&[]).expect_err("unknown");
        assert_eq!(error.fields()[0].field, "n".repeat(100));
    }

    #[test]
    fn only_a_string_can_be_edited() {
        let mut all = members(r#"{"title":"a","stock":1}"#, BodyFormat::Form);
        for name in ["title", "stock", "other"] {
            all.edit(name, |text| format!("{text}!"));
        }
        assert_eq!(all.string("title"), Field::Present("a!".into()));
        assert_eq!(all.integer("stock"), Field::Present(1));
        assert_eq!(all.string("other"), Field::Missing);
    }
}
