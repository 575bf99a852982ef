//! One product: its form, and what becomes of it.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

use super::product_fields::{FieldModel, Texts, blame, blame_code, compare};
use super::visit::{AdminVisit, DOOR};
use super::{Around, see};
use crate::domain::error::ValidationError;
use crate::domain::field::Field;
use crate::domain::ids::ProductId;
use crate::domain::product::{MAX_THUMBNAILS, NewProduct, Product, ProductPatch, RawProduct};
use crate::store::StoreError;
use crate::web::body::Body;
use crate::web::error::ApiError;
use crate::web::members::Members;
use crate::web::pages::failure;
use crate::web::pages::product_model::segment;
use crate::web::pages::visitor::Visitor;
use crate::web::products::product_id;
use crate::web::state::AppState;

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
    "mend",
    "thumbnails",
];

/// The fields are told in `views/admin/product.hbs`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content {
    id: Option<String>,
    heading: String,
    action: String,
    version: i64,
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
        let new = NewProduct::parse(raw(members.only(&SENT)?))?;
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

/// `POST /admin/products/:pid`: the whole form, of the version that was shown.
pub(super) async fn save(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
    Body(members): Body,
) -> HttpResponse {
    let texts = Texts::sent(&members);
    let error = match change(&state, &pid, members).await {
        Ok(id) => return see(&format!("/admin/products/{id}?done=saved")),
        Err(error) => error,
    };
    let visitor = Visitor::of(&request, &state).await;
    let Some(reason) = reason(&error) else {
        return failure::page(&state, &visitor, &error);
    };
    let product = match stored(&state, &pid).await {
        Ok(product) => product,
        Err(error) => return failure::page(&state, &visitor, &error),
    };
    let mut fields = texts.fields(visitor.language);
    tell(&mut fields, &error, &visitor);
    let conflict = matches!(error, ApiError::Store(StoreError::VersionMismatch { .. }));
    if conflict {
        compare(&mut fields, &product);
    }
    let mut content = content(&product, fields);
    content.conflict = conflict;
    let around = Around::new(&state, &visitor, "products").titled(content.heading.clone());
    let around = around.refused(error.status_code(), visitor.language.say(reason));
    around.respond("admin/product", &content)
}

async fn change(state: &AppState, pid: &str, members: Members) -> Result<ProductId, ApiError> {
    let id = product_id(pid)?;
    let mut members = members.only(&SENT)?;
    let version = version(&mut members)?;
    // What is broken is written anew with what of it can be read.
    let mend = matches!(members.text("mend"), Field::Given(mend) if mend == "1");
    let mut raw = raw(members);
    if mend {
        raw.thumbnails = Field::Given(state.shop.product(id).await?.thumbnails);
    }
    let patch = ProductPatch::parse(raw)?;
    state.shop.update_product(id, patch, version).await?;
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

/// The members of a form: browsers end lines with two characters, and send empty fields.
fn raw(mut members: Members) -> RawProduct {
    let description = match members.text("description") {
        Field::Given(text) => Field::Given(text.replace("\r\n", "\n")),
        other => other,
    };
    let category = match members.text("category") {
        Field::Given(text) if text.trim().is_empty() => Field::Missing,
        other => other,
    };
    RawProduct {
        title: members.text("title"),
        description,
        code: members.text("code"),
        price: members.number("price"),
        status: members.flag("status"),
        stock: members.integer("stock"),
        category,
        thumbnails: Field::Missing,
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
