//! Parameters of requests: extractors for path, query and headers, with errors that describe valid values.

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Path, Query},
    http::{HeaderMap, Uri, request::Parts},
};
use diagnostics::Language;
use model::{IdempotencyKey, JobId, Seq};
use serde::Deserialize;
use utoipa::{
    IntoParams,
    openapi::{KnownFormat, ObjectBuilder, OneOfBuilder, RefOr, Schema, SchemaFormat, schema::Type},
};
use wire::{ProblemType, WaitQuery};

use crate::{ApiError, Execution, help_language::HelpLanguage};

/// Maximum event id: a stream never sends a larger one, and the id after it must still be a number.
const MAX_EVENT_ID: Seq = Seq::of(u32::MAX, 0);

/// OpenAPI description of the `{id}` in a path; [`JobIdParam`] extracts it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is only a description")]
pub(crate) struct JobPath {
    /// The job's id.
    #[param(format = "uuid")]
    id: String,
}

/// OpenAPI description of the header `Idempotency-Key`; [`idempotency_key`] reads it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is only a description")]
pub(crate) struct IdempotencyKeyHeader {
    /// 1 to 255 visible ASCII characters, chosen by the client, new for each submission.
    #[serde(rename = "Idempotency-Key")]
    #[param(min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    key: Option<String>,
}

/// OpenAPI description of the header `Last-Event-ID`; [`last_event_id`] reads it.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is only a description")]
pub(crate) struct LastEventIdHeader {
    /// The id of the last event received, to go on after it. Empty is as if it were left out.
    #[serde(rename = "Last-Event-ID")]
    #[param(schema_with = event_id_or_nothing)]
    after: Option<u64>,
}

fn event_id_or_nothing() -> RefOr<Schema> {
    let int64 = SchemaFormat::KnownFormat(KnownFormat::Int64);
    let id = ObjectBuilder::new().schema_type(Type::Integer).format(Some(int64));
    let id = id.minimum(Some(0)).maximum(Some(MAX_EVENT_ID.0));
    let nothing = ObjectBuilder::new().schema_type(Type::String).max_length(Some(0));
    let description =
        "The id of the last event received, to go on after it. Empty is as if it were left out.";
    OneOfBuilder::new().item(id).item(nothing).description(Some(description)).into()
}

/// The `{id}` in a path.
pub(crate) struct JobIdParam(pub(crate) JobId);

impl<S: Send + Sync> FromRequestParts<S> for JobIdParam {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text): Path<String> = Path::from_request_parts(parts, state)
            .await
            .map_err(|_| bad_parameter(format!("The id is {}.", model::ParseJobIdError)))?;
        job_id(&text).map(Self)
    }
}

/// The `{id}` and the `{*name}` in a path.
pub(crate) struct ArtifactParams(pub(crate) JobId, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for ArtifactParams {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path((id, name)): Path<(String, String)> =
            Path::from_request_parts(parts, state).await.map_err(|_| {
                bad_parameter("The id and the name in the address must be UTF-8 once decoded.".to_owned())
            })?;
        Ok(Self(job_id(&id)?, name))
    }
}

fn job_id(text: &str) -> Result<JobId, ApiError> {
    text.parse()
        .map_err(|error: model::ParseJobIdError| bad_parameter(format!("The id in the address is {error}.")))
}

fn bad_parameter(detail: String) -> ApiError {
    ApiError::new(ProblemType::BadParameter, detail)
}

/// The query `?wait=SECONDS` up to the maximum. `?reveal=true` is rejected: it is for staff, and there is no authentication yet.
pub(crate) struct WaitParam(pub(crate) Duration);

impl FromRequestParts<Execution> for WaitParam {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, execution: &Execution) -> Result<Self, ApiError> {
        wait(&parts.uri, execution.settings().max_wait).map(Self)
    }
}

/// Parameters of the answer to a submission.
pub(crate) struct AnswerParams {
    /// How long the client waits for the result.
    pub(crate) timeout: Duration,
    /// The language of help with mistakes.
    pub(crate) words: Language,
}

impl FromRequestParts<Execution> for AnswerParams {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, execution: &Execution) -> Result<Self, ApiError> {
        let WaitParam(timeout) = WaitParam::from_request_parts(parts, execution).await?;
        let HelpLanguage(words) = HelpLanguage::from_request_parts(parts, execution).await?;
        Ok(Self { timeout, words })
    }
}

/// Parses the query of a URI.
pub(crate) fn wait(uri: &Uri, max_wait: Duration) -> Result<Duration, ApiError> {
    let requested = Query::<WaitQuery>::try_from_uri(uri).ok();
    if requested.as_ref().is_some_and(|query| query.reveal == Some(true)) {
        return Err(ApiError::new(
            ProblemType::Forbidden,
            "Only staff may see hidden tests, and you are not signed in as that. Leave reveal out.",
        ));
    }
    let requested = requested.and_then(|query| Duration::try_from_secs_f64(query.wait.unwrap_or(0.0)).ok());
    requested.filter(|requested| *requested <= max_wait).ok_or_else(|| {
        bad_parameter(format!(
            "The query parameters here are wait, a number of seconds from 0 to {}, such as ?wait=10, reveal, which is true or \
             false, and lang, which is en or de.",
            max_wait.as_secs()
        ))
    })
}

/// The header `Idempotency-Key`, if there is one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(IdempotencyKey::new(key)))
        }
        _ => Err(ApiError::new(
            ProblemType::BadParameter,
            "The header Idempotency-Key must be 1 to 255 visible ASCII characters without spaces.",
        )),
    }
}

/// The header `Last-Event-ID`: the position from which a client resumes its stream.
pub(crate) fn last_event_id(headers: &HeaderMap) -> Result<Option<Seq>, ApiError> {
    let Some(value) = headers.get("last-event-id").filter(|value| !value.is_empty()) else { return Ok(None) };
    let seq = value.to_str().ok().and_then(|text| text.parse().ok()).map(Seq);
    seq.filter(|seq| *seq <= MAX_EVENT_ID).map(Some).ok_or_else(|| {
        ApiError::new(
            ProblemType::BadParameter,
            "The header Last-Event-ID must be the id of an event that this stream sent: a number.",
        )
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: &'static str, value: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_bytes(value).expect("a header value"));
        headers
    }

    #[test]
    fn idempotency_keys_are_visible_ascii() {
        let max_wait = [b'k'; 255];
        let too_long = [b'k'; 256];
        for (value, accepted) in [
            (&b"a"[..], true),
            (b"0192d3a4-5b6c/x=~!", true),
            (&max_wait, true),
            (&too_long, false),
            (b"", false),
            (b"two words", false),
            (b"\xfcber", false),
        ] {
            assert_eq!(idempotency_key(&headers("idempotency-key", value)).is_ok(), accepted, "{value:?}");
        }
        assert!(idempotency_key(&HeaderMap::new()).expect("no key is fine").is_none());
    }

    #[test]
    fn a_stream_resumes_at_a_number() {
        for (value, place) in
            [(&b"7"[..], Some(Some(Seq(7)))), (b"", Some(None)), (b"x", None), (b"-1", None)]
        {
            assert_eq!(last_event_id(&headers("last-event-id", value)).ok(), place, "{value:?}");
        }
    }

    #[test]
    fn a_stream_went_on_after_the_largest_number_of_all() {
        for value in [u64::MAX, u64::MAX - 1] {
            assert!(
                last_event_id(&headers("last-event-id", value.to_string().as_bytes())).is_err(),
                "{value}"
            );
        }
        let last = Seq::of(u32::MAX, 0);
        assert_eq!(
            last_event_id(&headers("last-event-id", last.0.to_string().as_bytes())).ok(),
            Some(Some(last))
        );
    }
}
