//! `POST /api/import`: products come in by the file, beside shoppers.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::envelope::{Payload as Shown, payload};
use super::error::ApiError;
use super::guard::admin::Admin;
use super::guard::in_flight::InFlight;
use super::product_query::QueryString;
use super::state::AppState;
use crate::domain::error::{FieldError, ValidationError};
use crate::domain::text;
use crate::exchange::Format;
use crate::realtime::Worker;
use crate::shop::{Import, ImportMode, RefusedRow, Tally};

/// Largest file, in bytes.
const MAX_FILE: usize = 256 << 20;
/// How long the next bytes may take to arrive.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// Most characters of a parameter that are repeated.
const SHOWN: usize = 100;
/// Bad rows that are named in the answer.
const NAMED: usize = 100;

/// How the parameters of an import are described.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what `mode` reads")]
pub(super) struct ImportParameters {
    /// Tells what would happen, and stores nothing.
    #[param(
        rename = "dryRun",
        pattern = "^(true|1|on|false|0|off)?$",
        example = "true"
    )]
    dry_run: Option<String>,
}

/// Import products
///
/// Rows of CSV, with a header of field names, or NDJSON, by `code`: what has it is changed, what has it not is new. Good rows go
/// in, each bad one is told; up to 256 MiB.
#[utoipa::path(
    post, path = "/api/import", operation_id = "importProducts", tag = "Products", security(("admin" = [])),
    params(ImportParameters),
    request_body(content((String = "text/csv"), (String = "application/x-ndjson"), (String = "application/ndjson"))),
    responses((status = 200, description = "What became of the rows", body = Shown<Answer>)),
    extensions(("x-problems" = json!(["validation", "unknown_field", "unreadable_file", "invalid_query", "import_running"]))),
)]
pub(super) async fn rows(
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
        .begin_import(format, mode, worker.products.told());
    let mut import = import.ok_or(ApiError::ImportRunning)?;

    let mut refused = Vec::new();
    let mut told = |row| {
        if refused.len() < NAMED {
            refused.push(RefusedRowView::from(row));
        }
    };
    let taken = take(&mut import, &mut body, &in_flight, &mut told).await;
    let tally = import.tally();
    taken.map_err(|cause| cut(cause, tally))?;
    let answer = Answer::new(mode, tally, refused);
    Ok(payload(StatusCode::OK, answer))
}

/// The form of the rows; they are UTF-8, and nothing that says to be something else is taken for it.
fn format(request: &HttpRequest) -> Result<Format, ApiError> {
    let kind = request.mime_type().ok().flatten();
    let charset = kind.as_ref().and_then(|kind| kind.get_param("charset"));
    let format = Format::of_content_type(request.content_type());
    format
        .filter(|_| charset.is_none_or(|charset| charset == "utf-8"))
        .ok_or(ApiError::UnsupportedRows)
}

async fn take(
    import: &mut Import,
    body: &mut Payload,
    in_flight: &InFlight,
    told: &mut impl FnMut(RefusedRow),
) -> Result<(), ApiError> {
    let mut size = 0;
    while let Some(bytes) = next(body).await? {
        size += bytes.len();
        if size > MAX_FILE {
            return Err(ApiError::UploadTooLarge);
        }
        if in_flight.is_stopping() {
            return Err(ApiError::Stopping);
        }
        import.take(&bytes, told).await?;
        // Requests of this worker that wait come first.
        tokio::task::yield_now().await;
    }
    Ok(import.finish(told).await?)
}

async fn next(body: &mut Payload) -> Result<Option<Bytes>, ApiError> {
    let next = tokio::time::timeout(MAX_WAIT, body.next()).await;
    let next = next.map_err(|_| ApiError::BodyTimeout)?;
    next.transpose().map_err(|_| ApiError::BadBody)
}

/// A file that cannot be read from its first row on has changed nothing: that is all there is to say.
fn cut(cause: ApiError, tally: Tally) -> ApiError {
    if tally == Tally::default() {
        return cause;
    }
    ApiError::ImportCut {
        cause: Box::new(cause),
        tally,
    }
}

/// A parameter that is not known may be one that was meant to keep rows from being stored.
fn mode(query: &str) -> Result<ImportMode, ValidationError> {
    let query = QueryString::parse(query);
    if let Some(name) = query.names().find(|name| *name != "dryRun") {
        let error = FieldError::new(text::clipped(name.to_owned(), SHOWN), "is not known here");
        return Err(ValidationError::Query(vec![error]));
    }
    match query.get("dryRun") {
        None | Some("false" | "0" | "off") => Ok(ImportMode::Store),
        Some("true" | "1" | "on" | "") => Ok(ImportMode::DryRun),
        Some(_) => {
            let error = FieldError::new("dryRun", "must be true or false");
            Err(ValidationError::Query(vec![error]))
        }
    }
}

/// What became of the rows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Import)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answer {
    dry_run: bool,
    rows: u64,
    created: u64,
    updated: u64,
    unchanged: u64,
    refused: u64,
    /// The first of the refused rows.
    errors: Vec<RefusedRowView>,
    /// How many more were refused.
    more_errors: u64,
}

/// A row that was not taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedRow)]
struct RefusedRowView {
    line: u64,
    errors: Vec<FieldErrorView>,
}

/// A field that is to blame.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RefusedField)]
struct FieldErrorView {
    field: String,
    reason: String,
}

impl Answer {
    fn new(mode: ImportMode, tally: Tally, errors: Vec<RefusedRowView>) -> Self {
        let Tally {
            created,
            updated,
            unchanged,
            refused,
            line: _,
        } = tally;
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

impl From<RefusedRow> for RefusedRowView {
    fn from(row: RefusedRow) -> Self {
        let view = |FieldError { field, reason }| FieldErrorView { field, reason };
        Self {
            line: row.line,
            errors: row.errors.into_iter().map(view).collect(),
        }
    }
}
