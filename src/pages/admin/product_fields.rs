//! The fields of a product's form: values, errors, and the values of conflicting changes.

use std::sync::LazyLock;

use fluent_templates::fluent_bundle::FluentValue;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::body_fields::BodyFields;
use crate::domain::error::FieldError;
use crate::domain::field_spec::{FieldKind, FieldSpec, Literal, Presence};
use crate::domain::field_value::FieldValue;
use crate::domain::product::{FIELDS, Product};
use crate::i18n::{Arguments, Language};
use crate::pages::format;

/// The fields in the form's order: the required ones first, those that may be empty last.
pub(super) static FORM: LazyLock<Vec<&FieldSpec>> = LazyLock::new(|| {
    let in_form = |field: &&FieldSpec| !matches!(field.kind, FieldKind::Strings { .. });
    let mut fields: Vec<_> = FIELDS.iter().filter(in_form).collect();
    fields.sort_by_key(|field| match field.presence {
        Presence::Required => 0,
        Presence::Default(_) => 1,
        Presence::Optional => 2,
    });
    fields
});

/// Fields: see `views/partials/admin-field.hbs`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldModel {
    name: &'static str,
    label: String,
    kind: &'static str,
    value: String,
    /// The bounds of a number, or the maximum length of text.
    min: i64,
    max: i64,
    required: bool,
    /// The value of a field that is left empty.
    default: Option<&'static str>,
    /// The sentence for an invalid value.
    rule: String,
    error: Option<String>,
    theirs: Option<String>,
}

/// The values of a form, in the order of [`FORM`].
#[derive(Debug)]
pub(super) struct FormValues(Vec<String>);

impl FormValues {
    /// The defaults of a new product.
    pub(super) fn of_new() -> Self {
        let default = |field: &&FieldSpec| match field.presence {
            Presence::Default(Literal::Boolean(value)) => value.to_string(),
            _ => String::new(),
        };
        Self(FORM.iter().map(default).collect())
    }

    pub(super) fn of(product: &Product) -> Self {
        let value = |field: &&FieldSpec| {
            let mut values = product.values();
            let value = values.find(|(spec, _)| spec.name == field.name);
            value.map(|(_, value)| typed(value)).unwrap_or_default()
        };
        Self(FORM.iter().map(value).collect())
    }

    /// The values that were sent. Browsers end lines with CR LF.
    pub(super) fn sent(members: &BodyFields) -> Self {
        let sent = |field: &&FieldSpec| members.as_sent(field.name).replace("\r\n", "\n");
        Self(FORM.iter().map(sent).collect())
    }

    /// Digests of the values. A form carries those of the values that it was made from.
    pub(super) fn digests(&self) -> String {
        self.0
            .iter()
            .map(|value| digest(value))
            .collect::<Vec<_>>()
            .join(".")
    }

    /// The values whose digests differ from these; all, if these are not digests.
    pub(super) fn changed_since(&self, digests: &str) -> Changed {
        let before: Vec<_> = digests.split('.').collect();
        let values = self.0.iter().enumerate();
        let changed =
            values.map(|(index, value)| before.get(index) != Some(&digest(value).as_str()));
        Changed(changed.collect())
    }

    /// Whether a field was changed both here and, to another value, in the store.
    pub(super) fn conflicts_with(&self, stored: &Self, digests: &str) -> bool {
        let (mine, theirs) = (self.changed_since(digests), stored.changed_since(digests));
        let mut fields = FORM.iter().enumerate();
        fields.any(|(index, field)| {
            let differ = !same(kind(field), &self.0[index], &stored.0[index]);
            mine.0[index] && theirs.0[index] && differ
        })
    }

    /// The form's fields with these values.
    pub(super) fn fields(&self, language: Language) -> Vec<FieldModel> {
        let fields = FORM.iter().zip(&self.0);
        fields
            .map(|(field, value)| FieldModel::new(field, value.clone(), language))
            .collect()
    }
}

impl FieldModel {
    fn new(field: &FieldSpec, value: String, language: Language) -> Self {
        let (min, max) = bounds(field);
        Self {
            name: field.name,
            label: language.translate(&format!("field-{}", field.name)),
            kind: kind(field),
            value,
            min,
            max,
            required: matches!(field.presence, Presence::Required),
            default: match field.presence {
                Presence::Default(Literal::Text(text)) => Some(text),
                _ => None,
            },
            rule: rule(field, language),
            error: None,
            theirs: None,
        }
    }
}

/// The name of a field's kind in `views/partials/admin-field.hbs`.
fn kind(field: &FieldSpec) -> &'static str {
    match field.kind {
        FieldKind::Money { .. } => "money",
        FieldKind::Integer { .. } => "count",
        FieldKind::Boolean => "choice",
        FieldKind::Paragraphs { .. } => "text",
        _ => "line",
    }
}

/// The bounds of a number as it is typed; the minimum and maximum length of text.
fn bounds(field: &FieldSpec) -> (i64, i64) {
    match field.kind {
        FieldKind::Line { max } | FieldKind::Paragraphs { max } => {
            let min = i64::from(matches!(field.presence, Presence::Required));
            (min, i64::try_from(max).unwrap_or(i64::MAX))
        }
        FieldKind::Integer { min, max } => (min, max),
        FieldKind::Money { max } => (0, max.minor() / 100),
        _ => (0, 0),
    }
}

fn rule(field: &FieldSpec, language: Language) -> String {
    let (min, max) = bounds(field);
    let id = match (kind(field), min) {
        ("line", 0) => "admin-bad-optional-line".to_owned(),
        (kind, _) => format!("admin-bad-{kind}"),
    };
    let number = |number| FluentValue::from(format::number(language, number));
    let arguments = [("min".into(), number(min)), ("max".into(), number(max))];
    language.translate_with(&id, &Arguments::from(arguments))
}

/// A value as one types it.
fn typed(value: FieldValue<'_>) -> String {
    match value {
        FieldValue::Text(text) => text.to_owned(),
        FieldValue::Money(money) => money.to_string(),
        FieldValue::Boolean(value) => value.to_string(),
        FieldValue::Integer(number) => number.to_string(),
        FieldValue::Strings(strings) => strings.join("\n"),
    }
}

/// Marks the fields of the errors.
pub(super) fn mark_invalid(fields: &mut [FieldModel], errors: &[FieldError]) {
    for field in fields {
        if errors.iter().any(|error| error.field == field.name) {
            field.error = Some(field.rule.clone());
        }
    }
}

/// Marks the code as that of another product.
pub(super) fn mark_code_taken(fields: &mut [FieldModel], language: Language) {
    for field in fields.iter_mut().filter(|field| field.name == "code") {
        field.error = Some(language.translate("admin-code-taken"));
    }
}

/// Shows the stored values: in unchanged fields, and next to changed ones that differ.
pub(super) fn compare(fields: &mut [FieldModel], changed: &Changed, stored: &FormValues) {
    for (index, field) in fields.iter_mut().enumerate() {
        let theirs = stored.0[index].clone();
        if !changed.0[index] {
            field.value = theirs;
        } else if !same(field.kind, &field.value, &theirs) {
            field.theirs = Some(theirs);
        }
    }
}

/// The fields that were changed.
#[derive(Debug)]
pub(super) struct Changed(Vec<bool>);

impl Changed {
    pub(super) fn has(&self, name: &str) -> bool {
        let mut fields = FORM.iter().zip(&self.0);
        fields.any(|(field, changed)| field.name == name && *changed)
    }
}

/// Whether two strings are the same value; `isSame` in `admin-values.js` is the same rule.
fn same(kind: &str, one: &str, other: &str) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    let is_number = matches!(kind, "money" | "count");
    one == other || (is_number && number(one).is_some() && number(one) == number(other))
}

fn digest(value: &str) -> String {
    let digest = Sha256::digest(value);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::shared_cases;

    fn values(title: &str, price: &str) -> FormValues {
        let mut values = FormValues::of_new();
        values.0[0] = title.into();
        values.0[2] = price.into();
        values
    }

    #[test]
    fn changes_of_different_fields_do_not_conflict() {
        let digests = values("Vase", "1.00").digests();
        let mine = values("Jar", "1.00");
        assert!(
            mine.changed_since(&digests).has("title") && !mine.changed_since(&digests).has("price")
        );
        assert!(!mine.conflicts_with(&values("Vase", "2.00"), &digests));
        assert!(mine.conflicts_with(&values("Bowl", "1.00"), &digests));
        assert!(
            !mine.conflicts_with(&values("Jar", "1.00"), &digests),
            "both made it the same"
        );
        assert!(!values("Vase", "2").conflicts_with(&values("Vase", "2.00"), &digests));
    }

    #[test]
    fn values_are_the_same_as_scripts_find_them() {
        for case in shared_cases::of("values") {
            let text = |name: &str| case[name].as_str().expect("a string");
            let field = FORM.iter().find(|field| field.name == text("field"));
            let kind = kind(field.expect("a field"));
            let is_same = same(kind, text("value"), text("other"));
            assert_eq!(case["same"], is_same, "{case}");
        }
    }

    #[test]
    fn a_form_without_digests_changes_everything() {
        for digests in ["", "x.y", "...."] {
            let mine = values("Vase", "1.00");
            assert!(mine.changed_since(digests).has("description"), "{digests}");
            assert!(
                mine.conflicts_with(&values("Bowl", "1.00"), digests),
                "{digests}"
            );
        }
    }
}
