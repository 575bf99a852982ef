//! Saves the form of a product: only the changed fields, unless someone else changed the same ones.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::guard::AdminGuard;
use super::product_fields::{Changed, FormValues, compare};
use super::product_form::{ProductFormPage, mark_errors, reason, shell};
use super::see;
use crate::domain::body_fields::BodyFields;
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field::Field;
use crate::domain::ids::ProductId;
use crate::domain::product::{DEFAULT_CATEGORY, Product, ProductPatch, RawProduct};
use crate::domain::refusal::Refusal;
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult};
use crate::http::state::AppState;
use crate::pages::failure;
use crate::pages::visitor::Visitor;
use crate::store::StoreError;

/// How often a change is tried while others change the same product.
const MAX_ATTEMPTS: u32 = 5;

/// The fields of the form.
pub(super) const SENT: [&str; 10] = [
    "title",
    "code",
    "price",
    "stock",
    "status",
    "category",
    "description",
    "version",
    "was",
    "fix",
];

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
    let raw = raw(members.only(&SENT)?, &sent.changed());
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
    let description = match members.string("description") {
        Field::Present(text) => Field::Present(text.replace("\r\n", "\n")),
        other => other,
    };
    let category = match members.string("category") {
        Field::Present(text) if text.trim().is_empty() => {
            Field::Present(DEFAULT_CATEGORY.to_owned())
        }
        other => other,
    };
    RawProduct {
        title: if_changed("title", members.string("title"), changed),
        description: if_changed("description", description, changed),
        code: if_changed("code", members.string("code"), changed),
        price: if_changed("price", members.number("price"), changed),
        status: if_changed("status", members.boolean("status"), changed),
        stock: if_changed("stock", members.integer("stock"), changed),
        category: if_changed("category", category, changed),
        thumbnails: Field::Missing,
    }
}

fn if_changed<T>(name: &str, field: Field<T>, changed: &Changed) -> Field<T> {
    if changed.has(name) {
        field
    } else {
        Field::Missing
    }
}
