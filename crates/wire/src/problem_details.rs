//! Problem details: error responses in the format of RFC 9457.
//!
//! The detail names the remedy in a sentence. It never contains a path, a query or another internal. The response carries the
//! problem details as an extension too, so that the gateway can add the id of the request.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The media type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An error response (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemDetails {
    /// The type of the problem: a stable identifier for programs.
    #[serde(rename = "type")]
    #[schema(example = "urn:coderunner:invalid-request")]
    pub kind: String,
    /// The type in a few words.
    #[schema(example = "The request is not valid")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422)]
    pub status: u16,
    /// The error and its remedy, for people.
    #[schema(example = "limits.cpuMs must be between 1 and 10000.")]
    pub detail: String,
    /// The id of the request, as in the header `X-Request-ID`; quote it in support requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "0192d3a4-5b6c-7d8e-9f01-23456789abcd")]
    pub request_id: Option<String>,
    /// The invalid fields; absent for other errors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Seconds to wait before a retry; sent as the header `Retry-After`.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

/// An invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// Its path in the body: `limits.cpuMs`, `files[2].name`.
    #[schema(example = "limits.cpuMs")]
    pub field: String,
    /// The error, as a phrase that follows the name of the field.
    #[schema(example = "must be between 1 and 10000")]
    pub message: String,
}

impl FieldError {
    /// The error `message` about `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// The types of problems; each has one status and one title.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemType {
    /// The body is not JSON, or not UTF-8.
    MalformedBody,
    /// A path segment, a query parameter or a header is not valid.
    BadParameter,
    /// The media type of the body is not JSON.
    UnsupportedMediaType,
    /// The content encoding of the body is not supported.
    UnsupportedEncoding,
    /// The body is larger than allowed.
    BodyTooLarge,
    /// The body is JSON, but fields are invalid.
    InvalidRequest,
    /// An idempotency key was reused with another body.
    IdempotencyKeyReused,
    /// No such route.
    RouteNotFound,
    /// The job does not exist, or the caller may not see it.
    JobNotFound,
    /// The programming problem does not exist.
    ProblemNotFound,
    /// The credentials of the request are not valid.
    NotSignedIn,
    /// The caller has no permission.
    Forbidden,
    /// The problem has no such hint.
    HintNotFound,
    /// There is no such shared program, or it has expired.
    ShareNotFound,
    /// The job has no such artifact.
    ArtifactNotFound,
    /// The route does not support this method.
    MethodNotAllowed,
    /// The job has ended, so it cannot be cancelled.
    AlreadyFinished,
    /// The job has not ended, so its result cannot be deleted.
    NotFinished,
    /// The job is no live session, so it takes no input.
    NotASession,
    /// A frame of a live session is invalid or out of order.
    BadFrame,
    /// The origin of the page is not allowed.
    OriginNotAllowed,
    /// The limit of live sessions is reached.
    TooManySessions,
    /// The `Host` of the request is not one of this server.
    HostNotAllowed,
    /// The body arrived too slowly.
    BodyTooSlow,
    /// The limit of open connections is reached.
    TooManyConnections,
    /// The caller has exceeded its rate limit.
    LimitExceeded,
    /// The queue is so long that jobs of this priority are refused.
    Shedding,
    /// The rate of submissions exceeds the capacity of the workers.
    CapacityReached,
    /// The queue is full.
    QueueFull,
    /// The server is starting or shutting down.
    NotReady,
    /// No upstream server of a service can be reached.
    UpstreamUnreachable,
    /// An upstream server closed the connection before it responded.
    UpstreamDisconnected,
    /// An upstream server did not respond in time.
    UpstreamTooSlow,
    /// An internal error.
    Internal,
}

impl ProblemType {
    /// The HTTP status.
    pub const fn status(self) -> StatusCode {
        self.parts().1
    }

    /// The title.
    pub const fn title(self) -> &'static str {
        self.parts().2
    }

    /// The last part of the `type`, the status and the title.
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
            Self::ProblemNotFound => ("problem-not-found", StatusCode::NOT_FOUND, "No such problem"),
            Self::NotSignedIn => ("not-signed-in", StatusCode::UNAUTHORIZED, "Nobody is signed in"),
            Self::HintNotFound => ("hint-not-found", StatusCode::NOT_FOUND, "No such hint"),
            Self::Forbidden => ("forbidden", StatusCode::FORBIDDEN, "Not for you"),
            Self::ShareNotFound => ("share-not-found", StatusCode::NOT_FOUND, "No such shared program"),
            Self::ArtifactNotFound => ("artifact-not-found", StatusCode::NOT_FOUND, "No such file"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "The method does not fit")
            }
            Self::AlreadyFinished => ("already-finished", StatusCode::CONFLICT, "The job has already ended"),
            Self::NotFinished => ("not-finished", StatusCode::CONFLICT, "The job has not ended"),
            Self::NotASession => ("not-a-session", StatusCode::CONFLICT, "The job is no live session"),
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
            Self::UpstreamDisconnected => {
                ("service-broke-off", StatusCode::BAD_GATEWAY, "A service broke off its answer")
            }
            Self::UpstreamTooSlow => {
                ("service-too-slow", StatusCode::GATEWAY_TIMEOUT, "A service took too long")
            }
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here"),
        }
    }
}

impl ProblemDetails {
    /// Problem details of this type.
    pub fn new(kind: ProblemType, detail: impl Into<String>) -> Self {
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

    /// An internal error. Its cause goes to the log, not to the client.
    pub fn internal() -> Self {
        Self::new(
            ProblemType::Internal,
            "This is our fault, not yours. Try again; if it stays, tell us the request id.",
        )
    }

    /// An invalid request with these invalid fields.
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
        Self { errors, ..Self::new(ProblemType::InvalidRequest, detail) }
    }

    /// Problem details for a status without a type of its own.
    pub fn from_status(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            ..Self::new(ProblemType::Internal, detail)
        }
    }

    /// The serialized form, with a final newline.
    pub fn to_json(&self) -> Vec<u8> {
        // Plain data with string keys always serializes.
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Adds a `Retry-After` of this many seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl IntoResponse for ProblemDetails {
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
        let problem = ProblemDetails {
            request_id: Some("r1".into()),
            ..ProblemDetails::fields(vec![FieldError::new("limits.cpuMs", "must be between 1 and 30000")])
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
        let response =
            ProblemDetails::new(ProblemType::QueueFull, "Try later.").retry_after(5).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROBLEM_JSON);
        assert_eq!(response.headers()[header::RETRY_AFTER], "5");
        assert!(response.extensions().get::<ProblemDetails>().is_some());
    }

    #[test]
    fn a_problem_ends_with_a_newline() {
        assert!(ProblemDetails::internal().to_json().ends_with(b"}\n"));
    }
}
