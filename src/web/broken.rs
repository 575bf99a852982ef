//! `/api/products/broken`: what somebody should mend.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde::Serialize;

use super::error::ApiError;
use super::guard::admin::Admin;
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::broken::{BrokenProduct, BrokenProducts, Fault};
use crate::domain::error::ValidationError;
use crate::domain::product_query::MAX_LIMIT;
use crate::protocol::product_view::ProductView;

/// Products in an answer when the reader says nothing.
const DEFAULT_LIMIT: u32 = 50;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    status: u16,
    payload: Vec<BrokenView<'a>>,
    has_more: bool,
}

#[derive(Serialize)]
struct BrokenView<'a> {
    product: ProductView<'a>,
    faults: Vec<FaultView>,
}

#[derive(Serialize)]
struct FaultView {
    field: &'static str,
    code: &'static str,
}

pub(super) async fn list(
    _: Admin,
    request: HttpRequest,
    state: Data<AppState>,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let limit = string
        .number("limit", DEFAULT_LIMIT, MAX_LIMIT)
        .map_err(|error| ValidationError::Query(vec![error]))?;
    let broken = state.shop.broken_products(limit).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(answer(&broken)))
}

fn answer(broken: &BrokenProducts) -> Answer<'_> {
    Answer {
        status: 200,
        payload: broken.products.iter().map(BrokenView::from).collect(),
        has_more: broken.has_more,
    }
}

impl<'a> From<&'a BrokenProduct> for BrokenView<'a> {
    fn from(broken: &'a BrokenProduct) -> Self {
        Self {
            product: ProductView::from(&broken.product),
            faults: broken.faults.iter().copied().map(fault).collect(),
        }
    }
}

fn fault(fault: Fault) -> FaultView {
    let code = match fault {
        Fault::Unreadable(_) => "unreadable",
        Fault::SharedCode => "shared",
    };
    FaultView {
        field: fault.field(),
        code,
    }
}
