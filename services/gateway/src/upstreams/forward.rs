//! Forwarding of one request to a server, with retries, and of its response.

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
    proxy_headers,
    replayable_body::{BodyReplay, ReplayableBody},
    server_slot::{ServerSlot, UpstreamsInner},
    tunnel,
};

/// Error before a response.
#[derive(Debug, thiserror::Error)]
enum ForwardError {
    /// Connecting failed; the request was not sent.
    #[error("it cannot be reached")]
    Unreachable(#[source] Error),
    /// The connection ended before a response; the server may have seen the request.
    #[error("the connection broke off")]
    Disconnected(#[source] Error),
    /// The response timed out.
    #[error("it did not answer in time")]
    Timeout,
    /// The gateway is shutting down.
    #[error("the gateway stops")]
    ShuttingDown,
    /// The client's body was incomplete or too large.
    #[error("the request's body ended early")]
    RequestBody(#[source] Error),
}

/// Sends a request to one server after another, until one answers or a retry is not allowed.
pub(super) async fn forward(shared: &Arc<UpstreamsInner>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let client = parts.extensions.remove::<OnUpgrade>();
    proxy_headers::prepare_request(&mut parts);
    let body = ReplayableBody::new(body);
    let mut tried = Vec::new();
    let mut last = None;
    while let Some(slot) = shared.slot(&tried)
        && let Some(replay) = body.replay()
    {
        match send(&slot, &parts, replay).await {
            Ok(answer) => return convert_response(answer, client, slot),
            Err(error) => {
                let cause = causes(&error).map(ToString::to_string).collect::<Vec<_>>().join(": ");
                tracing::warn!(service = shared.service, server = %slot.address(), %error, cause, "a server failed");
                let retry = may_retry(&parts.method, &error);
                tried.push(slot.server);
                last = Some(error);
                if !retry {
                    break;
                }
            }
        }
    }
    error_response(shared, last.as_ref()).into_response()
}

async fn send(
    slot: &ServerSlot,
    parts: &Parts,
    body: BodyReplay,
) -> Result<Response<Incoming>, ForwardError> {
    let UpstreamsInner { client, answer, forwarding, .. } = slot.shared.as_ref();
    let request = build_request(slot, parts, body);
    let response = timeout(*answer, client.request(request));
    match forwarding.cancelled().run_until_cancelled(response).await.ok_or(ForwardError::ShuttingDown)? {
        Ok(Ok(answer)) => {
            slot.record_success();
            Ok(answer)
        }
        Ok(Err(error)) if is_request_body_error(&error) => Err(ForwardError::RequestBody(error)),
        Ok(Err(error)) => {
            slot.record_failure();
            Err(if error.is_connect() {
                ForwardError::Unreachable(error)
            } else {
                ForwardError::Disconnected(error)
            })
        }
        Err(_) => {
            slot.record_failure();
            Err(ForwardError::Timeout)
        }
    }
}

/// Whether the request body caused the error.
fn is_request_body_error(error: &Error) -> bool {
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

fn build_request(slot: &ServerSlot, parts: &Parts, body: BodyReplay) -> Request<BodyReplay> {
    let mut uri = Uri::default().into_parts();
    uri.scheme = Some(Scheme::HTTP);
    uri.authority = Some(slot.address().clone());
    uri.path_and_query = parts.uri.path_and_query().cloned().or_else(|| Some(PathAndQuery::from_static("/")));
    let mut request = Request::new(body);
    *request.uri_mut() = Uri::from_parts(uri).expect("a scheme, an authority and a path are an address");
    *request.method_mut() = parts.method.clone();
    *request.headers_mut() = parts.headers.clone();
    *request.version_mut() = Version::HTTP_11;
    request
}

/// Whether another server may be tried. A POST has an idempotency key; a request that timed out would only time
/// out again.
fn may_retry(method: &Method, error: &ForwardError) -> bool {
    match error {
        ForwardError::Unreachable(_) => true,
        ForwardError::Disconnected(_) => method.is_idempotent() || matches!(*method, Method::POST),
        ForwardError::Timeout | ForwardError::RequestBody(_) | ForwardError::ShuttingDown => false,
    }
}

fn convert_response(answer: Response<Incoming>, client: Option<OnUpgrade>, slot: ServerSlot) -> Response {
    let mut answer = answer.map(Body::new);
    let upgrade = proxy_headers::upgrade(answer.headers());
    proxy_headers::remove_hop_by_hop(answer.headers_mut());
    match upgrade.filter(|_| answer.status() == StatusCode::SWITCHING_PROTOCOLS) {
        Some(protocol) => {
            proxy_headers::set_upgrade(answer.headers_mut(), protocol);
            tunnel::open(client, &mut answer, slot);
            answer.map(|_| Body::empty())
        }
        None => answer.map(|body| Body::new(SlotBody { body, _place: slot })),
    }
}

/// A response body that holds the server's slot.
struct SlotBody {
    body: Body,
    _place: ServerSlot,
}

impl HttpBody for SlotBody {
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

fn is_timeout(error: &(dyn StdError + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
}

/// The error for the client if no server answered.
fn error_response(shared: &UpstreamsInner, last: Option<&ForwardError>) -> ProblemDetails {
    let service = &shared.service;
    match last {
        Some(ForwardError::Timeout) => ProblemDetails::new(
            ProblemType::UpstreamTooSlow,
            format!("The service {service} did not answer in time. Try again in a moment."),
        ),
        Some(ForwardError::Disconnected(_)) => ProblemDetails::new(
            ProblemType::UpstreamDisconnected,
            format!("The service {service} broke off before it answered. Try again in a moment."),
        ),
        Some(ForwardError::RequestBody(error))
            if causes(error).any(<dyn StdError>::is::<LengthLimitError>) =>
        {
            ProblemDetails::new(
                ProblemType::BodyTooLarge,
                "The body is larger than a request's may be. Send less.",
            )
        }
        Some(ForwardError::ShuttingDown) => {
            let detail = "The server is shutting down. Try again in a moment.";
            ProblemDetails::new(ProblemType::NotReady, detail).retry_after(1)
        }
        Some(ForwardError::RequestBody(error)) if causes(error).any(is_timeout) => ProblemDetails::new(
            ProblemType::BodyTooSlow,
            "The body did not arrive in time. Send it faster, or send less.",
        ),
        Some(ForwardError::RequestBody(_)) => ProblemDetails::new(
            ProblemType::MalformedBody,
            "The body ended before it was whole. Send it again.",
        ),
        Some(ForwardError::Unreachable(_)) | None => ProblemDetails::new(
            ProblemType::UpstreamUnreachable,
            format!("The service {service} cannot be reached at the moment. Try again in a few seconds."),
        )
        .retry_after(2),
    }
}
