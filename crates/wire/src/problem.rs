//! Errors as RFC 9457 problems.
//!
//! A problem says what to change, in a sentence. It never carries a path, a query or another internal of ours. The
//! response it becomes also carries the problem itself as an extension, so that whoever knows the request's id (the
//! gateway) can write it in.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not served (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What kind of problem this is: stable, for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:coderunner:invalid-request")]
    pub kind: String,
    /// The kind in a few words.
    #[schema(example = "The request is not valid")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// What went wrong this time and what to change, for people.
    #[schema(example = "limits.cpuMs must be between 1 and 10000.")]
    pub detail: String,
    /// The id of the request, as in the header `X-Request-ID`; quote it when you ask for help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd")]
    pub request_id: Option<String>,
    /// Each field that must change; left out where it is not about fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds after which trying again makes sense; sent as the header `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

/// One field that must change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Where it is in the body: `limits.cpuMs`, `files[2].name`.
    #[schema(example = "limits.cpuMs")]
    pub field: String,
    /// What is wrong with it: a phrase that reads on from the field's name.
    #[schema(example = "must be between 1 and 10000")]
    pub message: String,
}

impl FieldError {
    /// The error `message` about `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// The kinds of problems that we name; each has one status and one title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// The body is not JSON, or not UTF-8.
    MalformedBody,
    /// A part of the address, a query parameter or a header is not valid.
    BadParameter,
    /// The body has another media type than JSON.
    UnsupportedMediaType,
    /// The body is compressed in another way than is taken.
    UnsupportedEncoding,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The body is JSON but does not say what it must.
    InvalidRequest,
    /// An idempotency key came back with another body.
    IdempotencyKeyReused,
    /// No such route.
    RouteNotFound,
    /// No such job, or none that the caller may see.
    JobNotFound,
    /// No such problem to solve.
    TaskNotFound,
    /// The request has credentials that mean nothing here.
    NotSignedIn,
    /// It is not for this caller.
    Forbidden,
    /// No such hint of the problem.
    HintNotFound,
    /// No such file among those that the job has left behind.
    ArtifactNotFound,
    /// The route does not take this method.
    MethodNotAllowed,
    /// The job has ended, so it cannot be cancelled.
    AlreadyFinished,
    /// The job has not ended, so its result cannot be deleted.
    NotFinished,
    /// A frame of a live session cannot be read, or comes at the wrong time.
    BadFrame,
    /// The page that asks belongs to a site that may not.
    OriginNotAllowed,
    /// As many live sessions are held as may be.
    TooManySessions,
    /// The request names a host that this server does not answer to.
    HostNotAllowed,
    /// The body took too long to arrive.
    BodyTooSlow,
    /// As many connections are open as may be.
    TooManyConnections,
    /// The caller has sent more than it may.
    LimitExceeded,
    /// So many jobs wait that those of this priority are not taken.
    Shedding,
    /// More has been asked for than the workers there are should do.
    CapacityReached,
    /// Too many jobs wait.
    QueueFull,
    /// The server cannot serve yet, or not any more.
    NotReady,
    /// No server of a service could be reached.
    UpstreamUnreachable,
    /// A server of a service ended the connection before it answered.
    UpstreamBrokeOff,
    /// A server of a service took too long.
    UpstreamTooSlow,
    /// We failed.
    Internal,
}

impl ProblemKind {
    /// Its status.
    pub const fn status(self) -> StatusCode {
        self.parts().1
    }

    /// Its title, in a few words.
    pub const fn title(self) -> &'static str {
        self.parts().2
    }

    /// The last part of its `type`, its status and its title.
    const fn parts(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::MalformedBody => ("malformed-body", StatusCode::BAD_REQUEST, "The body cannot be read"),
            Self::BadParameter => ("bad-parameter", StatusCode::BAD_REQUEST, "A parameter is not valid"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be JSON")
            }
            Self::UnsupportedEncoding => (
                "unsupported-encoding",
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "The body is compressed in a way that is not taken",
            ),
            Self::BodyTooLarge => ("body-too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::InvalidRequest => {
                ("invalid-request", StatusCode::UNPROCESSABLE_ENTITY, "The request is not valid")
            }
            Self::IdempotencyKeyReused => (
                "idempotency-key-reused",
                StatusCode::UNPROCESSABLE_ENTITY,
                "The idempotency key belongs to another request",
            ),
            Self::RouteNotFound => ("not-found", StatusCode::NOT_FOUND, "There is nothing here"),
            Self::JobNotFound => ("job-not-found", StatusCode::NOT_FOUND, "No such job"),
            Self::TaskNotFound => ("problem-not-found", StatusCode::NOT_FOUND, "No such problem"),
            Self::NotSignedIn => ("not-signed-in", StatusCode::UNAUTHORIZED, "Nobody is signed in"),
            Self::HintNotFound => ("hint-not-found", StatusCode::NOT_FOUND, "No such hint"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not for you"),
            Self::ArtifactNotFound => ("artifact-not-found", StatusCode::NOT_FOUND, "No such file"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "The method does not fit")
            }
            Self::AlreadyFinished => ("already-finished", StatusCode::CONFLICT, "The job has already ended"),
            Self::NotFinished => ("not-finished", StatusCode::CONFLICT, "The job has not ended"),
            Self::BadFrame => ("bad-frame", StatusCode::BAD_REQUEST, "The frame cannot be understood"),
            Self::OriginNotAllowed => {
                ("origin-not-allowed", StatusCode::FORBIDDEN, "The page may not call this address")
            }
            Self::TooManySessions => {
                ("too-many-sessions", StatusCode::SERVICE_UNAVAILABLE, "Too many live sessions")
            }
            Self::HostNotAllowed => {
                ("host-not-allowed", StatusCode::MISDIRECTED_REQUEST, "The server has another name")
            }
            Self::BodyTooSlow => ("body-too-slow", StatusCode::REQUEST_TIMEOUT, "The body took too long"),
            Self::TooManyConnections => {
                ("too-many-connections", StatusCode::SERVICE_UNAVAILABLE, "Too many connections")
            }
            Self::LimitExceeded => ("limit-exceeded", StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
            Self::Shedding => ("shedding", StatusCode::SERVICE_UNAVAILABLE, "Too much waits"),
            Self::CapacityReached => {
                ("capacity-reached", StatusCode::SERVICE_UNAVAILABLE, "More than the workers can do")
            }
            Self::QueueFull => ("queue-full", StatusCode::SERVICE_UNAVAILABLE, "The queue is full"),
            Self::NotReady => ("not-ready", StatusCode::SERVICE_UNAVAILABLE, "Not ready"),
            Self::UpstreamUnreachable => {
                ("service-unreachable", StatusCode::SERVICE_UNAVAILABLE, "A service cannot be reached")
            }
            Self::UpstreamBrokeOff => {
                ("service-broke-off", StatusCode::BAD_GATEWAY, "A service broke off its answer")
            }
            Self::UpstreamTooSlow => {
                ("service-too-slow", StatusCode::GATEWAY_TIMEOUT, "A service took too long")
            }
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here"),
        }
    }
}

impl Problem {
    /// A problem of this kind, described by `detail`.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let (name, status, title) = kind.parts();
        Self {
            kind: format!("urn:coderunner:{name}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            request_id: None,
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// Something failed on our side; what it was goes to the log, not to the client.
    pub fn internal() -> Self {
        Self::new(
            ProblemKind::Internal,
            "This is our fault, not yours. Try again; if it stays, tell us the request id.",
        )
    }

    /// The body is read, but these fields must change.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [only] => {
                let end = if only.message.ends_with(['.', '?', '!']) { "" } else { "." };
                format!("{} {}{end}", only.field, only.message)
            }
            [first, rest @ ..] => {
                format!("{} {}; and {} more, see errors.", first.field, first.message, rest.len())
            }
            [] => "The request is not valid.".to_owned(),
        };
        Self { errors, ..Self::new(ProblemKind::InvalidRequest, detail) }
    }

    /// A problem for a status that no kind of ours names.
    pub fn of_status(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            ..Self::new(ProblemKind::Internal, detail)
        }
    }

    /// As it is sent, with a newline at its end.
    pub fn to_json(&self) -> Vec<u8> {
        // Plain data with text keys, which always serializes.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The same problem, with the advice to try again after this many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = self.to_json();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_JSON)], body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_problem_has_its_promised_shape() {
        let problem = Problem {
            request_id: Some("r1".into()),
            ..Problem::fields(vec![FieldError::new("limits.cpuMs", "must be between 1 and 30000")])
        };
        assert_eq!(
            serde_json::to_value(&problem).expect("serializes"),
            json!({"type": "urn:coderunner:invalid-request", "title": "The request is not valid", "status": 422,
                "detail": "limits.cpuMs must be between 1 and 30000.", "requestId": "r1",
                "errors": [{"field": "limits.cpuMs", "message": "must be between 1 and 30000"}]})
        );
    }

    #[test]
    fn a_problem_becomes_a_response_with_its_status_and_headers() {
        let response = Problem::new(ProblemKind::QueueFull, "Try later.").retry_after(5).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        assert!(response.extensions().get::<Problem>().is_some());
    }

    #[test]
    fn a_problem_ends_with_a_newline() {
        assert!(Problem::internal().to_json().ends_with(b"}\n"));
    }
}
