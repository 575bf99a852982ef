//! `/api/products/broken`: products whose documents are invalid.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header;
use serde::Serialize;
use utoipa::ToSchema;

use super::operation::{Operation, PRODUCTS, Success, of};
use super::parameters::Count;
use crate::domain::error::ValidationError;
use crate::domain::invalid_product::{InvalidProduct, InvalidProducts, ProductIssue};
use crate::domain::product_query::MAX_LIMIT;
use crate::http::catalogue::CatalogueReader;
use crate::http::error::ApiError;
use crate::http::guard::admin::Admin;
use crate::http::query::QueryString;
use crate::protocol::product_view::ProductView;

const LIMIT: Count = Count {
    name: "limit",
    default: 50,
    max: MAX_LIMIT,
    description: "The maximum number of products.",
};

/// Products whose documents break a rule.
#[derive(Serialize, ToSchema)]
#[schema(as = BrokenProducts)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvalidProductsResponse<'a> {
    /// The status of the response.
    #[schema(example = 200)]
    status: u16,
    /// The products.
    #[schema(max_items = 100)]
    payload: Vec<InvalidProductView<'a>>,
    /// Whether more exist.
    has_more: bool,
}

/// A product with the issues of its document.
#[derive(Serialize, ToSchema)]
#[schema(as = BrokenProduct)]
struct InvalidProductView<'a> {
    product: ProductView<'a>,
    /// The issues to fix.
    faults: Vec<IssueView>,
}

/// An issue of a document.
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
struct IssueView {
    /// The field.
    field: &'static str,
    /// `unreadable`, or `shared` for a code that another product has too.
    #[schema(pattern = "^(unreadable|shared)$")]
    code: &'static str,
}

pub(super) const LIST: Operation = Operation {
    description: "Invalid fields of a document are shown with defaults; the product is not for \
        sale until they are fixed.",
    query: &[LIMIT.spec()],
    responses: &[Success::json(
        200,
        "The products",
        of::<InvalidProductsResponse<'_>>,
    )],
    is_admin: true,
    ..Operation::new(
        "listBrokenProducts",
        PRODUCTS,
        "List products with invalid data",
    )
};

pub(crate) async fn list(
    _: Admin,
    request: HttpRequest,
    catalogue: CatalogueReader,
) -> Result<HttpResponse, ApiError> {
    let string = QueryString::parse(request.query_string());
    let limit = LIMIT.read(&string);
    let limit = limit.map_err(|error| ValidationError::Query(vec![error]))?;
    let catalogue = catalogue.current().await?;
    let invalid_products = catalogue.invalid_products(limit as usize);
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(response(&invalid_products)))
}

fn response(invalid_products: &InvalidProducts) -> InvalidProductsResponse<'_> {
    InvalidProductsResponse {
        status: 200,
        payload: invalid_products
            .products
            .iter()
            .map(InvalidProductView::from)
            .collect(),
        has_more: invalid_products.has_more,
    }
}

impl<'a> From<&'a InvalidProduct> for InvalidProductView<'a> {
    fn from(invalid: &'a InvalidProduct) -> Self {
        Self {
            product: ProductView::from(&invalid.product),
            faults: invalid.faults.iter().copied().map(issue).collect(),
        }
    }
}

fn issue(issue: ProductIssue) -> IssueView {
    let code = match issue {
        ProductIssue::Unreadable(_) => "unreadable",
        ProductIssue::SharedCode => "shared",
    };
    IssueView {
        field: issue.field(),
        code,
    }
}
