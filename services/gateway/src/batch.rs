//! Batches: counts each submission of a batch against the rate limit, before the service sees it.
//!
//! The number of admitted submissions is passed to the service in headers; the service rejects the others one
//! by one. A client that sends these headers itself can only lower its own limit.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    BoxError,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http_body::Frame;
use http_body_util::{BodyExt as _, Limited};
use model::Bytes;
use traffic::Admission;
use wire::{
    BATCH_ADMITTED_HEADER, BATCH_PATH, BATCH_RETRY_AFTER_HEADER, FieldError, ProblemDetails, batch_size,
};

use crate::{
    account::{Account, AccountDecision},
    rate_limit_headers,
};

/// The limits of a batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BatchLimits {
    body: Bytes,
    submissions: usize,
}

impl BatchLimits {
    pub(crate) const fn new(body: Bytes, submissions: usize) -> Self {
        Self { body, submissions }
    }

    /// The error response to a larger batch, in the words of the service. Such a batch is not counted, so it
    /// must not reach a service with a larger limit.
    fn too_large(self, size: usize) -> ProblemDetails {
        let max = self.submissions;
        let message = format!("must have between 1 and {max} entries; there are {size}");
        ProblemDetails::fields(vec![FieldError::new("submissions", message)])
    }
}

/// Whether this request is a batch.
pub(crate) fn is_batch(request: &Request) -> bool {
    request.method() == Method::POST && request.uri().path() == BATCH_PATH
}

/// Reads the body and returns the number of submissions. An unreadable body is passed on with
/// its error, for the service to report.
async fn read_batch(request: Request, max_body: Bytes) -> (Request, usize) {
    let (parts, body) = request.into_parts();
    match Limited::new(body, max_body.as_usize()).collect().await {
        Ok(collected) => {
            let bytes = collected.to_bytes();
            let size = batch_size(&bytes).unwrap_or_default();
            (Request::from_parts(parts, Body::from(bytes)), size)
        }
        Err(error) => (Request::from_parts(parts, Body::new(FailedBody(Some(error)))), 0),
    }
}

/// A body that ends with an error.
struct FailedBody(Option<BoxError>);

impl http_body::Body for FailedBody {
    type Data = bytes::Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, BoxError>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

/// Middleware, inside of the decompression. Uses the account that the rate limit has left in the request, and
/// leaves its decision in the response.
pub(crate) async fn count_submissions(
    State(limits): State<BatchLimits>,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(account) = request.extensions_mut().remove::<Account>() else { return next.run(request).await };
    let (mut request, size) = read_batch(request, limits.body).await;
    if size > limits.submissions {
        return limits.too_large(size).into_response();
    }
    let decision = count_further(request.headers_mut(), size.saturating_sub(1), &account).await;
    let mut response = next.run(request).await;
    if let Some(decision) = decision {
        response.extensions_mut().insert(decision);
    }
    response
}

/// Counts the submissions after the first, up to the first rejected one, and sets the headers for the service.
async fn count_further(
    headers: &mut HeaderMap,
    further: usize,
    account: &Account,
) -> Option<AccountDecision> {
    let mut last = None;
    for index in 0..further {
        let decision = account.check().await?;
        let admission = decision.decision.admission;
        last = Some(decision);
        if let Admission::Refused { retry_after } = admission {
            set_batch_headers(headers, index + 1, rate_limit_headers::whole_seconds(retry_after).max(1));
            break;
        }
    }
    last
}

/// Never more than an earlier value.
fn set_batch_headers(headers: &mut HeaderMap, admitted: usize, retry_after: u64) {
    let earlier =
        headers.get(BATCH_ADMITTED_HEADER).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    headers.insert(
        BATCH_ADMITTED_HEADER,
        HeaderValue::from(earlier.map_or(admitted, |earlier| earlier.min(admitted))),
    );
    headers.insert(BATCH_RETRY_AFTER_HEADER, HeaderValue::from(retry_after));
}
