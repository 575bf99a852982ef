//! One product: its page, and how it begins and ends.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::product_change::{SENT, raw, stored, version};
use super::product_fields::Texts;
use super::product_form::{Content, reason, tell};
use super::visit::{AdminVisit, DOOR};
use super::{Around, see};
use crate::domain::product::NewProduct;
use crate::web::body::Body;
use crate::web::error::ApiError;
use crate::web::pages::failure;
use crate::web::pages::visitor::Visitor;
use crate::web::products::product_id;
use crate::web::state::AppState;

pub(super) async fn show_new(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let fields = Texts::of_none().fields(visitor.language);
    let content = Content::of_new(&visitor, fields);
    let title = content.heading.clone();
    let around = Around::new(&state, &visitor, "products").titled(title);
    around.respond("admin/product", &content)
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
    let content = Content::of_new(&visitor, fields);
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
    let mut content = Content::of(&product, Texts::of(&product).fields(visitor.language));
    content.mend = request.query_string().contains("mend=1");
    let around = Around::new(&state, &visitor, "products").titled(content.heading.clone());
    let around = around.after(request.query_string());
    around.respond("admin/product", &content)
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
    let (Some(_), Ok(product)) = (reason(&error), stored(&state, &pid).await) else {
        return failure::page(&state, &visitor, &error);
    };
    let content = Content::of(&product, Texts::of(&product).fields(visitor.language));
    let around = Around::new(&state, &visitor, "products").titled(content.heading.clone());
    let text = visitor.language.say("admin-conflict-delete");
    let around = around.refused(error.status_code(), text);
    around.respond("admin/product", &content)
}
