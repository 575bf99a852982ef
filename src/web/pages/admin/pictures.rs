//! The pictures of a product, by plain forms.

use actix_multipart::Multipart;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::answer;
use super::visit::AdminVisit;
use crate::domain::field::Field;
use crate::domain::product::Product;
use crate::store::{Noun, StoreError};
use crate::web::body::Body;
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
    let url = product.map(|product| pictures(&product, "pictured"));
    answer(&request, &state, url).await
}

/// `POST /admin/products/:pid/pictures/remove`.
pub(super) async fn remove(
    _: AdminVisit,
    request: HttpRequest,
    state: Data<AppState>,
    pid: Path<String>,
    Body(members): Body,
) -> HttpResponse {
    let url = async {
        let id = product_id(&pid)?;
        let Field::Given(name) = members.only(&["name"])?.text("name") else {
            return Err(StoreError::NotFound(Noun::Thumbnail).into());
        };
        let product = state.shop.remove_picture(id, &name).await?;
        Ok(pictures(&product, "unpictured"))
    };
    answer(&request, &state, url.await).await
}

/// Where the pictures of a product are seen.
fn pictures(product: &Product, done: &str) -> String {
    format!("/admin/products/{}?done={done}#pictures", product.id)
}
