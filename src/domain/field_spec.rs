//! Field specs: the fields of requests as data.
//!
//! The readers of bodies and parameters and the API's documents follow the same lists, so that a
//! bound, a default and a description are written once.

use serde_json::Value;

use super::money::Money;

/// A field of a body, or a parameter.
#[derive(Debug, Clone, Copy)]
pub struct FieldSpec {
    pub name: &'static str,
    pub kind: FieldKind,
    pub presence: Presence,
    /// For the API's documents.
    pub description: &'static str,
    pub example: Option<Literal>,
}

/// The values of a field.
#[derive(Debug, Clone, Copy)]
pub enum FieldKind {
    /// One line that is not blank, see [`text::line`](super::text::line); an optional one may be
    /// empty.
    Line {
        max: usize,
    },
    /// See [`text::paragraphs`](super::text::paragraphs).
    Paragraphs {
        max: usize,
    },
    /// A chat message.
    Message {
        max: usize,
    },
    Email,
    /// An id of 24 hexadecimal digits.
    Id,
    /// A string with other rules.
    Text {
        /// Minimum and maximum length, in characters.
        length: Option<(usize, usize)>,
        /// A regular expression, for the documents.
        pattern: Option<&'static str>,
    },
    Boolean,
    Integer {
        min: i64,
        max: i64,
    },
    /// An integer of 64 bits without other bounds.
    AnyInteger,
    /// A number of things, at least 1.
    Count {
        max: u32,
    },
    /// Major units with at most two decimals.
    Money {
        max: Money,
    },
    Strings {
        max: usize,
    },
    Objects {
        max: usize,
        item: &'static BodySpec,
    },
    /// Files of a multipart form.
    Files {
        max: usize,
    },
}

impl FieldKind {
    pub const fn is_line(&self) -> bool {
        matches!(self, Self::Line { .. })
    }
}

#[derive(Debug, Clone, Copy)]
pub enum Presence {
    Required,
    /// A missing field is empty.
    Optional,
    /// The value of a missing field.
    Default(Literal),
}

/// A default or an example.
#[derive(Debug, Clone, Copy)]
pub enum Literal {
    Text(&'static str),
    Integer(i64),
    Number(f64),
    Boolean(bool),
    EmptyList,
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Text(text) => text.into(),
            Literal::Integer(number) => number.into(),
            Literal::Number(number) => number.into(),
            Literal::Boolean(value) => value.into(),
            Literal::EmptyList => Self::Array(Vec::new()),
        }
    }
}

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub struct BodySpec {
    /// In the API's documents.
    pub name: &'static str,
    pub description: &'static str,
    pub fields: &'static [FieldSpec],
    /// Missing fields keep their values: none is required or has a default.
    pub is_patch: bool,
}

impl FieldSpec {
    pub const fn required(name: &'static str, kind: FieldKind, description: &'static str) -> Self {
        Self {
            name,
            kind,
            presence: Presence::Required,
            description,
            example: None,
        }
    }

    pub const fn optional(name: &'static str, kind: FieldKind, description: &'static str) -> Self {
        Self {
            presence: Presence::Optional,
            ..Self::required(name, kind, description)
        }
    }

    #[must_use]
    pub const fn default(mut self, value: Literal) -> Self {
        self.presence = Presence::Default(value);
        self
    }

    #[must_use]
    pub const fn example(mut self, value: Literal) -> Self {
        self.example = Some(value);
        self
    }
}

impl FieldKind {
    /// Any string.
    pub const TEXT: Self = Self::Text {
        length: None,
        pattern: None,
    };

    /// A string that matches a regular expression.
    pub const fn pattern(pattern: &'static str) -> Self {
        Self::Text {
            length: None,
            pattern: Some(pattern),
        }
    }
}

impl BodySpec {
    pub const fn new(
        name: &'static str,
        description: &'static str,
        fields: &'static [FieldSpec],
    ) -> Self {
        Self {
            name,
            description,
            fields,
            is_patch: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_literal_is_a_json_value() {
        for (literal, value) in [
            (Literal::Text("a"), json!("a")),
            (Literal::Integer(3), json!(3)),
            (Literal::Number(49.9), json!(49.9)),
            (Literal::Boolean(true), json!(true)),
            (Literal::EmptyList, json!([])),
        ] {
            assert_eq!(Value::from(literal), value);
        }
    }

    #[test]
    fn a_field_is_required_optional_or_has_a_default() {
        let required = FieldSpec::required("x", FieldKind::TEXT, "");
        assert!(matches!(required.presence, Presence::Required));
        let optional = FieldSpec::optional("x", FieldKind::TEXT, "");
        assert!(matches!(optional.presence, Presence::Optional));
        let given = optional
            .default(Literal::Integer(1))
            .example(Literal::Integer(2));
        assert!(matches!(
            given.presence,
            Presence::Default(Literal::Integer(1))
        ));
        assert!(matches!(given.example, Some(Literal::Integer(2))));
    }
}
