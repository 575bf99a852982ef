//! The pictures of a product, by plain forms.

use actix_multipart::Multipart;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::see;
use super::visit::AdminVisit;
use crate::domain::field::Field;
use crate::domain::product::Product;
use crate::store::{Noun, StoreError};
use crate::web::body::Body;
use crate::web::error::ApiError;
use crate::web::pages::failure;
use crate::web::pages::visitor::Visitor;
use crate::web::products::product_id;
use crate::web::state::AppState;
use crate::web::upload;

/// `POST /admin/products/:pid/pictures`.
pub(super) async fn add(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
    parts: Multipart,
) -> HttpResponse {
    let product = upload::take(&state, &pid, parts).await;
    answer(&request, &state, product, "pictured").await
}

/// `POST /admin/products/:pid/pictures/remove`.
pub(super) async fn remove(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
    Body(members): Body,
) -> HttpResponse {
    let product = async {
        let id = product_id(&pid)?;
        let Field::Given(name) = members.only(&["name"])?.text("name") else {
            return Err(StoreError::NotFound(Noun::Thumbnail).into());
        };
        Ok(state.shop.remove_picture(id, &name).await?)
    };
    let product = product.await;
    answer(&request, &state, product, "unpictured").await
}

async fn answer(
    request: &HttpRequest,
    state: &AppState,
    product: Result<Product, ApiError>,
    done: &str,
) -> HttpResponse {
    match product {
        Ok(product) => see(&format!(
            "/admin/products/{}?done={done}#pictures",
            product.id
        )),
        Err(error) => {
            let visitor = Visitor::of(request, state).await;
            failure::page(state, &visitor, &error)
        }
    }
}
