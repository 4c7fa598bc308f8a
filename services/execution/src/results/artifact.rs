//! Route `GET /api/execution/artifacts/{id}/{name}`: streams an artifact as a download.
//!
//! The bytes come from an untrusted program, so a browser must not render them as a page of this origin: the headers request a
//! download, disable content sniffing, and sandbox the content where it is rendered nevertheless.

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use model::{Artifact, Completion, JobRecord};
use store::{Object, ObjectKey};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, schema::Type};
use wire::{ProblemDetails, percent_encoded};

use crate::{
    ApiError, Execution,
    caller::Caller,
    job_watch,
    parameters::{ArtifactParams, JobPath},
};

/// Content Security Policy: no scripts and an opaque origin.
const CONTENT_SECURITY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Schema of the bytes of a file. A `Vec<u8>` would be described as a list of numbers.
enum FileBytes {}

impl utoipa::PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        let binary = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(binary)).into()
    }
}

impl utoipa::ToSchema for FileBytes {}

/// A file that a program left behind.
///
/// Submit with `"artifacts": true`, and the result lists the files that the program has written or changed, each with its
/// address. Names may have folders in them. An anonymous job's files may be read by whoever holds its id, those of any
/// other by its owner only. They are kept as long as the result.
#[utoipa::path(
    get, path = "/api/execution/artifacts/{id}/{*name}", tag = "Running code", operation_id = "artifact",
    params(JobPath, ("name" = String, Path, description = "The file's name as in the result, with its folders.", min_length = 1),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of what the client has.")),
    responses(
        (status = 200, description = "The file, to be saved. Its type is the one in the result.", body = inline(FileBytes), content_type = "*/*",
            headers(("Content-Disposition" = String, description = "`attachment`, with the file's name."),
                ("ETag" = String, description = "Stays the same: a file never changes."))),
        (status = 304, description = "The client has it."),
        (status = 400, description = "The id or the name is not one.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "No such job, or not the caller's; or no such file.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:artifact-not-found", "title": "No such file", "status": 404,
                "detail": "The job has left no file of this name behind. Its result lists those that are kept.",
                "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
    )
)]
pub(crate) async fn artifact(
    State(execution): State<Execution>,
    caller: Caller,
    ArtifactParams(id, name): ArtifactParams,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    job_watch::authorized_progress(&execution, &caller, id).await?;
    let record = job_watch::record(&execution, id).await?;
    let (key, artifact) = find(&record, &name).ok_or_else(ApiError::artifact_not_found)?;
    if is_cached_by_client(&headers, key) {
        return Ok((StatusCode::NOT_MODIFIED, cache_headers(key)).into_response());
    }
    // Missing if the job was deleted in the meantime.
    let object = execution.objects().get(key).await?.ok_or_else(ApiError::artifact_not_found)?;
    Ok((cache_headers(key), content_headers(artifact, &object), Body::from_stream(object.pieces))
        .into_response())
}

/// The artifact with this name and the key of its object, which belongs to the attempt that completed the record.
fn find<'a>(record: &'a JobRecord, name: &str) -> Option<(ObjectKey, &'a Artifact)> {
    let report = record.completion.as_ref().and_then(Completion::report)?;
    let (index, artifact) = report.artifacts.find(name)?;
    Some((ObjectKey { job: record.job.id, attempt: record.job.attempt, index }, artifact))
}

fn etag(key: ObjectKey) -> String {
    format!("\"{key}\"")
}

pub(crate) fn is_cached_by_client(headers: &HeaderMap, key: ObjectKey) -> bool {
    let had = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let tag = etag(key);
    had.flat_map(|list| list.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    })
}

/// The client may cache the file but must revalidate, so that access is checked again.
fn cache_headers(key: ObjectKey) -> [(HeaderName, HeaderValue); 2] {
    [
        (header::ETAG, header_value(&etag(key))),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
    ]
}

pub(crate) fn content_headers(artifact: &Artifact, object: &Object) -> [(HeaderName, HeaderValue); 5] {
    let name = artifact.name.rsplit('/').next().unwrap_or_default();
    let media_type = HeaderValue::from_str(&artifact.media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_LENGTH, object.size.get().into()),
        (header::CONTENT_DISPOSITION, header_value(&content_disposition(name))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY)),
    ]
}

/// The name in ASCII for old clients, and encoded by RFC 8187 (RFC 6266, section 4.3). Invisible characters are replaced in both.
fn content_disposition(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let seen: String = name.chars().map(|c| if model::is_visible(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", percent_encoded(&seen))
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("tags are made of ids and numbers, and names are percent-encoded")
}
