//! `GET /api/execution/artifacts/{id}/{name}`.
//!
//! The bytes come from a stranger's program. No browser is to show them as a page of ours: they are to be saved, not
//! guessed at, and where somebody shows them all the same, nothing in them runs.

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
    Execution, Refusal,
    caller::Caller,
    parameters::{IdAndName, JobPath},
    watch,
};

/// Neither scripts nor an origin, whatever the file says.
const NOTHING_RUNS: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// The bytes of a file, as a document describes them; a list of numbers, which a `Vec<u8>` would be, they are not.
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
pub(super) async fn artifact(
    State(execution): State<Execution>,
    caller: Caller,
    IdAndName(id, name): IdAndName,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    watch::visible(&execution, &caller, id).await?;
    let record = watch::record(&execution, id).await?;
    let (key, artifact) = find(&record, &name).ok_or_else(Refusal::no_such_artifact)?;
    if has_it(&headers, key) {
        return Ok((StatusCode::NOT_MODIFIED, cached(key)).into_response());
    }
    // Gone if the job is being forgotten just now.
    let object = execution.objects.get(key).await?.ok_or_else(Refusal::no_such_artifact)?;
    Ok((cached(key), described(artifact, &object), Body::from_stream(object.pieces)).into_response())
}

/// The file of this name, and where its bytes are: under the attempt that made the record.
fn find<'a>(record: &'a JobRecord, name: &str) -> Option<(ObjectKey, &'a Artifact)> {
    let report = record.completion.as_ref().and_then(Completion::report)?;
    let (place, artifact) = report.artifacts.find(name)?;
    Some((ObjectKey { job: record.job.id, attempt: record.job.attempt, place }, artifact))
}

fn tag(key: ObjectKey) -> String {
    format!("\"{key}\"")
}

pub(crate) fn has_it(headers: &HeaderMap, key: ObjectKey) -> bool {
    let had = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let tag = tag(key);
    had.flat_map(|list| list.split(',')).any(|one| {
        let one = one.trim();
        one == "*" || one.trim_start_matches("W/") == tag
    })
}

/// The client may keep it, but must ask again whether it still may have it.
fn cached(key: ObjectKey) -> [(HeaderName, HeaderValue); 2] {
    [(header::ETAG, value(&tag(key))), (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))]
}

pub(crate) fn described(artifact: &Artifact, object: &Object) -> [(HeaderName, HeaderValue); 5] {
    let name = artifact.name.rsplit('/').next().unwrap_or_default();
    let media_type = HeaderValue::from_str(&artifact.media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_LENGTH, object.size.get().into()),
        (header::CONTENT_DISPOSITION, value(&disposition(name))),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING_RUNS)),
    ]
}

/// The name twice (RFC 6266, section 4.3): in ASCII for old clients, and as it is (RFC 8187). What cannot be seen is in neither.
fn disposition(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let ascii: String = name.chars().map(|c| if plain(c) { c } else { '_' }).collect();
    let seen: String = name.chars().map(|c| if model::is_visible(c) { c } else { '_' }).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", percent_encoded(&seen))
}

fn value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("tags are made of ids and numbers, and names are percent-encoded")
}
