//! The fields of a product's form: what stands in them, what is wrong with it, and what somebody else made of it.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::error::FieldError;
use crate::domain::members::Members;
use crate::domain::product::{MAX_DESCRIPTION, MAX_NAME, MAX_TITLE, Product};
use crate::text::Language;

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

/// The texts of a form, in the order of its fields.
#[derive(Debug)]
pub(super) struct Texts([String; FIELDS.len()]);

impl Texts {
    /// Those of a new product.
    pub(super) fn of_none() -> Self {
        let default = |name| match name {
            "status" => "true",
            _ => "",
        };
        Self(FIELDS.map(|(name, ..)| default(name).to_owned()))
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
        Self(FIELDS.map(|(name, ..)| text(name)))
    }

    /// Those that were sent, as they were typed; browsers end lines with two characters.
    pub(super) fn sent(members: &Members) -> Self {
        Self(FIELDS.map(|(name, ..)| members.as_sent(name).replace("\r\n", "\n")))
    }

    /// What tells each text from another: a form carries the marks of what it was made from.
    pub(super) fn marks(&self) -> String {
        self.0.each_ref().map(|text| mark(text)).join(".")
    }

    /// Which texts are others than those that have these marks; all, where there are no such marks.
    pub(super) fn changed_since(&self, marks: &str) -> Changed {
        let before: Vec<_> = marks.split('.').collect();
        let texts = self.0.iter().enumerate();
        let changed = texts.map(|(index, text)| before.get(index) != Some(&mark(text).as_str()));
        Changed(changed.collect())
    }

    /// Whether a field was changed here, and otherwise in what is stored.
    pub(super) fn clash_with(&self, stored: &Self, marks: &str) -> bool {
        let (mine, theirs) = (self.changed_since(marks), stored.changed_since(marks));
        let mut fields = FIELDS.iter().enumerate();
        fields.any(|(index, (_, kind, _))| {
            let differ = !same(kind, &self.0[index], &stored.0[index]);
            mine.0[index] && theirs.0[index] && differ
        })
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

/// Sets beside each field that was changed what is stored now, where that is another value; the others show it.
pub(super) fn compare(fields: &mut [FieldModel], changed: &Changed, stored: &Texts) {
    for (index, field) in fields.iter_mut().enumerate() {
        let theirs = stored.0[index].clone();
        if !changed.0[index] {
            field.value = theirs;
        } else if !same(field.kind, &field.value, &theirs) {
            field.theirs = Some(theirs);
        }
    }
}

/// Which fields somebody changed.
#[derive(Debug)]
pub(super) struct Changed(Vec<bool>);

impl Changed {
    pub(super) fn has(&self, name: &str) -> bool {
        let mut fields = FIELDS.iter().zip(&self.0);
        fields.any(|((field, ..), changed)| *field == name && *changed)
    }
}

/// Whether two texts mean one value.
fn same(kind: &str, one: &str, other: &str) -> bool {
    one == other
        || (kind == "money"
            && one
                .parse::<f64>()
                .is_ok_and(|one| Ok(one) == other.parse::<f64>()))
}

fn mark(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(title: &str, price: &str) -> Texts {
        let mut texts = Texts::of_none();
        texts.0[0] = title.into();
        texts.0[2] = price.into();
        texts
    }

    #[test]
    fn changes_of_different_fields_do_not_clash() {
        let marks = texts("Vase", "1.00").marks();
        let mine = texts("Jar", "1.00");
        assert!(
            mine.changed_since(&marks).has("title") && !mine.changed_since(&marks).has("price")
        );
        assert!(!mine.clash_with(&texts("Vase", "2.00"), &marks));
        assert!(mine.clash_with(&texts("Bowl", "1.00"), &marks));
        assert!(
            !mine.clash_with(&texts("Jar", "1.00"), &marks),
            "both made it the same"
        );
        assert!(!texts("Vase", "2").clash_with(&texts("Vase", "2.00"), &marks));
    }

    #[test]
    fn a_form_that_does_not_say_what_it_was_made_from_changes_everything() {
        for marks in ["", "x.y", "...."] {
            let mine = texts("Vase", "1.00");
            assert!(mine.changed_since(marks).has("description"), "{marks}");
            assert!(mine.clash_with(&texts("Bowl", "1.00"), marks), "{marks}");
        }
    }
}
