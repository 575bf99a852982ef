//! The page with the form of a product.

use serde::Serialize;

use super::AdminShell;
use super::product_fields::{FieldModel, FormValues, mark_code_taken, mark_invalid};
use crate::domain::error::ValidationError;
use crate::domain::product::Product;
use crate::domain::refusal::Refusal;
use crate::http::error::ApiError;
use crate::http::state::AppState;
use crate::i18n::Language;
use crate::pages::product_model::ImageModel;
use crate::pages::visitor::Visitor;
use crate::store::StoreError;

/// Fields: see `views/admin/product.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProductFormPage {
    id: Option<String>,
    pub(super) heading: String,
    action: String,
    pub(super) version: i64,
    pub(super) was: String,
    pub(super) fix: bool,
    pub(super) conflict: bool,
    fields: Vec<FieldModel>,
    pictures: Vec<FormImage>,
}

#[derive(Serialize)]
struct FormImage {
    name: String,
    /// `None`: an entry of an older program that cannot be shown.
    src: Option<String>,
    original: Option<String>,
}

impl ProductFormPage {
    /// For a new product.
    pub(super) fn of_new(visitor: &Visitor, fields: Vec<FieldModel>) -> Self {
        Self {
            id: None,
            heading: visitor.language.translate("admin-new"),
            action: "/admin/products".into(),
            version: 0,
            was: String::new(),
            fix: false,
            conflict: false,
            fields,
            pictures: Vec::new(),
        }
    }

    /// For a stored product, with its own values.
    pub(super) fn of_stored(product: &Product, language: Language) -> Self {
        let fields = FormValues::of(product).fields(language);
        Self::with_fields(product, fields)
    }

    /// For a stored product, with other values.
    pub(super) fn with_fields(product: &Product, fields: Vec<FieldModel>) -> Self {
        Self {
            id: Some(product.id.to_string()),
            heading: product.title.clone(),
            action: format!("/admin/products/{}", product.id),
            version: product.version,
            was: FormValues::of(product).digests(),
            fix: false,
            conflict: false,
            fields,
            pictures: product
                .thumbnails
                .iter()
                .map(|name| form_image(name))
                .collect(),
        }
    }
}

fn form_image(name: &str) -> FormImage {
    let (src, original) = match ImageModel::of(name, name) {
        Some(image) => (Some(image.src320), Some(image.original)),
        None => (None, None),
    };
    FormImage {
        name: name.to_owned(),
        src,
        original,
    }
}

/// The reason why a form is shown again, as the id of a message. Other failures have their own
/// pages.
pub(super) fn reason(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Invalid(ValidationError::Fields(_))
        | ApiError::Store(StoreError::Refused(Refusal::DuplicateCode)) => Some("admin-form-bad"),
        ApiError::Store(StoreError::Refused(Refusal::VersionMismatch { .. })) => {
            Some("admin-conflict")
        }
        _ => None,
    }
}

/// Marks the fields that an error is about.
pub(super) fn mark_errors(fields: &mut [FieldModel], error: &ApiError, visitor: &Visitor) {
    match error {
        ApiError::Invalid(invalid) => mark_invalid(fields, invalid.fields()),
        ApiError::Store(StoreError::Refused(Refusal::DuplicateCode)) => {
            mark_code_taken(fields, visitor.language)
        }
        _ => {}
    }
}

/// The shell of a product's page, with its heading as the title.
pub(super) fn shell<'a>(
    state: &'a AppState,
    visitor: &'a Visitor,
    content: &ProductFormPage,
) -> AdminShell<'a> {
    AdminShell::new(state, visitor, "products").with_title(content.heading.clone())
}
