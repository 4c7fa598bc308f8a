//! Batches of submissions: each counts as one, so the body is looked into before the service sees it.
//!
//! What is within the limits is told to the service in headers; what is not is refused there, each submission by itself. A client
//! that sends the headers itself can only be allowed less.

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
use traffic::{Admission, Decision};
use wire::{
    BATCH_ADMITTED_HEADER, BATCH_PATH, BATCH_RETRY_AFTER_HEADER, FieldError, ProblemDetails, batch_size,
};

use crate::{GatewaySettings, fields, limits::Account};

/// How large a batch may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    body: Bytes,
    submissions: usize,
}

impl Limits {
    pub(crate) const fn of(settings: &GatewaySettings) -> Self {
        Self { body: settings.body, submissions: settings.max_batch }
    }

    /// What a batch of so many is answered, as the service would answer it: what is not counted must not reach one that takes more.
    fn refusal(self, size: usize) -> ProblemDetails {
        let most = self.submissions;
        let message = format!("must have between 1 and {most} entries; there are {size}");
        ProblemDetails::fields(vec![FieldError::new("submissions", message)])
    }
}

/// Whether this request is a batch.
pub(crate) fn is_one(request: &Request) -> bool {
    request.method() == Method::POST && request.uri().path() == BATCH_PATH
}

/// The same request, and how many submissions are in it. What cannot be read is passed on as it came, with its error at the end:
/// whoever reads it says what is wrong.
async fn look_into(request: Request, most: Bytes) -> (Request, usize) {
    let (parts, body) = request.into_parts();
    match Limited::new(body, most.as_usize()).collect().await {
        Ok(collected) => {
            let bytes = collected.to_bytes();
            let size = batch_size(&bytes).unwrap_or_default();
            (Request::from_parts(parts, Body::from(bytes)), size)
        }
        Err(error) => (Request::from_parts(parts, Body::new(Failed(Some(error)))), 0),
    }
}

/// A body that fails.
struct Failed(Option<BoxError>);

impl http_body::Body for Failed {
    type Data = bytes::Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, BoxError>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

/// The middleware. It comes after what unpacks bodies, and goes on with the account that the limits have left in the request; how the
/// caller stands then is left in the answer.
pub(crate) async fn count(State(limits): State<Limits>, mut request: Request, next: Next) -> Response {
    let Some(account) = request.extensions_mut().remove::<Account>() else { return next.run(request).await };
    let (mut request, size) = look_into(request, limits.body).await;
    if size > limits.submissions {
        return limits.refusal(size).into_response();
    }
    let standing = count_rest(request.headers_mut(), size.saturating_sub(1), &account).await;
    let mut response = next.run(request).await;
    if let Some(standing) = standing {
        response.extensions_mut().insert(standing);
    }
    response
}

/// Counts the submissions of a batch beyond the first, up to the first that is too much, and tells the service.
async fn count_rest(headers: &mut HeaderMap, rest: usize, account: &Account) -> Option<Decision> {
    let mut last = None;
    for counted in 0..rest {
        let decision = account.check().await;
        let verdict = decision.admission;
        last = Some(decision);
        if let Admission::Refused { retry_after } = verdict {
            tell(headers, counted + 1, fields::whole_seconds(retry_after).max(1));
            break;
        }
    }
    last
}

/// Never more than somebody before has allowed.
fn tell(headers: &mut HeaderMap, admitted: usize, retry_after: u64) {
    let told =
        headers.get(BATCH_ADMITTED_HEADER).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    headers
        .insert(BATCH_ADMITTED_HEADER, HeaderValue::from(told.map_or(admitted, |told| told.min(admitted))));
    headers.insert(BATCH_RETRY_AFTER_HEADER, HeaderValue::from(retry_after));
}
