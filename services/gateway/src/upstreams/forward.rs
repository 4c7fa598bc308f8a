//! One request's way to a server of a service, and its answer's way back.

use std::{
    error::Error as StdError,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::Body,
    extract::Request,
    http::{
        Method, StatusCode, Version,
        request::Parts,
        uri::{PathAndQuery, Scheme, Uri},
    },
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::LengthLimitError;
use hyper::{body::Incoming, upgrade::OnUpgrade};
use hyper_util::client::legacy::Error;
use tokio::time::timeout;
use wire::{ProblemDetails, ProblemType};

use super::{
    Place, Shared, headers,
    replay::{Replay, Replayed},
    tunnel,
};

/// Why a server did not begin to answer.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// It could not be reached, so the request never left.
    #[error("it cannot be reached")]
    Unreachable(#[source] Error),
    /// The connection ended first; what the server has seen of the request nobody knows.
    #[error("the connection broke off")]
    BrokeOff(#[source] Error),
    /// It took too long.
    #[error("it did not answer in time")]
    TooSlow,
    /// This gateway stops.
    #[error("the gateway stops")]
    Leaving,
    /// The client did not send its body to the end, or more than it may.
    #[error("the request's body ended early")]
    NoBody(#[source] Error),
}

/// Sends a request to one server after another until one answers, or until it must not be sent again.
pub(super) async fn forward(shared: &Arc<Shared>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let client = parts.extensions.remove::<OnUpgrade>();
    headers::pass_on(&mut parts);
    let body = Replay::new(body);
    let mut tried = Vec::new();
    let mut last = None;
    while let Some(place) = shared.place(&tried)
        && let Some(once) = body.again()
    {
        match send(&place, &parts, once).await {
            Ok(answer) => return passed_back(answer, client, place),
            Err(failure) => {
                let cause = causes(&failure).map(ToString::to_string).collect::<Vec<_>>().join(": ");
                tracing::warn!(service = shared.service, server = %place.address(), %failure, cause, "a server failed");
                let goes_on = may_go_on(&parts.method, &failure);
                tried.push(place.server);
                last = Some(failure);
                if !goes_on {
                    break;
                }
            }
        }
    }
    refused(shared, last.as_ref()).into_response()
}

async fn send(place: &Place, parts: &Parts, body: Replayed) -> Result<Response<Incoming>, Failure> {
    let Shared { client, answer, passage, .. } = place.shared.as_ref();
    let request = addressed(place, parts, body);
    let asked = timeout(*answer, client.request(request));
    match passage.ended().run_until_cancelled(asked).await.ok_or(Failure::Leaving)? {
        Ok(Ok(answer)) => {
            place.answered();
            Ok(answer)
        }
        Ok(Err(error)) if is_the_clients(&error) => Err(Failure::NoBody(error)),
        Ok(Err(error)) => {
            place.failed();
            Err(if error.is_connect() { Failure::Unreachable(error) } else { Failure::BrokeOff(error) })
        }
        Err(_) => {
            place.failed();
            Err(Failure::TooSlow)
        }
    }
}

/// Whether the body that was to be sent is what failed.
fn is_the_clients(error: &Error) -> bool {
    causes(error).any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_user))
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

fn addressed(place: &Place, parts: &Parts, body: Replayed) -> Request<Replayed> {
    let mut uri = Uri::default().into_parts();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(place.address().clone());
    uri.path_and_query = parts.uri.path_and_query().cloned().or_else(|| Some(PathAndQuery::from_static("/")));
    let mut request = Request::new(body);
    *request.uri_mut() = Uri::from_parts(uri).expect("a scheme, an authority and a path are an address");
    *request.method_mut() = parts.method.clone();
    *request.headers_mut() = parts.headers.clone();
    *request.version_mut() = Version::HTTP_11;
    request
}

/// Whether another server may be asked. A POST carries a key by which a service knows it again; one that was too slow would
/// only be so again.
fn may_go_on(method: &Method, failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable(_) => true,
        Failure::BrokeOff(_) => method.is_idempotent() || matches!(*method, Method::POST),
        Failure::TooSlow | Failure::NoBody(_) | Failure::Leaving => false,
    }
}

fn passed_back(answer: Response<Incoming>, client: Option<OnUpgrade>, place: Place) -> Response {
    let mut answer = answer.map(Body::new);
    let upgrade = headers::upgrade(answer.headers());
    headers::drop_hops(answer.headers_mut());
    match upgrade.filter(|_| answer.status() == StatusCode::SWITCHING_PROTOCOLS) {
        Some(protocol) => {
            headers::ask_to_upgrade(answer.headers_mut(), protocol);
            tunnel::open(client, &mut answer, place);
            answer.map(|_| Body::empty())
        }
        None => answer.map(|body| Body::new(Held { body, _place: place })),
    }
}

/// An answer's body, whose request is open until it is over.
struct Held {
    body: Body,
    _place: Place,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn is_late(error: &(dyn StdError + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

/// What a client is told when no server has answered.
fn refused(shared: &Shared, last: Option<&Failure>) -> ProblemDetails {
    let service = &shared.service;
    match last {
        Some(Failure::TooSlow) => ProblemDetails::new(
            ProblemType::UpstreamTooSlow,
            format!("The service {service} did not answer in time. Try again in a moment."),
        ),
        Some(Failure::BrokeOff(_)) => ProblemDetails::new(
            ProblemType::UpstreamDisconnected,
            format!("The service {service} broke off before it answered. Try again in a moment."),
        ),
        Some(Failure::NoBody(error)) if causes(error).any(<dyn StdError>::is::<LengthLimitError>) => {
            ProblemDetails::new(
                ProblemType::BodyTooLarge,
                "The body is larger than a request's may be. Send less.",
            )
        }
        Some(Failure::Leaving) => {
            let detail = "The server is shutting down. Try again in a moment.";
            ProblemDetails::new(ProblemType::NotReady, detail).retry_after(1)
        }
        Some(Failure::NoBody(error)) if causes(error).any(is_late) => ProblemDetails::new(
            ProblemType::BodyTooSlow,
            "The body did not arrive in time. Send it faster, or send less.",
        ),
        Some(Failure::NoBody(_)) => ProblemDetails::new(
            ProblemType::MalformedBody,
            "The body ended before it was whole. Send it again.",
        ),
        Some(Failure::Unreachable(_)) | None => ProblemDetails::new(
            ProblemType::UpstreamUnreachable,
            format!("The service {service} cannot be reached at the moment. Try again in a few seconds."),
        )
        .retry_after(2),
    }
}
