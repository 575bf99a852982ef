//! The members of a body by name, each as the type that is wanted or as the reason why not.

use serde_json::{Map, Value};

use super::error::{FieldError, ValidationError};
use super::field::Field;

/// What the server owns: clients send these back as they read them, and they are ignored.
const SERVER_OWNED: [&str; 7] = [
    "_id",
    "id",
    "version",
    "createdAt",
    "updatedAt",
    "available",
    "__v",
];

/// Where members came from: a form has only texts, so its numbers are read from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Every value has its type.
    Json,
    /// Every value is a text.
    Form,
}

/// Members that are taken out one by one.
#[derive(Debug)]
pub struct Members {
    map: Map<String, Value>,
    origin: Origin,
}

impl Members {
    /// Members as they were read.
    pub fn new(map: Map<String, Value>, origin: Origin) -> Self {
        Self { map, origin }
    }

    /// Refuses members that nobody asked for.
    ///
    /// # Errors
    /// Names them.
    pub fn only(mut self, known: &[&str]) -> Result<Self, ValidationError> {
        self.map
            .retain(|name, _| known.contains(&name.as_str()) || !is_server_owned(name));
        let unknown: Vec<_> = self
            .map
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
            .map(|name| FieldError::new(clip(name), "is no field that can be set"))
            .collect();
        if unknown.is_empty() {
            Ok(self)
        } else {
            Err(ValidationError::UnknownFields(unknown))
        }
    }

    /// What was sent, for a form that shows it again.
    pub fn as_typed(&self, name: &str) -> String {
        match self.map.get(name) {
            Some(Value::String(text)) => super::text::clipped(text.clone(), 20),
            _ => String::new(),
        }
    }

    /// What was sent in whole: a body bounds it.
    pub fn as_sent(&self, name: &str) -> String {
        let text = self.map.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    /// A text.
    pub fn text(&mut self, name: &str) -> Field<String> {
        self.take(name, "must be a text", |value, _| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    /// A number, as the literal that was sent.
    pub fn number(&mut self, name: &str) -> Field<String> {
        self.take(name, "must be a number", |value, origin| match value {
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) if origin == Origin::Form => Some(text.trim().to_owned()),
            _ => None,
        })
    }

    /// A whole number; one beyond 64 bits is as large as can be, which no bound allows.
    pub fn integer(&mut self, name: &str) -> Field<i64> {
        self.take(
            name,
            "must be a whole number",
            |value, origin| match value {
                Value::Number(number) => number.as_i64().or_else(|| {
                    number
                        .as_f64()
                        .filter(|n| n.fract() == 0.0)
                        .map(|n| n as i64)
                }),
                Value::String(text) if origin == Origin::Form => text.trim().parse().ok(),
                _ => None,
            },
        )
    }

    /// Yes or no.
    pub fn flag(&mut self, name: &str) -> Field<bool> {
        self.take(name, "must be true or false", |value, origin| match value {
            Value::Bool(flag) => Some(flag),
            Value::String(text) if origin == Origin::Form => match text.trim() {
                "true" | "1" | "on" => Some(true),
                "false" | "0" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        })
    }

    /// A list of texts; in a form one text is a list of one.
    pub fn texts(&mut self, name: &str) -> Field<Vec<String>> {
        self.take(
            name,
            "must be a list of texts",
            |value, origin| match value {
                Value::Array(items) => items
                    .into_iter()
                    .map(|item| match item {
                        Value::String(text) => Some(text),
                        _ => None,
                    })
                    .collect(),
                Value::String(text) if origin == Origin::Form => Some(vec![text]),
                _ => None,
            },
        )
    }

    /// A list of objects.
    pub fn objects(&mut self, name: &str) -> Field<Vec<Members>> {
        self.take(name, "must be a list of objects", |value, origin| {
            let Value::Array(items) = value else {
                return None;
            };
            items
                .into_iter()
                .map(|item| match item {
                    Value::Object(map) => Some(Members::new(map, origin)),
                    _ => None,
                })
                .collect()
        })
    }

    fn take<T>(
        &mut self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(Value, Origin) -> Option<T>,
    ) -> Field<T> {
        match self.map.remove(name) {
            None => Field::Missing,
            Some(Value::Null) => Field::Bad("must not be null"),
            Some(value) => match read(value, self.origin) {
                Some(value) => Field::Given(value),
                None => Field::Bad(expected),
            },
        }
    }
}

/// Whether a member is ignored where it is sent back.
pub fn is_server_owned(name: &str) -> bool {
    SERVER_OWNED.contains(&name)
}

/// A name from outside is not repeated at any length.
fn clip(name: &str) -> String {
    super::text::clipped(name.to_owned(), 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(json: &str, origin: Origin) -> Members {
        Members::new(serde_json::from_str(json).unwrap(), origin)
    }

    #[test]
    fn unknown_members_are_refused_and_the_servers_own_ignored() {
        let known = ["title"];
        let own = r#"{"title":"x","_id":1,"version":2,"__v":0,"available":1,"id":1}"#;
        assert!(members(own, Origin::Json).only(&known).is_ok());
        let error = members(r#"{"title":"x","titel":"y"}"#, Origin::Json)
            .only(&known)
            .expect_err("unknown");
        assert_eq!(error.fields()[0].field, "titel");
    }

    #[test]
    fn json_is_strict_about_types_and_forms_read_texts() {
        let json = r#"{"price":"1","stock":"1","status":"true","title":1,"x":null}"#;
        let mut strict = members(json, Origin::Json);
        assert!(matches!(strict.number("price"), Field::Bad(_)));
        assert!(matches!(strict.integer("stock"), Field::Bad(_)));
        assert!(matches!(strict.flag("status"), Field::Bad(_)));
        assert!(matches!(strict.text("title"), Field::Bad(_)));
        assert!(matches!(strict.text("x"), Field::Bad(_)));

        let mut form = members(json, Origin::Form);
        assert_eq!(form.number("price"), Field::Given("1".into()));
        assert_eq!(form.integer("stock"), Field::Given(1));
        assert_eq!(form.flag("status"), Field::Given(true));
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        let json = r#"{"a":3.0,"b":3.5,"c":1e300,"d":18446744073709551615}"#;
        let mut all = members(json, Origin::Json);
        assert_eq!(all.integer("a"), Field::Given(3));
        assert!(matches!(all.integer("b"), Field::Bad(_)));
        assert_eq!(all.integer("c"), Field::Given(i64::MAX));
        assert_eq!(all.integer("d"), Field::Given(i64::MAX));
    }
}
