//! Keeps chunked request bodies until the response is sent.
//!
//! The rest of a body that its handler dropped would be skipped for as long as it keeps coming.
//! While the body could still be read, the server closes the connection after the response instead,
//! as it does with a body of known length.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::poll_fn;

/// The chunked body of a request, if it has one.
pub(crate) struct DrainBody(Option<Rc<RefCell<Payload>>>);

impl DrainBody {
    /// Shares the body of a request with its handler.
    pub(crate) fn of(request: &mut ServiceRequest) -> Self {
        if !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return Self(None);
        }
        let body = Rc::new(RefCell::new(request.take_payload()));
        let shared = Rc::clone(&body);
        let reader = poll_fn(move |cx| Pin::new(&mut *shared.borrow_mut()).poll_next(cx));
        request.set_payload(Payload::Stream {
            payload: Box::pin(reader),
        });
        Self(Some(body))
    }

    /// A response body that keeps the request body until it is sent.
    pub(crate) fn attach<B: MessageBody + 'static>(self, body: B) -> EitherBody<B> {
        match self.0 {
            None => EitherBody::left(body),
            Some(request_body) => EitherBody::right(BoxBody::new(ResponseBody {
                body: body.boxed(),
                _request_body: request_body,
            })),
        }
    }
}

struct ResponseBody {
    body: BoxBody,
    _request_body: Rc<RefCell<Payload>>,
}

impl MessageBody for ResponseBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
