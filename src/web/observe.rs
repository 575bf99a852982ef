//! What is known of every request from outside: its id, its counters, its log line.

use std::cell::RefCell;
use std::fmt;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpResponse, ResponseError};

use super::state::AppState;
use super::unread::Unread;
use crate::telemetry::request::RequestMark;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The pattern of the route that took a request: what it is counted and logged by. Never its path, which may
/// hold the key of a cart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route(pub(super) &'static str);

/// Where no route took it.
const NO_ROUTE: Route = Route("none");
/// A refusal whose word is not told: one that is kept under an idempotency key, a file that is not there.
const NO_WORD: &str = "other";

/// Stands around everything else: gives the request its id, counts it and notes how it was answered.
pub async fn request(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let unread = Unread::of(&mut request);
    let asked = Asked {
        begun: Instant::now(),
        method: request.method().clone(),
        mark: RequestMark::new(offered_id(request.headers())),
    };
    let state = request.app_data::<Data<AppState>>();
    let state = state.expect("no application is made without its state");
    let state = Data::clone(state);
    let _under_way = state.metrics.requests.begin();

    let answered = asked.mark.clone().around(next.call(request)).await;
    match answered {
        Ok(mut response) => {
            let route = response.request().app_data::<Route>().copied();
            asked.answered(&state, route, response.status());
            asked.sign(response.headers_mut());
            Ok(response.map_body(|_, body| unread.beside(body)))
        }
        // The guard's refusals: no route has seen them.
        Err(error) => {
            let mut response = asked.mark.clone().around_now(|| error.error_response());
            asked.answered(&state, None, response.status());
            asked.sign(response.headers_mut());
            let response = response.map_body(|_, body| unread.beside(body).boxed());
            Err(Refused::by(response).into())
        }
    }
}

fn offered_id(headers: &HeaderMap) -> Option<&str> {
    let mut lines = headers.get_all(&REQUEST_ID);
    let line = lines.next()?.to_str().ok()?;
    lines.next().is_none().then_some(line)
}

/// What is remembered of a request until it is answered.
struct Asked {
    begun: Instant,
    method: Method,
    mark: std::rc::Rc<RequestMark>,
}

impl Asked {
    fn answered(&self, state: &AppState, route: Option<Route>, status: StatusCode) {
        let Route(route) = route.unwrap_or(NO_ROUTE);
        let (time, status) = (self.begun.elapsed(), status.as_u16());
        let refusal = (status >= 400).then(|| self.mark.refusal().unwrap_or(NO_WORD));
        let metrics = &state.metrics;
        metrics
            .requests
            .answered(self.method.as_str(), route, status, refusal, time);
        if let Some(kind) = self.mark.failure() {
            metrics.store.failed(kind);
        }
        log::debug!(
            request_id = self.mark.id(),
            refusal = refusal.unwrap_or("no");
            "{} {route} {status} after {:.1} ms", self.method, time.as_secs_f64() * 1e3
        );
    }

    fn sign(&self, headers: &mut HeaderMap) {
        if let Ok(id) = HeaderValue::from_str(self.mark.id()) {
            headers.insert(REQUEST_ID, id);
        }
    }
}

/// An answer that was made, and is still to be given.
struct Refused {
    status: StatusCode,
    response: RefCell<Option<HttpResponse>>,
}

impl Refused {
    fn by(response: HttpResponse) -> Self {
        Self {
            status: response.status(),
            response: RefCell::new(Some(response)),
        }
    }
}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Refused").field(&self.status).finish()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}", self.status)
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Given once; whoever asked again would be told the status alone.
    fn error_response(&self) -> HttpResponse {
        let response = self.response.borrow_mut().take();
        response.unwrap_or_else(|| HttpResponse::new(self.status))
    }
}
