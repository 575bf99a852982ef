//! `/api/products/broken`: what somebody should mend.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::error::ApiError;
use super::guard::admin::Admin;
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::broken::{BrokenProduct, BrokenProducts, Fault};
use crate::domain::error::ValidationError;
use crate::domain::product_query::MAX_LIMIT;
use crate::protocol::product_view::ProductView;

/// Products in an answer when the reader says nothing.
pub(super) const DEFAULT_LIMIT: u32 = 50;

/// How the parameters of the list are described.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `list` reads")]
pub(super) struct BrokenParameters {
    /// Products in the answer.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
}

/// Products whose documents break a rule.
#[derive(Serialize, ToSchema)]
#[schema(as = BrokenProducts)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer<'a> {
    /// The status of the answer.
    #[schema(example = 200)]
    status: u16,
    /// The products.
    #[schema(max_items = 100)]
    payload: Vec<BrokenView<'a>>,
    /// Whether there are more.
    has_more: bool,
}

/// A product as it is shown, and what of its document cannot be read.
#[derive(Serialize, ToSchema)]
#[schema(as = BrokenProduct)]
struct BrokenView<'a> {
    product: ProductView<'a>,
    /// What is to be mended.
    faults: Vec<FaultView>,
}

/// A fault of a document.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
struct FaultView {
    /// The field.
    field: &'static str,
    /// `unreadable`, or `shared` of a code that another product has too.
    #[schema(pattern = "^(unreadable|shared)$")]
    code: &'static str,
}

/// List products to mend
///
/// Documents that break a rule are shown with a default for what cannot be read, and are not for sale until they are mended.
#[utoipa::path(
    get, path = "/api/products/broken", operation_id = "listBrokenProducts", tag = "Products", security(("admin" = [])),
    params(BrokenParameters),
    responses((status = 200, description = "The products", body = Answer<'_>)),
    extensions(("x-problems" = json!(["invalid_query"]))),
)]
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
