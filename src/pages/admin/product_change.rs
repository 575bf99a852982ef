//! Saves the form of a product: only the changed fields, unless someone else changed the same ones.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::guard::AdminGuard;
use super::product_fields::{Changed, FORM, FormValues, compare};
use super::product_form::{ProductFormPage, mark_errors, reason, shell};
use super::see;
use crate::domain::body_fields::BodyFields;
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field::Field;
use crate::domain::field_spec::{Literal, Presence};
use crate::domain::ids::ProductId;
use crate::domain::product::{FIELDS, Product, ProductPatch, RawProduct};
use crate::domain::refusal::Refusal;
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult};
use crate::http::state::AppState;
use crate::pages::failure;
use crate::pages::visitor::Visitor;
use crate::store::StoreError;

/// How often a change is tried while others change the same product.
pub(super) const MAX_ATTEMPTS: u32 = 5;

/// Refuses what is not in the form.
pub(super) fn only_form(members: BodyFields) -> Result<BodyFields, ValidationError> {
    let fields = FORM.iter().map(|field| field.name);
    let fields: Vec<_> = fields.chain(["version", "was", "fix"]).collect();
    members.only(&fields)
}

/// The form of a stored product.
struct SentForm {
    values: FormValues,
    /// Digests of the values that it was made from.
    was: String,
    version: Option<i64>,
    fix: bool,
}

impl SentForm {
    fn read(members: &mut BodyFields) -> Result<Self, ApiError> {
        Ok(Self {
            values: FormValues::sent(members),
            was: members.as_sent("was"),
            version: version(members)?,
            fix: members.as_sent("fix") == "1",
        })
    }

    /// The fields to save: the changed ones, and all of a product that is being fixed.
    fn changed(&self) -> Changed {
        self.values
            .changed_since(if self.fix { "" } else { &self.was })
    }
}

/// `POST /admin/products/:pid`: saves the changed fields. Changes of other fields by someone else
/// do not conflict; changes of the same ones do.
pub(super) async fn save(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<ProductId>,
    Body(mut members): Body,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let id = match id {
        Ok(Id(id)) => id,
        Err(error) => return failure::page(&visitor, &error),
    };
    let sent = match SentForm::read(&mut members) {
        Ok(sent) => sent,
        Err(error) => return failure::page(&visitor, &error),
    };
    let error = match change(&state, id, &sent, members).await {
        Ok(()) => return see(&format!("/admin/products/{id}?done=saved")),
        Err(error) => error,
    };
    let (Some(reason), Ok(product)) = (reason(&error), state.shop.product(id).await) else {
        return failure::page(&visitor, &error);
    };
    let content = with_errors(&product, &sent, &error, &visitor);
    shell(&state, &visitor, &content)
        .with_error(error.status_code(), visitor.language.translate(reason))
        .respond("admin/product", &content)
}

/// The form as it was sent, with its errors or with the conflicting values.
fn with_errors(
    product: &Product,
    sent: &SentForm,
    error: &ApiError,
    visitor: &Visitor,
) -> ProductFormPage {
    let mut fields = sent.values.fields(visitor.language);
    mark_errors(&mut fields, error, visitor);
    let conflict = matches!(
        error,
        ApiError::Store(StoreError::Refused(Refusal::VersionMismatch { .. }))
    );
    if conflict {
        compare(&mut fields, &sent.changed(), &FormValues::of(product));
    }
    let mut content = ProductFormPage::with_fields(product, fields);
    content.fix = sent.fix;
    content.conflict = conflict;
    if !conflict {
        // The form keeps the version that it was made from.
        content.version = sent.version.unwrap_or(product.version);
        content.was = sent.was.clone();
    }
    content
}

async fn change(
    state: &AppState,
    id: ProductId,
    sent: &SentForm,
    members: BodyFields,
) -> Result<(), ApiError> {
    let raw = raw(only_form(members)?, &sent.changed());
    let mut patch = ProductPatch::parse(raw)?;
    let mut expected = sent.version;
    if sent.fix {
        // All fields are rewritten, the readable images included.
        let stored = state.shop.product(id).await?;
        patch.thumbnails = Some(stored.thumbnails);
        expected = expected.or(Some(stored.version));
    }
    for _ in 1..MAX_ATTEMPTS {
        let changed = state.shop.update_product(id, patch.clone(), expected);
        match changed.await.map_err(ApiError::from) {
            Err(ApiError::Store(StoreError::Refused(Refusal::VersionMismatch { .. }))) => {}
            result => return result.map(drop),
        }
        let stored = state.shop.product(id).await?;
        if sent
            .values
            .conflicts_with(&FormValues::of(&stored), &sent.was)
        {
            let current = stored.version;
            return Err(Refusal::VersionMismatch { current }.into());
        }
        expected = Some(stored.version);
        if sent.fix {
            patch.thumbnails = Some(stored.thumbnails);
        }
    }
    state.shop.update_product(id, patch, expected).await?;
    Ok(())
}

/// The version that the form was made from; none in the form of another program.
pub(super) fn version(members: &mut BodyFields) -> Result<Option<i64>, ValidationError> {
    match members.integer("version") {
        Field::Present(version) => Ok(Some(version)),
        Field::Missing => Ok(None),
        Field::Invalid(reason) => Err(ValidationError::Fields(vec![FieldError::new(
            "version", reason,
        )])),
    }
}

/// The changed fields. Browsers end lines with CR LF and send empty fields.
pub(super) fn raw(mut members: BodyFields, changed: &Changed) -> RawProduct {
    for field in FIELDS {
        members.edit(field.name, |text| match field.presence {
            Presence::Default(Literal::Text(default)) if text.trim().is_empty() => default.into(),
            _ => text.replace("\r\n", "\n"),
        });
    }
    let mut raw = RawProduct::take(members);
    raw.retain(|name| changed.has(name));
    raw
}
