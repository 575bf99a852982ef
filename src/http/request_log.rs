//! The outermost middleware: request ids, request metrics, request log lines.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse, ResponseError};

use crate::http::drain_body::DrainBody;
use crate::http::state::AppState;
use crate::telemetry::request::RequestContext;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The pattern of the matched route, for metrics and the log. The path itself may contain the id of
/// a cart, which is its key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Route(pub(crate) &'static str);

const NO_ROUTE: Route = Route("none");
/// The code of a refusal that was not made from an `ApiError`, such as a saved response.
const OTHER: &str = "other";

/// Gives a request its id, counts it and logs its response.
pub async fn request(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let drain_body = DrainBody::of(&mut request);
    let info = RequestInfo {
        started_at: Instant::now(),
        method: request.method().clone(),
        context: RequestContext::new(client_id(request.headers())),
    };
    let state = request.app_data::<Data<AppState>>();
    let state = state.expect("every application has a state");
    let state = Data::clone(state);
    let _in_flight = state.metrics.requests.begin();

    let result = info.context.clone().scope(next.call(request)).await;
    match result {
        Ok(mut response) => {
            let route = response.request().app_data::<Route>().copied();
            info.record(&state, route, response.status());
            info.add_id(response.headers_mut());
            Ok(response.map_body(|_, body| drain_body.attach(body)))
        }
        // Refused by the guard, before any route.
        Err(error) => {
            let mut response = info.context.clone().sync_scope(|| error.error_response());
            info.record(&state, None, response.status());
            info.add_id(response.headers_mut());
            let response = response.map_body(|_, body| drain_body.attach(body).boxed());
            Err(PreparedResponse::new(response).into())
        }
    }
}

/// The id that the client gave the request.
fn client_id(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(&REQUEST_ID);
    let line = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(line)
}

/// The parts of a request that are needed once it has a response.
struct RequestInfo {
    started_at: Instant,
    method: Method,
    context: Rc<RequestContext>,
}

impl RequestInfo {
    fn record(&self, state: &AppState, route: Option<Route>, status: StatusCode) {
        let Route(route) = route.unwrap_or(NO_ROUTE);
        let (time, status) = (self.started_at.elapsed(), status.as_u16());
        let refusal = (status >= 400).then(|| self.context.refusal().unwrap_or(OTHER));
        let metrics = &state.metrics;
        metrics
            .requests
            .answered(self.method.as_str(), route, status, refusal, time);
        if let Some(kind) = self.context.failure() {
            metrics.store.failed(kind);
        }
        log::debug!(
            request_id = self.context.id(),
            refusal = refusal.unwrap_or("no");
            "{} {route} {status} after {:.1} ms", self.method, time.as_secs_f64() * 1e3
        );
    }

    fn add_id(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(self.context.id()) {
            headers.insert(REQUEST_ID, id);
        }
    }
}

/// An error whose response exists already; actix takes it once.
struct PreparedResponse {
    status: StatusCode,
    response: RefCell<Option<HttpResponse>>,
}

impl PreparedResponse {
    fn new(response: HttpResponse) -> Self {
        Self {
            status: response.status(),
            response: RefCell::new(Some(response)),
        }
    }
}

impl fmt::Debug for PreparedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PreparedResponse")
            .field(&self.status)
            .finish()
    }
}

impl fmt::Display for PreparedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}", self.status)
    }
}

impl ResponseError for PreparedResponse {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let response = self.response.borrow_mut().take();
        response.unwrap_or_else(|| HttpResponse::new(self.status))
    }
}
