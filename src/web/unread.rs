//! Bodies that come in pieces, of a length that nobody told, and that perhaps nobody reads.
//!
//! What is left of such a body when its reader is gone would be passed over for as long as it comes. While somebody
//! could still read it, the connection is closed behind the answer instead, as with any other body. So it is kept until
//! the answer has left.

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

/// A body of this kind, where a request has one.
pub(super) struct Unread(Option<Rc<RefCell<Payload>>>);

impl Unread {
    /// Shares the body of a request with its handler.
    pub(super) fn of(request: &mut ServiceRequest) -> Self {
        if !request.headers().contains_key(header::TRANSFER_ENCODING) {
            return Self(None);
        }
        let body = Rc::new(RefCell::new(request.take_payload()));
        let read = Rc::clone(&body);
        let reader = poll_fn(move |cx| Pin::new(&mut *read.borrow_mut()).poll_next(cx));
        request.set_payload(Payload::Stream {
            payload: Box::pin(reader),
        });
        Self(Some(body))
    }

    /// The answer, with which it goes.
    pub(super) fn beside<B: MessageBody + 'static>(self, answer: B) -> EitherBody<B> {
        match self.0 {
            None => EitherBody::left(answer),
            Some(unread) => EitherBody::right(BoxBody::new(Answer {
                body: answer.boxed(),
                _unread: unread,
            })),
        }
    }
}

struct Answer {
    body: BoxBody,
    _unread: Rc<RefCell<Payload>>,
}

impl MessageBody for Answer {
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
