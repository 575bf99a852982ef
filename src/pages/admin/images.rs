//! The forms that add and remove images of a product.

use actix_multipart::Multipart;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::guard::AdminGuard;
use super::redirect;
use crate::domain::field::Field;
use crate::domain::ids::ProductId;
use crate::domain::product::Product;
use crate::domain::refusal::{Refusal, Resource};
use crate::http::body::Body;
use crate::http::path::{Id, IdResult};
use crate::http::state::AppState;
use crate::http::upload;

/// `POST /admin/products/:pid/pictures`.
pub(super) async fn add(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<ProductId>,
    parts: Multipart,
) -> HttpResponse {
    let url = async {
        let Id(id) = id?;
        let product = upload::attach(&state.shop, id, parts).await?;
        Ok(images_url(&product, "pictured"))
    };
    redirect(&request, &state, url.await).await
}

/// `POST /admin/products/:pid/pictures/remove`.
pub(super) async fn remove(
    _: AdminGuard,
    request: HttpRequest,
    state: Data<AppState>,
    id: IdResult<ProductId>,
    Body(members): Body,
) -> HttpResponse {
    let url = async {
        let Id(id) = id?;
        let Field::Present(name) = members.only(&["name"])?.string("name") else {
            return Err(Refusal::NotFound(Resource::Thumbnail).into());
        };
        let product = state.shop.remove_image(id, &name).await?;
        Ok(images_url(&product, "unpictured"))
    };
    redirect(&request, &state, url.await).await
}

fn images_url(product: &Product, done: &str) -> String {
    format!("/admin/products/{}?done={done}#pictures", product.id)
}
