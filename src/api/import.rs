//! `POST /api/import`: products from a file.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use utoipa::ToSchema;

use super::operation::{Operation, PRODUCTS, RequestBody, Success, payload_of};
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::field_spec::{FieldKind, FieldSpec, Literal};
use crate::domain::text;
use crate::exchange::Format;
use crate::http::envelope::payload;
use crate::http::error::{ApiError, size};
use crate::http::guard::admin::Admin;
use crate::http::guard::in_flight::InFlight;
use crate::http::problem::ProblemCode::ImportRunning;
use crate::http::query::QueryString;
use crate::http::state::AppState;
use crate::realtime::Worker;
use crate::shop::{Import, ImportMode, ImportSummary, RejectedRow};

/// Maximum size of a file, in bytes.
const MAX_FILE: usize = 256 << 20;
/// Maximum time until the next bytes.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// Errors repeat a parameter's name up to this length.
const MAX_SHOWN_NAME: usize = 100;
/// Invalid rows in the response.
const MAX_LISTED: usize = 100;

const DRY_RUN: FieldSpec = FieldSpec::optional(
    "dryRun",
    FieldKind::pattern("^(true|1|on|false|0|off)?$"),
    "Reports what would change without storing it.",
)
.example(Literal::Text("true"));

const UNSUPPORTED: ApiError = ApiError::UnsupportedMediaType {
    supported: "text/csv or application/x-ndjson",
};

pub(super) const IMPORT: Operation = Operation {
    description: "Upserts rows by `code` from CSV with a header, or NDJSON; up to 256 MiB. Valid \
        rows are stored, each invalid one is reported.",
    query: &[DRY_RUN],
    body: Some(RequestBody::File(&[
        "text/csv",
        "application/x-ndjson",
        "application/ndjson",
    ])),
    responses: &[Success::json(
        200,
        "The result",
        payload_of::<ImportResponse>,
    )],
    is_admin: true,
    problems: &[ImportRunning],
    ..Operation::new("importProducts", PRODUCTS, "Import products")
};

pub(crate) async fn import(
    _: Admin,
    request: HttpRequest,
    state: Data<AppState>,
    worker: Data<Worker>,
    in_flight: Data<InFlight>,
    mut body: Payload,
) -> Result<HttpResponse, ApiError> {
    let format = format(&request)?;
    let mode = mode(request.query_string())?;
    let import = state
        .shop
        .begin_import(format, mode, worker.products.progress());
    let mut import = import.ok_or(ApiError::ImportRunning)?;

    let mut refused = Vec::new();
    let mut report = |row| {
        if refused.len() < MAX_LISTED {
            refused.push(RejectedRowView::from(row));
        }
    };
    let result = read_rows(&mut import, &mut body, &in_flight, &mut report).await;
    let summary = import.summary();
    result.map_err(|cause| ended_early(cause, summary))?;
    let response = ImportResponse::new(mode, summary, refused);
    Ok(payload(StatusCode::OK, response))
}

/// The format of the rows, which must be UTF-8.
fn format(request: &HttpRequest) -> Result<Format, ApiError> {
    let kind = request.mime_type().ok().flatten();
    let charset = kind.as_ref().and_then(|kind| kind.get_param("charset"));
    let format = Format::of_content_type(request.content_type());
    format
        .filter(|_| charset.is_none_or(|charset| charset == "utf-8"))
        .ok_or(UNSUPPORTED)
}

async fn read_rows(
    import: &mut Import,
    body: &mut Payload,
    in_flight: &InFlight,
    report: &mut impl FnMut(RejectedRow),
) -> Result<(), ApiError> {
    let mut bytes_read = 0;
    while let Some(bytes) = next(body).await? {
        bytes_read += bytes.len();
        if bytes_read > MAX_FILE {
            return Err(too_large());
        }
        if in_flight.is_stopping() {
            return Err(ApiError::Stopping);
        }
        import.take(&bytes, report).await?;
        // Lets waiting requests of this worker run.
        tokio::task::yield_now().await;
    }
    Ok(import.finish(report).await?)
}

async fn next(body: &mut Payload) -> Result<Option<Bytes>, ApiError> {
    let next = tokio::time::timeout(READ_TIMEOUT, body.next()).await;
    let next = next.map_err(|_| ApiError::BodyTimeout)?;
    next.transpose()
        .map_err(|_| ValidationError::BadBody.into())
}

/// The summary is left out if nothing was imported.
fn ended_early(cause: ApiError, summary: ImportSummary) -> ApiError {
    if summary == ImportSummary::default() {
        return cause;
    }
    ApiError::ImportCut {
        cause: Box::new(cause),
        summary,
    }
}

fn too_large() -> ApiError {
    let limit = size(MAX_FILE);
    ApiError::TooLarge {
        what: "upload",
        limit,
    }
}

/// Unknown parameters are refused: one may be a misspelt `dryRun`.
fn mode(query: &str) -> Result<ImportMode, ValidationError> {
    let query = QueryString::parse(query);
    if let Some(name) = query.names().find(|name| *name != DRY_RUN.name) {
        let error = FieldError::new(
            text::clipped(name.to_owned(), MAX_SHOWN_NAME),
            "is not known here",
        );
        return Err(ValidationError::Query(vec![error]));
    }
    match query.get(DRY_RUN.name) {
        None | Some("false" | "0" | "off") => Ok(ImportMode::Store),
        Some("true" | "1" | "on" | "") => Ok(ImportMode::DryRun),
        Some(_) => {
            let error = FieldError::new(DRY_RUN.name, "must be true or false");
            Err(ValidationError::Query(vec![error]))
        }
    }
}

/// The result of an import.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportResponse {
    dry_run: bool,
    rows: u64,
    created: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    /// The first refused rows.
    errors: Vec<RejectedRowView>,
    /// The number of further refused rows.
    more_errors: u64,
}

/// A refused row.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedRow)]
struct RejectedRowView {
    line: u64,
    errors: Vec<FieldErrorView>,
}

/// An invalid field.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedField)]
struct FieldErrorView {
    field: String,
    reason: String,
}

impl ImportResponse {
    fn new(mode: ImportMode, summary: ImportSummary, errors: Vec<RejectedRowView>) -> Self {
        let ImportSummary {
            created,
            updated,
            unchanged,
            refused,
            line: _,
        } = summary;
        Self {
            dry_run: mode == ImportMode::DryRun,
            rows: created + updated + unchanged + refused,
            created,
            updated,
            unchanged,
            refused,
            more_errors: refused.saturating_sub(errors.len() as u64),
            errors,
        }
    }
}

impl From<RejectedRow> for RejectedRowView {
    fn from(row: RejectedRow) -> Self {
        let view = |FieldError { field, reason }| FieldErrorView { field, reason };
        Self {
            line: row.line,
            errors: row.errors.into_iter().map(view).collect(),
        }
    }
}
