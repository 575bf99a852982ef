//! Hands the socket of an accepted upgrade over to its session.
//!
//! HTTP/1 requests for a WebSocket arrive here with their socket instead of at the plain
//! dispatcher. They pass through the same application, guard and routes included. Only if the
//! response carries a [`Handover`], the socket leaves HTTP.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::{fmt, io};

use actix_codec::{Framed, FramedParts};
use actix_http::body::{BodySize, MessageBody};
use actix_http::error::PayloadError;
use actix_http::h1::{Codec, SendResponse};
use actix_http::{ConnectionType, Request, Response};
use actix_service::{Service, ServiceFactory, fn_factory, fn_service};
use actix_web::Error;
use actix_web::dev::ServiceResponse;
use actix_web::rt::net::TcpStream;
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;

/// Takes the socket and the bytes that followed the handshake.
type TakeOver = Box<dyn FnOnce(TcpStream, Bytes) -> LocalBoxFuture<'static, ()>>;

/// Attached to the response that accepts an upgrade.
pub struct Handover(TakeOver);

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Handover")
    }
}

impl Handover {
    pub(crate) fn new<F>(take: impl FnOnce(TcpStream, Bytes) -> F + 'static) -> Self
    where
        F: Future<Output = ()> + 'static,
    {
        Self(Box::new(|io, early| Box::pin(take(io, early))))
    }
}

/// The service for upgrades over an application.
pub fn upgrades<A, B>(
    application: A,
) -> impl ServiceFactory<
    (Request, Framed<TcpStream, Codec>),
    Config = (),
    Response = (),
    Error = Error,
    InitError = (),
>
where
    A: ServiceFactory<
            Request,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let application = Rc::new(application);
    fn_factory(move || {
        let application = Rc::clone(&application);
        async move {
            let service = Rc::new(application.new_service(()).await?);
            Ok(fn_service(move |(request, framed)| {
                let service = Rc::clone(&service);
                serve(service, request, framed)
            }))
        }
    })
}

/// Sends a response without an upgrade and closes the connection.
async fn refuse<B: MessageBody>(
    response: Response<B>,
    framed: Framed<TcpStream, Codec>,
) -> Result<(), Error> {
    let mut response = response.map_body(|_, body| ErasedBody(Box::pin(body)));
    response
        .head_mut()
        .set_connection_type(ConnectionType::Close);
    SendResponse::new(framed, response).await?;
    Ok(())
}

/// A body with the error type that [`SendResponse`] expects.
struct ErasedBody<B>(Pin<Box<B>>);

impl<B: MessageBody> MessageBody for ErasedBody<B> {
    type Error = actix_http::Error;

    fn size(&self) -> BodySize {
        self.0.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let next = self.0.as_mut().poll_next(cx);
        next.map_err(|error| PayloadError::Io(io::Error::other(error.into().to_string())).into())
    }
}

/// A socket that has left HTTP.
struct UpgradedStream<B> {
    take: TakeOver,
    io: TcpStream,
    early: Bytes,
    /// The body is empty, but as long as it lives the request counts as in flight.
    in_flight: B,
}

/// Gets the application's response, then runs the session. The memory of the negotiation is freed
/// before the session begins, which may last for hours.
fn serve<S, B>(
    application: Rc<S>,
    request: Request,
    framed: Framed<TcpStream, Codec>,
) -> impl Future<Output = Result<(), Error>>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let negotiated = Box::pin(async move { negotiate(&*application, request, framed).await });
    async move {
        if let Some(upgraded) = negotiated.await? {
            let UpgradedStream {
                take,
                io,
                early,
                in_flight,
            } = *upgraded;
            take(io, early).await;
            drop(in_flight);
        }
        Ok(())
    }
}

/// The socket, if the application hands it over.
async fn negotiate<S, B>(
    application: &S,
    request: Request,
    framed: Framed<TcpStream, Codec>,
) -> Result<Option<Box<UpgradedStream<B>>>, Error>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let mut response: Response<B> = match application.call(request).await {
        Ok(response) => response.into(),
        Err(error) => {
            refuse(error.error_response().into(), framed).await?;
            return Ok(None);
        }
    };
    let upgrade = response.extensions_mut().remove::<Handover>();
    let Some(Handover(take)) = upgrade else {
        refuse(response, framed).await?;
        return Ok(None);
    };
    let (head, in_flight) = response.into_parts();
    let framed = SendResponse::new(framed, head.set_body(())).await?;
    let FramedParts { io, read_buf, .. } = framed.into_parts();
    Ok(Some(Box::new(UpgradedStream {
        take,
        io,
        early: read_buf.freeze(),
        in_flight,
    })))
}
