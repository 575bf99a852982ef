//! The fields of a product's form: what stands in them, what is wrong with it, and what somebody else made of it.

use serde::Serialize;

use crate::domain::error::FieldError;
use crate::domain::product::{MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Product};
use crate::text::Language;
use crate::web::members::Members;

/// Names, kinds and longest texts of the fields, in their order.
const FIELDS: [(&str, &str, usize); 7] = [
    ("title", "line", MAX_TITLE),
    ("code", "line", MAX_NAME),
    ("price", "money", 0),
    ("stock", "count", 0),
    ("status", "choice", 0),
    ("category", "line", MAX_NAME),
    ("description", "text", MAX_DESCRIPTION),
];

/// The fields are told in `views/partials/admin-field.hbs`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldModel {
    name: &'static str,
    label: String,
    kind: &'static str,
    value: String,
    max: usize,
    required: bool,
    error: Option<String>,
    theirs: Option<String>,
}

/// The texts of a form, by the names of its fields.
#[derive(Debug)]
pub(super) struct Texts(Vec<String>);

impl Texts {
    /// Those of a new product.
    pub(super) fn of_none() -> Self {
        let default = |name| match name {
            "status" => "true",
            _ => "",
        };
        Self(FIELDS.map(|(name, ..)| default(name).to_owned()).into())
    }

    /// Those of a stored product.
    pub(super) fn of(product: &Product) -> Self {
        let text = |name| match name {
            "title" => product.title.clone(),
            "code" => product.code.clone(),
            "price" => product.price.to_string(),
            "stock" => product.stock.to_string(),
            "status" => product.status.to_string(),
            "category" => product.category.clone(),
            _ => product.description.clone(),
        };
        Self(FIELDS.map(|(name, ..)| text(name)).into())
    }

    /// Those that were sent, as they were typed.
    pub(super) fn sent(members: &Members) -> Self {
        Self(FIELDS.map(|(name, ..)| members.as_sent(name)).into())
    }

    /// The form with these texts.
    pub(super) fn fields(&self, language: Language) -> Vec<FieldModel> {
        let field =
            |((name, kind, max), value): (&(&'static str, &'static str, usize), &String)| {
                FieldModel {
                    name,
                    label: language.say(&format!("admin-field-{name}")),
                    kind,
                    value: value.clone(),
                    max: *max,
                    required: !matches!(*name, "description" | "category"),
                    error: None,
                    theirs: None,
                }
            };
        FIELDS.iter().zip(&self.0).map(field).collect()
    }
}

/// Says beside each field what is wrong with it.
pub(super) fn blame(fields: &mut [FieldModel], errors: &[FieldError], language: Language) {
    for field in fields {
        if errors.iter().any(|error| error.field == field.name) {
            field.error = Some(language.say(&format!("admin-bad-{}", field.name)));
        }
    }
}

/// Says that another product has the code.
pub(super) fn blame_code(fields: &mut [FieldModel], language: Language) {
    for field in fields.iter_mut().filter(|field| field.name == "code") {
        field.error = Some(language.say("admin-code-taken"));
    }
}

/// Sets beside each field what is stored now, where that is another value.
pub(super) fn compare(fields: &mut [FieldModel], stored: &Product) {
    for (field, theirs) in fields.iter_mut().zip(Texts::of(stored).0) {
        let differs = match field.kind {
            "money" => field.value.parse::<f64>().ok() != theirs.parse::<f64>().ok(),
            _ => field.value.replace("\r\n", "\n") != theirs,
        };
        field.theirs = differs.then_some(theirs);
    }
}
