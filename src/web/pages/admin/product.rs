//! One product: its form, and what becomes of it.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

use super::product_fields::{Changed, FieldModel, Texts, blame, blame_code, compare};
use super::visit::{AdminVisit, DOOR};
use super::{Around, see};
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::ids::ProductId;
use crate::domain::members::Members;
use crate::domain::product::{
    DEFAULT_CATEGORY, MAX_THUMBNAILS, NewProduct, Product, ProductPatch, RawProduct,
};
use crate::store::StoreError;
use crate::web::body::Body;
use crate::web::error::ApiError;
use crate::web::pages::failure;
use crate::web::pages::product_model::segment;
use crate::web::pages::visitor::Visitor;
use crate::web::products::product_id;
use crate::web::state::AppState;

/// How often a change is tried whose product others change at the same time.
const MOST_TRIES: u32 = 5;

/// What the form sends.
const SENT: [&str; 10] = [
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

/// The fields are told in `views/admin/product.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    id: Option<String>,
    heading: String,
    action: String,
    version: i64,
    was: String,
    mend: bool,
    conflict: bool,
    fields: Vec<FieldModel>,
    pictures: Vec<PictureModel>,
    room: usize,
}

#[derive(Serialize)]
struct PictureModel {
    name: String,
    /// `None`: an entry of an older program that cannot be shown.
    src: Option<String>,
    original: Option<String>,
}

pub(super) async fn show_new(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let fields = Texts::of_none().fields(visitor.language);
    let content = new_content(&visitor, fields);
    let title = content.heading.clone();
    let around = Around::new(&state, &visitor, "products").titled(title);
    around.respond("admin/product", &content)
}

fn new_content(visitor: &Visitor, fields: Vec<FieldModel>) -> Content {
    Content {
        id: None,
        heading: visitor.language.say("admin-new"),
        action: "/admin/products".into(),
        version: 0,
        was: String::new(),
        mend: false,
        conflict: false,
        fields,
        pictures: Vec::new(),
        room: 0,
    }
}

/// `POST /admin/products`.
pub(super) async fn create(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    Body(members): Body,
) -> HttpResponse {
    let texts = Texts::sent(&members);
    let created = async {
        let new = NewProduct::parse(raw(members.only(&SENT)?, &texts.changed_since("")))?;
        Ok::<_, ApiError>(state.shop.create_product(new).await?)
    };
    let error = match created.await {
        Ok(product) => return see(&format!("/admin/products/{}?done=created", product.id)),
        Err(error) => error,
    };
    let visitor = Visitor::of(&request, &state).await;
    let Some(reason) = reason(&error) else {
        return failure::page(&state, &visitor, &error);
    };
    let mut fields = texts.fields(visitor.language);
    tell(&mut fields, &error, &visitor);
    let content = new_content(&visitor, fields);
    let around = Around::new(&state, &visitor, "products").titled(content.heading.clone());
    let around = around.refused(error.status_code(), visitor.language.say(reason));
    around.respond("admin/product", &content)
}

pub(super) async fn show(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let product = match stored(&state, &pid).await {
        Ok(product) => product,
        Err(error) => return failure::page(&state, &visitor, &error),
    };
    let mut content = content(&product, Texts::of(&product).fields(visitor.language));
    content.mend = request.query_string().contains("mend=1");
    let around = Around::new(&state, &visitor, "products").titled(content.heading.clone());
    let around = around.after(request.query_string());
    around.respond("admin/product", &content)
}

fn content(product: &Product, fields: Vec<FieldModel>) -> Content {
    Content {
        id: Some(product.id.to_string()),
        heading: product.title.clone(),
        action: format!("/admin/products/{}", product.id),
        version: product.version,
        was: Texts::of(product).marks(),
        mend: false,
        conflict: false,
        fields,
        pictures: product.thumbnails.iter().map(picture).collect(),
        room: MAX_THUMBNAILS.saturating_sub(product.thumbnails.len()),
    }
}

fn picture(name: &String) -> PictureModel {
    let file = (!name.contains(['/', '\\'])).then(|| segment(name));
    PictureModel {
        name: name.clone(),
        src: file
            .as_ref()
            .map(|file| format!("/uploads/320/{file}.webp")),
        original: file.map(|file| format!("/uploads/{file}")),
    }
}

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
    let (reason, product) = match (reason(&error), stored(&state, &pid).await) {
        (Some(reason), Ok(product)) => (reason, product),
        _ => return failure::page(&state, &visitor, &error),
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
    let mut content = content(product, fields);
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
    let mut raw = raw(members.only(&SENT)?, &sent.changed());
    if sent.mend {
        // What is broken is written anew with what of it can be read.
        raw.thumbnails = Field::Given(state.shop.product(id).await?.thumbnails);
    }
    let patch = ProductPatch::parse(raw)?;
    let mut expected = sent.version;
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
    }
    state.shop.update_product(id, patch, expected).await?;
    Ok(id)
}

/// `POST /admin/products/:pid/delete`, of the version that was shown.
pub(super) async fn delete(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
    Body(members): Body,
) -> HttpResponse {
    let deleted = async {
        let id = product_id(&pid)?;
        let version = version(&mut members.only(&["version"])?)?;
        state.shop.delete_product(id, version).await?;
        Ok::<_, ApiError>(())
    };
    let error = match deleted.await {
        Ok(()) => return see(&format!("{DOOR}?done=deleted")),
        Err(error) => error,
    };
    let visitor = Visitor::of(&request, &state).await;
    let product = match (reason(&error), stored(&state, &pid).await) {
        (Some(_), Ok(product)) => product,
        _ => return failure::page(&state, &visitor, &error),
    };
    let content = content(&product, Texts::of(&product).fields(visitor.language));
    let around = Around::new(&state, &visitor, "products").titled(content.heading.clone());
    let text = visitor.language.say("admin-conflict-delete");
    let around = around.refused(error.status_code(), text);
    around.respond("admin/product", &content)
}

async fn stored(state: &AppState, pid: &str) -> Result<Product, ApiError> {
    Ok(state.shop.product(product_id(pid)?).await?)
}

/// The version that the form was made from; none in a form of another program.
fn version(members: &mut Members) -> Result<Option<i64>, ValidationError> {
    match members.integer("version") {
        Field::Given(version) => Ok(Some(version)),
        Field::Missing => Ok(None),
        Field::Bad(reason) => Err(ValidationError::Fields(vec![
            crate::domain::error::FieldError::new("version", reason),
        ])),
    }
}

/// The members of a form that were changed: browsers end lines with two characters, and send empty fields.
fn raw(mut members: Members, changed: &Changed) -> RawProduct {
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

/// Why a form is shown again, as the id of a sentence; other failures have pages of their own.
fn reason(error: &ApiError) -> Option<&'static str> {
    match error {
        ApiError::Invalid(ValidationError::Fields(_))
        | ApiError::Store(StoreError::DuplicateCode) => Some("admin-form-bad"),
        ApiError::Store(StoreError::VersionMismatch { .. }) => Some("admin-conflict"),
        _ => None,
    }
}

fn tell(fields: &mut [FieldModel], error: &ApiError, visitor: &Visitor) {
    match error {
        ApiError::Invalid(invalid) => blame(fields, invalid.fields(), visitor.language),
        ApiError::Store(StoreError::DuplicateCode) => blame_code(fields, visitor.language),
        _ => {}
    }
}
