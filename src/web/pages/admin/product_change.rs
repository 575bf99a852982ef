//! What a product's form stores: what was changed in it, unless somebody else changed the same meanwhile.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::product_fields::{Changed, Texts, compare};
use super::product_form::{Content, reason, tell};
use super::visit::AdminVisit;
use super::{Around, see};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field::Field;
use crate::domain::ids::ProductId;
use crate::domain::members::Members;
use crate::domain::product::{DEFAULT_CATEGORY, Product, ProductPatch, RawProduct};
use crate::store::StoreError;
use crate::web::body::Body;
use crate::web::error::ApiError;
use crate::web::pages::failure;
use crate::web::pages::visitor::Visitor;
use crate::web::products::product_id;
use crate::web::state::AppState;

/// How often a change is tried whose product others change at the same time.
const MOST_TRIES: u32 = 5;

/// What the form sends.
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
    "mend",
];

/// A form of a product that is there: what it says now, and what it was made from.
struct Sent {
    texts: Texts,
    was: String,
    version: Option<i64>,
    mend: bool,
}

impl Sent {
    fn read(members: &mut Members) -> Result<Self, ApiError> {
        Ok(Self {
            texts: Texts::sent(members),
            was: members.as_sent("was"),
            version: version(members)?,
            mend: members.as_sent("mend") == "1",
        })
    }

    /// Which fields are stored: those that were changed, and all of a document that is mended.
    fn changed(&self) -> Changed {
        self.texts
            .changed_since(if self.mend { "" } else { &self.was })
    }
}

/// `POST /admin/products/:pid`: what was changed in the form. Somebody who changed another field meanwhile is no
/// hindrance; who changed the same one is.
pub(super) async fn save(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
    Body(mut members): Body,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let sent = match Sent::read(&mut members) {
        Ok(sent) => sent,
        Err(error) => return failure::page(&state, &visitor, &error),
    };
    let error = match change(&state, &pid, &sent, members).await {
        Ok(id) => return see(&format!("/admin/products/{id}?done=saved")),
        Err(error) => error,
    };
    let (Some(reason), Ok(product)) = (reason(&error), stored(&state, &pid).await) else {
        return failure::page(&state, &visitor, &error);
    };
    let content = again(&product, &sent, &error, &visitor);
    let around = Around::new(&state, &visitor, "products").titled(content.heading.clone());
    let around = around.refused(error.status_code(), visitor.language.say(reason));
    around.respond("admin/product", &content)
}

/// The form with what was typed, and what is wrong with it or who was faster.
fn again(product: &Product, sent: &Sent, error: &ApiError, visitor: &Visitor) -> Content {
    let mut fields = sent.texts.fields(visitor.language);
    tell(&mut fields, error, visitor);
    let conflict = matches!(error, ApiError::Store(StoreError::VersionMismatch { .. }));
    if conflict {
        compare(&mut fields, &sent.changed(), &Texts::of(product));
    }
    let mut content = Content::of(product, fields);
    content.mend = sent.mend;
    content.conflict = conflict;
    if !conflict {
        // It is still made from what it was made from.
        content.version = sent.version.unwrap_or(product.version);
        content.was = sent.was.clone();
    }
    content
}

async fn change(
    state: &AppState,
    pid: &str,
    sent: &Sent,
    members: Members,
) -> Result<ProductId, ApiError> {
    let id = product_id(pid)?;
    let raw = raw(members.only(&SENT)?, &sent.changed());
    let mut patch = ProductPatch::parse(raw)?;
    let mut expected = sent.version;
    if sent.mend {
        // What is broken is written anew with what of it can be read.
        let stored = state.shop.product(id).await?;
        patch.thumbnails = Some(stored.thumbnails);
        expected = expected.or(Some(stored.version));
    }
    for _ in 1..MOST_TRIES {
        let changed = state.shop.update_product(id, patch.clone(), expected);
        match changed.await.map_err(ApiError::from) {
            Err(ApiError::Store(StoreError::VersionMismatch { .. })) => {}
            done => return done.map(|_| id),
        }
        let stored = state.shop.product(id).await?;
        if sent.texts.clash_with(&Texts::of(&stored), &sent.was) {
            let current = stored.version;
            return Err(StoreError::VersionMismatch { current }.into());
        }
        expected = Some(stored.version);
        if sent.mend {
            patch.thumbnails = Some(stored.thumbnails);
        }
    }
    state.shop.update_product(id, patch, expected).await?;
    Ok(id)
}

/// The product of an address.
pub(super) async fn stored(state: &AppState, pid: &str) -> Result<Product, ApiError> {
    Ok(state.shop.product(product_id(pid)?).await?)
}

/// The version that the form was made from; none in a form of another program.
pub(super) fn version(members: &mut Members) -> Result<Option<i64>, ValidationError> {
    match members.integer("version") {
        Field::Given(version) => Ok(Some(version)),
        Field::Missing => Ok(None),
        Field::Bad(reason) => Err(ValidationError::Fields(vec![FieldError::new(
            "version", reason,
        )])),
    }
}

/// The members of a form that were changed: browsers end lines with two characters, and send empty fields.
pub(super) fn raw(mut members: Members, changed: &Changed) -> RawProduct {
    let description = match members.text("description") {
        Field::Given(text) => Field::Given(text.replace("\r\n", "\n")),
        other => other,
    };
    let category = match members.text("category") {
        Field::Given(text) if text.trim().is_empty() => Field::Given(DEFAULT_CATEGORY.to_owned()),
        other => other,
    };
    RawProduct {
        title: kept("title", members.text("title"), changed),
        description: kept("description", description, changed),
        code: kept("code", members.text("code"), changed),
        price: kept("price", members.number("price"), changed),
        status: kept("status", members.flag("status"), changed),
        stock: kept("stock", members.integer("stock"), changed),
        category: kept("category", category, changed),
        thumbnails: Field::Missing,
    }
}

fn kept<T>(name: &str, field: Field<T>, changed: &Changed) -> Field<T> {
    if changed.has(name) {
        field
    } else {
        Field::Missing
    }
}
