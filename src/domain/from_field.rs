//! The types that fields are read as, each with the rule of its kinds.

use super::body_fields::BodyFields;
use super::email::Email;
use super::field::Field;
use super::field_spec::{FieldKind, FieldSpec, Literal, Presence};
use super::money::Money;
use super::text;

/// Takes a field out of a body, with its type checked.
pub type Take<T> = fn(&mut BodyFields, &str) -> Field<T>;

/// A value of a field.
pub trait FromField: Sized {
    /// As it was sent.
    type Raw;

    const TAKE: Take<Self::Raw>;

    /// Applies the rule; the error is the end of the sentence "`field` …".
    fn check(raw: Self::Raw, spec: &FieldSpec) -> Result<Self, String>;

    /// The value of an optional field that is missing.
    fn empty() -> Option<Self> {
        None
    }

    fn from_literal(_: Literal) -> Option<Self> {
        None
    }

    /// The value of a missing field, unless it is required.
    fn default_of(spec: &FieldSpec) -> Option<Self> {
        match spec.presence {
            Presence::Optional => Self::empty(),
            Presence::Default(literal) => Self::from_literal(literal),
            Presence::Required => None,
        }
    }
}

/// A field with a spec of another type; the tests of its body would fail.
const MISMATCH: &str = "cannot be read";

impl FromField for String {
    type Raw = String;
    const TAKE: Take<Self::Raw> = BodyFields::string;

    fn check(raw: String, spec: &FieldSpec) -> Result<Self, String> {
        let is_optional = matches!(spec.presence, Presence::Optional);
        match spec.kind {
            FieldKind::Line { .. } if raw.trim().is_empty() && is_optional => Ok(String::new()),
            FieldKind::Line { max } => text::line(raw, max),
            FieldKind::Paragraphs { max } => text::paragraphs(raw, max),
            FieldKind::Id | FieldKind::Text { .. } => Ok(raw),
            _ => Err(MISMATCH.into()),
        }
    }

    fn empty() -> Option<Self> {
        Some(String::new())
    }

    fn from_literal(literal: Literal) -> Option<Self> {
        match literal {
            Literal::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl FromField for Email {
    type Raw = String;
    const TAKE: Take<Self::Raw> = BodyFields::string;

    fn check(raw: String, _: &FieldSpec) -> Result<Self, String> {
        Self::parse(&raw)
    }
}

impl FromField for Money {
    /// A decimal literal.
    type Raw = String;
    const TAKE: Take<Self::Raw> = BodyFields::number;

    fn check(raw: String, spec: &FieldSpec) -> Result<Self, String> {
        match spec.kind {
            FieldKind::Money { max } => Self::parse(&raw, max),
            _ => Err(MISMATCH.into()),
        }
    }
}

impl FromField for bool {
    type Raw = bool;
    const TAKE: Take<Self::Raw> = BodyFields::boolean;

    fn check(raw: bool, _: &FieldSpec) -> Result<Self, String> {
        Ok(raw)
    }

    fn from_literal(literal: Literal) -> Option<Self> {
        match literal {
            Literal::Boolean(value) => Some(value),
            _ => None,
        }
    }
}

impl FromField for i64 {
    type Raw = i64;
    const TAKE: Take<Self::Raw> = BodyFields::integer;

    fn check(raw: i64, spec: &FieldSpec) -> Result<Self, String> {
        match spec.kind {
            FieldKind::Integer { min, max } if (min..=max).contains(&raw) => Ok(raw),
            FieldKind::Integer { min, max } => Err(format!("must be from {min} to {max}")),
            _ => Err(MISMATCH.into()),
        }
    }

    fn from_literal(literal: Literal) -> Option<Self> {
        match literal {
            Literal::Integer(value) => Some(value),
            _ => None,
        }
    }
}

impl FromField for Vec<String> {
    type Raw = Vec<String>;
    const TAKE: Take<Self::Raw> = BodyFields::strings;

    fn check(raw: Self, spec: &FieldSpec) -> Result<Self, String> {
        match spec.kind {
            FieldKind::Strings { max } if raw.len() <= max => Ok(raw),
            FieldKind::Strings { max } => Err(format!("must have at most {max} entries")),
            _ => Err(MISMATCH.into()),
        }
    }

    fn empty() -> Option<Self> {
        Some(Vec::new())
    }
}

/// The objects are read by the spec of the kind; their number is not checked here.
impl FromField for Vec<BodyFields> {
    type Raw = Vec<BodyFields>;
    const TAKE: Take<Self::Raw> = BodyFields::objects;

    fn check(raw: Self, _: &FieldSpec) -> Result<Self, String> {
        Ok(raw)
    }

    fn empty() -> Option<Self> {
        Some(Vec::new())
    }
}

impl<T: FromField> FromField for Option<T> {
    type Raw = T::Raw;
    const TAKE: Take<Self::Raw> = T::TAKE;

    fn check(raw: T::Raw, spec: &FieldSpec) -> Result<Self, String> {
        T::check(raw, spec).map(Some)
    }

    fn empty() -> Option<Self> {
        Some(None)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::body_reader::Fields;

    fn read<T: FromField>(spec: FieldSpec, body: Value) -> Result<T, String> {
        let mut body = BodyFields::of_json(body);
        let mut fields = Fields::default();
        let value = fields.check(&spec, "", T::TAKE(&mut body, spec.name));
        fields.finish(value).map_err(|error| {
            let errors = error.fields().iter();
            errors.map(|error| error.reason.as_str()).collect()
        })
    }

    fn required(kind: FieldKind) -> FieldSpec {
        FieldSpec::required("x", kind, "")
    }

    fn optional(kind: FieldKind) -> FieldSpec {
        FieldSpec::optional("x", kind, "")
    }

    const LINE: FieldKind = FieldKind::Line { max: 3 };
    const INTEGER: FieldKind = FieldKind::Integer { min: 1, max: 3 };
    const STRINGS: FieldKind = FieldKind::Strings { max: 2 };

    #[test]
    fn an_optional_field_that_is_missing_is_empty() {
        let none = || json!({});
        assert_eq!(read(optional(LINE), none()), Ok(String::new()));
        assert_eq!(read(optional(STRINGS), none()), Ok(Vec::<String>::new()));
        assert_eq!(read(optional(INTEGER), none()), Ok(None::<i64>));
        let objects = read::<Vec<BodyFields>>(optional(STRINGS), none());
        assert!(objects.expect("no objects").is_empty());
    }

    #[test]
    fn a_missing_field_has_its_default_or_is_required() {
        let default = |kind, literal| optional(kind).default(literal);
        assert_eq!(
            read(default(LINE, Literal::Text("a")), json!({})),
            Ok("a".to_owned())
        );
        assert_eq!(
            read(default(INTEGER, Literal::Integer(2)), json!({})),
            Ok(2)
        );
        let switch = default(FieldKind::Boolean, Literal::Boolean(true));
        assert_eq!(read(switch, json!({})), Ok(true));
        let refused = read::<i64>(required(INTEGER), json!({}));
        assert_eq!(refused, Err("is required".into()));
    }

    #[test]
    fn only_an_optional_line_may_be_blank() {
        assert_eq!(
            read(optional(LINE), json!({ "x": "  " })),
            Ok(String::new())
        );
        assert_eq!(
            read(optional(LINE), json!({ "x": " a" })),
            Ok(" a".to_owned())
        );
        let refused = read::<String>(required(LINE), json!({ "x": "  " }));
        assert_eq!(refused, Err("must not be empty".into()));
    }

    #[test]
    fn a_value_follows_the_rule_of_its_kind() {
        let text = |kind, text| read::<String>(required(kind), json!({ "x": text }));
        assert!(text(LINE, "abc").is_ok() && text(LINE, "abcd").is_err());
        let paragraphs = FieldKind::Paragraphs { max: 3 };
        assert!(text(paragraphs, "a\nb").is_ok() && text(paragraphs, "a\nbc").is_err());
        assert_eq!(text(FieldKind::Id, "anything"), Ok("anything".into()));

        let integer = |number| read::<i64>(required(INTEGER), json!({ "x": number }));
        assert_eq!((integer(1), integer(3)), (Ok(1), Ok(3)));
        let reason = Err("must be from 1 to 3".to_owned());
        assert_eq!((integer(0), integer(4)), (reason.clone(), reason));

        let strings = |list: &[&str]| read::<Vec<String>>(required(STRINGS), json!({ "x": list }));
        assert_eq!(strings(&["a", "b"]), Ok(vec!["a".into(), "b".into()]));
        assert_eq!(
            strings(&["a", "b", "c"]),
            Err("must have at most 2 entries".into())
        );

        let switch = |value| read::<bool>(required(FieldKind::Boolean), json!({ "x": value }));
        assert_eq!((switch(true), switch(false)), (Ok(true), Ok(false)));

        let money = |amount| {
            let max = Money::from_minor(300);
            read::<Money>(required(FieldKind::Money { max }), json!({ "x": amount }))
        };
        assert_eq!(money(2.5), Ok(Money::from_minor(250)));
        assert!(money(3.01).is_err());

        let objects = read::<Vec<BodyFields>>(required(STRINGS), json!({ "x": [{}, {}] }));
        assert_eq!(objects.expect("two objects").len(), 2);
    }

    #[test]
    fn a_spec_of_another_type_gives_no_value() {
        let refused = Some(MISMATCH.to_owned());
        let text = read::<String>(required(INTEGER), json!({ "x": "a" }));
        assert_eq!(text.err(), refused);
        let integer = read::<i64>(required(LINE), json!({ "x": 1 }));
        assert_eq!(integer.err(), refused);
        let strings = read::<Vec<String>>(required(LINE), json!({ "x": [] }));
        assert_eq!(strings.err(), refused);
        let money = read::<Money>(required(LINE), json!({ "x": 1 }));
        assert_eq!(money.err(), refused);
        let no_default = |literal| optional(LINE).default(literal);
        assert!(read::<String>(no_default(Literal::EmptyList), json!({})).is_err());
        assert!(read::<i64>(no_default(Literal::Text("1")), json!({})).is_err());
        assert!(read::<bool>(no_default(Literal::Integer(1)), json!({})).is_err());
        assert!(read::<Money>(no_default(Literal::Integer(1)), json!({})).is_err());
    }
}
