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
