//! Route `POST /api/execution/submit/grade`: submits a program to be judged by the tests of a problem.
//!
//! The job is bound to the suite that the problem has now, so that whatever happens to the problem until it is judged does not
//! matter to it.

use axum::{body::Body, extract::State, http::HeaderMap, response::Response};
use model::{Job, JobKind};
use sha2::{Digest as _, Sha256};
use wire::{AcceptedBody, GradeBody, ProblemDetails, ProblemType, ResultBody, WaitQuery};

use crate::{
    ApiError, Execution,
    caller::Caller,
    parameters::{AnswerParams, IdempotencyKeyHeader, idempotency_key},
    submit::{
        body,
        run::{SubmitOutcome, count_submission, new_job, respond, submit_job},
        validation::{self, ValidGrading, ValidationContext},
    },
};

/// Grade a program.
///
/// Judges it by all tests of a problem, hidden ones included. As for a plain run, the answer is 202 as soon as the job is
/// safely recorded, or 200 with the result where `?wait=SECONDS` sees it in time, and `Idempotency-Key` guards against sending
/// twice. `/api/execution/stream/{id}` tells each public test as it is passed or not, and hidden ones together at the end.
///
/// The result lists every test in the problem's order: what it was given, what should have come and what came of those that
/// everybody may see; of a hidden one only whether it was passed. `time` and `mostUsed` are of public tests alone; `startedAt` and `finishedAt` tell how long
/// all took together. What is judged is the problem as it is now.
#[utoipa::path(
    post, path = "/api/execution/submit/grade", tag = "Running code", operation_id = "grade",
    params(WaitQuery, IdempotencyKeyHeader),
    request_body(content = GradeBody, description = "The program, and the problem that it is to solve.", examples(
        ("Slug" = (summary = "A problem by its slug", value = json!({"language": "python", "problemId": "cake-sale",
            "code": "n = int(input())\ncents = sum(int(input()) for _ in range(n))\nprint(f\"{cents // 100}.{cents % 100:02}\")\n"}))),
        ("Number" = (summary = "A problem by its number", value = json!({"language": "cpp", "problemId": 1,
            "code": "#include <cstdio>\nint main() { int n, cents = 0, one; std::scanf(\"%d\", &n); while (n-- && std::scanf(\"%d\", &one) == 1) cents += one; std::printf(\"%d.%02d\\n\", cents / 100, cents % 100); }\n"})))
    )),
    responses(
        (status = 200, description = "The result, when `?wait=` saw it in time.", body = ResultBody,
            example = json!({"jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd", "kind": "grade", "status": "completed", "language": "python",
                "toolchain": "CPython 3.11.2", "submittedAt": "2026-03-01T09:30:00.250Z", "startedAt": "2026-03-01T09:30:00.252Z",
                "finishedAt": "2026-03-01T09:30:00.281Z", "attempt": 1, "pool": "container", "compile": null, "run": null,
                "output": "", "time": 4, "explanation": null, "help": null, "notices": [], "artifacts": [], "error": null,
                "verdict": "wrongAnswer", "passed": 1, "total": 2, "passRate": 50.0, "score": 50.0, "maxScore": 100.0,
                "mostUsed": {"cpuMs": 3, "wallMs": 4, "memoryBytes": 9_437_184},
                "testResults": [{"name": "1", "input": "1 2\n", "expected": "3\n", "got": "3\n", "passed": true, "verdict": "accepted",
                    "cpuMs": 3, "wallMs": 4, "memoryBytes": 9_437_184}, {"passed": false, "hidden": true}]})),
        (status = 202, description = "Accepted and recorded.", body = AcceptedBody,
            headers(("Location" = String, description = "Where the result will be.")),
            example = json!({"jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd", "status": "queued", "position": 3})),
        (status = 400, description = "The body is not JSON or not UTF-8, or a parameter is not valid.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 403, description = "`?reveal=true` is for staff.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no such problem; `detail` names one that may have been meant.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:problem-not-found", "title": "No such problem", "status": 404,
                "detail": "There is no problem \"ad-two\"; did you mean \"add-two\"? GET /api/problems lists those that there are.",
                "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd"})),
        (status = 413, description = "The body is too large.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "The body is not announced as JSON, or is compressed in another way than gzip.", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 422, description = "A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before.", body = ProblemDetails, content_type = "application/problem+json",
            example = json!({"type": "urn:coderunner:invalid-request", "title": "The request is not valid", "status": 422,
                "detail": "stdin is not taken here: the tests of the problem say what the program is given.", "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                "errors": [{"field": "stdin", "message": "is not taken here: the tests of the problem say what the program is given"}]})),
        (status = 503, description = "Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`.", body = ProblemDetails, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn grade(
    State(execution): State<Execution>,
    caller: Caller,
    answer: AnswerParams,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let job = accept(&execution, caller, &headers, body).await?;
    respond(&execution, job, answer.timeout, answer.words).await
}

async fn accept(
    execution: &Execution,
    caller: Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<SubmitOutcome, ApiError> {
    let settings = execution.settings();
    let key = idempotency_key(headers)?;
    body::require_json(headers)?;
    let bytes = body::read(body, settings.submissions.max_body).await?;
    let gradable =
        gradable(execution, &caller, &bytes).inspect_err(|_| count_submission("unknown", "refused"))?;
    let ValidGrading { checked, judged_by, deadline } = gradable;
    let webhook = checked.webhook.clone();
    let run = new_job(checked, caller, key, settings);
    let mut job = Job { kind: JobKind::Grade, suite_ref: Some(judged_by), deadline, ..run };
    submit_job(execution, &mut job, &fingerprint(&bytes), webhook.as_deref()).await
}

fn gradable(execution: &Execution, caller: &Caller, bytes: &[u8]) -> Result<ValidGrading, ApiError> {
    let body = body::parse_grading(bytes)?;
    let problem = validation::find_problem(&body.problem_id, execution.catalogue())
        .map_err(|detail| ApiError::new(ProblemType::ProblemNotFound, detail))?;
    let rules = ValidationContext {
        fleet: execution.fleet(),
        settings: execution.settings(),
        caller: &caller.principal,
        trust: caller.trust,
    };
    validation::check_grading(body, problem, &rules).map_err(|errors| ProblemDetails::fields(errors).into())
}

/// Fingerprint of a grading. It differs from that of a run with the same bytes, so an idempotency key of a run does not match.
fn fingerprint(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::new().chain_update(b"grade:").chain_update(bytes).finalize())
}
