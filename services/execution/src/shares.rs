//! Shared programs: `POST /api/shares` stores a program under a random key, and `GET /api/shares/{key}` returns it.
//!
//! A share is checked like a submission, in this service because services do not use each other, and never runs by
//! itself. Its key is all that is needed to read it. Expired shares are deleted by the reconciler.

mod key;

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use model::Timestamp;
use store::Share;
use wire::{
    FieldError, FileBody, Json, ProblemDetails, ProblemType, ShareBody, ShareCreatedBody, SharedProgramBody,
    SubmitBody, rfc3339,
};

use crate::{
    ApiError, Execution,
    caller::Caller,
    service_metrics,
    settings::ShareSettings,
    submit::{body, run::validate},
};

/// Schema version of stored shares.
const SCHEMA: u32 = 1;

/// Share a program.
///
/// Stores the program with its input under a key that cannot be guessed. Anybody who has the key can read it, at
/// `/api/shares/{key}` or as a page at `url`, until it expires. It is checked like a submission and not run.
#[utoipa::path(
    post, path = "/api/shares", tag = "Running code", operation_id = "share",
    request_body(content = ShareBody, description = "The program, with its input."),
    responses(
        (status = 201, description = "Shared.", body = ShareCreatedBody,
            headers(("Location" = String, description = "Where the program can be read."))),
        (status = 400, description = "The body is not JSON or not UTF-8.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON, or is compressed in another way than gzip.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid: `errors` names each that must change.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The records cannot be reached, or the server is shutting down. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn share(
    State(execution): State<Execution>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    body::require_json(&headers)?;
    let bytes = body::read(body, execution.settings().submissions.max_body).await?;
    let program: ShareBody = body::parse(&bytes)?;
    let program = check(&execution, &caller, program)?;
    let share = new_share(&program, execution.settings().shares, Timestamp::now())?;
    execution.store().add_share(&share).await?;
    service_metrics::count_share("created");
    let location = format!("/api/shares/{}", share.key);
    let location = HeaderValue::try_from(location).expect("a key is alphanumeric");
    let body = ShareCreatedBody {
        url: format!("/s/{}", share.key),
        expires_at: rfc3339(share.expires_at),
        key: share.key,
    };
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(body)).into_response())
}

/// Read a shared program.
///
/// Anybody who knows the key may read it, until it expires. `/s/{key}` shows it as a page.
#[utoipa::path(
    get, path = "/api/shares/{key}", tag = "Running code", operation_id = "sharedProgram",
    params(("key" = String, Path, description = "The key of the share.")),
    responses(
        (status = 200, description = "The program as it was shared.", body = SharedProgramBody),
        (status = 404, description = "There is no such share, or it has expired.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 503, description = "The records cannot be reached, or the server is shutting down. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn shared_program(
    State(execution): State<Execution>,
    Path(key): Path<String>,
) -> Result<Json<SharedProgramBody>, ApiError> {
    let found =
        if key::is_valid(&key) { execution.store().share(&key, Timestamp::now()).await? } else { None };
    let share = found.ok_or_else(not_found)?;
    if share.schema > SCHEMA {
        tracing::error!(schema = share.schema, "a share was written by a newer version");
        return Err(ProblemDetails::internal().into());
    }
    let program: ShareBody = serde_json::from_str(&share.content).map_err(|error| internal(&error))?;
    service_metrics::count_share("read");
    Ok(Json(SharedProgramBody {
        language: program.language,
        code: program.code,
        files: program.files.unwrap_or_default(),
        stdin: program.stdin,
        created_at: rfc3339(share.created_at),
        expires_at: rfc3339(share.expires_at),
    }))
}

/// Checks the program as if it were submitted. The result has the id of its language in place of an alias.
fn check(execution: &Execution, caller: &Caller, program: ShareBody) -> Result<ShareBody, ApiError> {
    let max = execution.settings().shares.max_bytes;
    let size = size(&program);
    let checked = validate(execution, caller, as_submission(program.clone()))?;
    if size > max.as_usize() {
        let message = format!("must be at most {max} together, with files and input; there are {size} bytes");
        let field = if program.code.is_some() { "code" } else { "files" };
        return Err(ProblemDetails::fields(vec![FieldError::new(field, message)]).into());
    }
    Ok(ShareBody { language: checked.submission.language.to_string(), ..program })
}

/// Bytes of all content, as it was sent.
fn size(program: &ShareBody) -> usize {
    let files =
        program.files.iter().flatten().map(|FileBody { name, content, .. }| name.len() + content.len());
    let texts = [&program.code, &program.stdin].into_iter().flatten().map(String::len);
    files.chain(texts).sum()
}

fn as_submission(ShareBody { language, code, files, stdin }: ShareBody) -> SubmitBody {
    SubmitBody {
        language,
        code,
        files,
        stdin,
        version: None,
        stdin_encoding: None,
        args: None,
        options: None,
        limits: None,
        network: None,
        problem_id: None,
        priority: None,
        artifacts: None,
        webhook: None,
    }
}

fn new_share(program: &ShareBody, settings: ShareSettings, now: Timestamp) -> Result<Share, ApiError> {
    Ok(Share {
        key: key::generate().map_err(|error| internal(&error))?,
        schema: SCHEMA,
        content: serde_json::to_string(program).map_err(|error| internal(&error))?,
        created_at: now,
        expires_at: now.plus(settings.retention),
    })
}

fn internal(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "a share cannot be made or read");
    ProblemDetails::internal().into()
}

fn not_found() -> ApiError {
    ApiError::new(
        ProblemType::ShareNotFound,
        "There is no shared program with this key, or it has expired. Check the address, or ask for a new one.",
    )
}
