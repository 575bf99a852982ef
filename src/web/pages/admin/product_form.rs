//! The form of one product, as its page shows it.

use serde::Serialize;

use super::product_fields::{FieldModel, Texts, blame, blame_code};
use crate::domain::error::ValidationError;
use crate::domain::product::Product;
use crate::store::StoreError;
use crate::web::error::ApiError;
use crate::web::pages::product_model::segment;
use crate::web::pages::visitor::Visitor;

/// The fields are told in `views/admin/product.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    id: Option<String>,
    pub(super) heading: String,
    action: String,
    pub(super) version: i64,
    pub(super) was: String,
    pub(super) mend: bool,
    pub(super) conflict: bool,
    fields: Vec<FieldModel>,
    pictures: Vec<PictureModel>,
}

#[derive(Serialize)]
struct PictureModel {
    name: String,
    /// `None`: an entry of an older program that cannot be shown.
    src: Option<String>,
    original: Option<String>,
}

impl Content {
    /// That of a product that is not there yet.
    pub(super) fn of_new(visitor: &Visitor, fields: Vec<FieldModel>) -> Self {
        Self {
            id: None,
            heading: visitor.language.say("admin-new"),
            action: "/admin/products".into(),
            version: 0,
            was: String::new(),
            mend: false,
            conflict: false,
            fields,
            pictures: Vec::new(),
        }
    }

    /// That of a stored product, with what stands in its fields.
    pub(super) fn of(product: &Product, fields: Vec<FieldModel>) -> Self {
        Self {
            id: Some(product.id.to_string()),
            heading: product.title.clone(),
            action: format!("/admin/products/{}", product.id),
            version: product.version,
            was: Texts::of(product).marks(),
            mend: false,
            conflict: false,
            fields,
            pictures: product
                .thumbnails
                .iter()
                .map(|name| picture(name))
                .collect(),
        }
    }
}

fn picture(name: &str) -> PictureModel {
    let file = (!name.contains(['/', '\\'])).then(|| segment(name));
    PictureModel {
        name: name.to_owned(),
        src: file
            .as_ref()
            .map(|file| format!("/uploads/320/{file}.webp")),
        original: file.map(|file| format!("/uploads/{file}")),
    }
}

/// Why a form is shown again, as the id of a sentence; other failures have pages of their own.
pub(super) fn reason(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Invalid(ValidationError::Fields(_))
        | ApiError::Store(StoreError::DuplicateCode) => Some("admin-form-bad"),
        ApiError::Store(StoreError::VersionMismatch { .. }) => Some("admin-conflict"),
        _ => None,
    }
}

/// Says beside the fields what is wrong with them.
pub(super) fn tell(fields: &mut [FieldModel], error: &ApiError, visitor: &Visitor) {
    match error {
        ApiError::Invalid(invalid) => blame(fields, invalid.fields(), visitor.language),
        ApiError::Store(StoreError::DuplicateCode) => blame_code(fields, visitor.language),
        _ => {}
    }
}
