//! The page of a product, and the forms that create and delete one.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use super::guard::{ADMIN_PATH, AdminGuard};
use super::product_change::{only_form, raw, version};
use super::product_fields::FormValues;
use super::product_form::{ProductFormPage, mark_errors, reason, shell};
use super::see;
use crate::domain::ids::ProductId;
use crate::domain::product::{NewProduct, Product};
use crate::http::body::Body;
use crate::http::error::ApiError;
use crate::http::path::{Id, IdResult};
use crate::http::state::AppState;
use crate::pages::failure;
use crate::pages::visitor::Visitor;

pub(super) async fn show_new(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let fields = FormValues::of_new().fields(visitor.language);
    let content = ProductFormPage::of_new(&visitor, fields);
    shell(&state, &visitor, &content).respond("admin/product", &content)
}

/// `POST /admin/products`.
pub(super) async fn create(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    Body(members): Body,
) -> HttpResponse {
    let values = FormValues::sent(&members);
    let created = async {
        let new = NewProduct::parse(raw(only_form(members)?, &values.changed_since("")))?;
        Ok::<_, ApiError>(state.shop.create_product(new).await?)
    };
    let error = match created.await {
        Ok(product) => return see(&format!("/admin/products/{}?done=created", product.id)),
        Err(error) => error,
    };
    let visitor = Visitor::of(&request, &state).await;
    let Some(reason) = reason(&error) else {
        return failure::page(&visitor, &error);
    };
    let mut fields = values.fields(visitor.language);
    mark_errors(&mut fields, &error, &visitor);
    let content = ProductFormPage::of_new(&visitor, fields);
    shell(&state, &visitor, &content)
        .with_error(error.status_code(), visitor.language.translate(reason))
        .respond("admin/product", &content)
}

pub(super) async fn show(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<ProductId>,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let product = match stored(&state, id).await {
        Ok(product) => product,
        Err(error) => return failure::page(&visitor, &error),
    };
    let mut content = ProductFormPage::of_stored(&product, visitor.language);
    content.fix = request.query_string().contains("fix=1");
    shell(&state, &visitor, &content)
        .with_done(request.query_string())
        .respond("admin/product", &content)
}

/// `POST /admin/products/:pid/delete`, of the version that was shown.
pub(super) async fn delete(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<ProductId>,
    Body(members): Body,
) -> HttpResponse {
    let visitor = Visitor::of(&request, &state).await;
    let id = match id {
        Ok(Id(id)) => id,
        Err(error) => return failure::page(&visitor, &error),
    };
    let deleted = async {
        let version = version(&mut members.only(&["version"])?)?;
        state.shop.delete_product(id, version).await?;
        Ok::<_, ApiError>(())
    };
    let error = match deleted.await {
        Ok(()) => return see(&format!("{ADMIN_PATH}?done=deleted")),
        Err(error) => error,
    };
    let (Some(_), Ok(product)) = (reason(&error), state.shop.product(id).await) else {
        return failure::page(&visitor, &error);
    };
    let content = ProductFormPage::of_stored(&product, visitor.language);
    let reason = visitor.language.translate("admin-conflict-delete");
    shell(&state, &visitor, &content)
        .with_error(error.status_code(), reason)
        .respond("admin/product", &content)
}

async fn stored(state: &AppState, id: IdResult<ProductId>) -> Result<Product, ApiError> {
    let Id(id) = id?;
    Ok(state.shop.product(id).await?)
}
