//! Fuzzing properties of requests and of artifacts in a record. Called by `fuzz/targets` and by the
//! tests below.

use std::{
    path::{Component, Path, PathBuf},
    sync::LazyLock,
    time::Duration,
};

use arbitrary::{Arbitrary as _, Unstructured};
use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Request, Uri},
    routing::get,
};
use futures_util::{FutureExt as _, StreamExt as _};
use languages::{Fleet, Host, ProbeError, Registry, builtin_files};
use model::{Artifact, Bytes, Ending, JobId, Outcome, Principal, Stream, Transcript, Usage};
use store::{Object, ObjectKey};
use tower::ServiceExt as _;
use wire::{FieldError, ProblemDetails, RunBody, SubmitBody};

use crate::{
    ApiError, Settings,
    live_sessions::frame::{ClientFrame, StartRequest},
    parameters::{ArtifactParams, JobIdParam, idempotency_key, last_event_id, wait},
    results::artifact,
    submit::{
        body,
        validation::{ValidationContext, check},
    },
};

/// Maximum size of an error response in bytes, and additionally for each field error. Each message occurs twice.
const MAX_ERROR_BYTES: usize = 1024;
const MAX_FIELD_ERROR_BYTES: usize = 2048;

/// A machine with all toolchains.
struct FullHost;

impl Host for FullHost {
    fn executable(&self, path: &Path) -> Option<PathBuf> {
        path.starts_with("/usr/bin").then(|| path.to_owned())
    }

    fn exists(&self, _path: &Path) -> bool {
        true
    }

    fn output(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Ok("Python 3.11.2\n12.2.0\nv20.1.0\nversion 5.2.15\n".to_owned())
    }
}

static FLEET: LazyLock<Fleet> = LazyLock::new(|| {
    let registry = Registry::load(builtin_files(), &FullHost);
    Fleet::with_local_toolchains(registry.expect("the built-in languages are sound"))
});

static SETTINGS: LazyLock<Settings> = LazyLock::new(Settings::default);

/// The bytes as the body of a submission, and as a frame of a session.
///
/// # Panics
/// If a property does not hold.
pub fn submissions(bytes: &[u8]) {
    if let Err(error) = body::parse_grading(bytes) {
        check_error(&error);
    }
    match body::parse::<SubmitBody>(bytes) {
        Ok(body) => {
            let again = serde_json::to_vec(&body).expect("a body has a form");
            assert_eq!(body::parse::<SubmitBody>(&again).expect("what was read is a body"), body);
            check_submission(body);
        }
        Err(error) => check_error(&error),
    }
    match StartRequest::from_body(bytes) {
        Ok(start) => check_start(start),
        Err(error) => check_error(&error),
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match ClientFrame::parse(text, Bytes(16)) {
        Ok(ClientFrame::Start(start)) => check_start(*start),
        Ok(ClientFrame::Stdin(typed)) => assert!(typed.len() <= 16),
        Ok(ClientFrame::Resize(size)) => {
            assert!((1..=1000).contains(&size.cols) && (1..=1000).contains(&size.rows), "{size:?}");
        }
        Ok(ClientFrame::Signal(signal)) => assert!(![0, 19].contains(&signal.number())),
        Ok(ClientFrame::Eof | ClientFrame::Stop) => {}
        Err(error) => check_error(&error),
    }
}

fn check_start(start: StartRequest) {
    if let Some(size) = start.terminal {
        assert!((1..=1000).contains(&size.cols) && (1..=1000).contains(&size.rows), "{size:?}");
    }
    check_submission(start.body);
}

/// Property: a valid submission is within the limits, and every file name is a path below the work folder.
fn check_submission(body: SubmitBody) {
    let caller = Principal::Anonymous("192.0.2.1".to_owned());
    let rules = ValidationContext {
        fleet: &FLEET,
        settings: &SETTINGS,
        caller: &caller,
        trust: model::Trust::Standard,
    };
    let submission = match check(body, &rules) {
        Ok(checked) => checked.submission,
        Err(errors) => return check_field_errors(errors),
    };
    assert!((1..=SETTINGS.submissions.max_files).contains(&submission.files.len()));
    for file in &submission.files {
        let leads_down = Path::new(&file.name).components().all(|part| matches!(part, Component::Normal(_)));
        assert!(leads_down && file.name.len() <= 255 && model::is_all_visible(&file.name), "{:?}", file.name);
        assert!(file.content.len() as u64 <= SETTINGS.submissions.max_file.get());
    }
    assert!(submission.stdin.len() as u64 <= SETTINGS.submissions.max_stdin.get());
    assert!(
        submission.args.len() <= SETTINGS.submissions.max_args
            && submission.args.iter().all(|arg| !arg.contains('\0'))
    );
    let (limits, zero) = (submission.limits, Duration::ZERO);
    assert!(limits.cpu > zero && limits.wall > zero && limits.output > Bytes(0) && limits.processes > 0);
    let language = FLEET.registry().find(submission.language.as_str()).expect("was found by its id");
    for command in language.compile(&submission.files).into_iter().chain([language.run(
        &submission.files,
        &[],
        submission.limits.memory,
    )]) {
        let program = command.argv.first().expect("a command has a program");
        assert!(program.starts_with('/'), "{:?}", command.argv);
        let taken_for_an_option =
            |file: &str| command.argv.iter().any(|arg| arg == file && file.starts_with(['-', '@']));
        assert!(submission.files.iter().all(|file| !taken_for_an_option(&file.name)), "{:?}", command.argv);
    }
}

fn check_field_errors(errors: Vec<FieldError>) {
    assert!(!errors.is_empty());
    check_error(&ProblemDetails::fields(errors).into());
}

/// Property: an error response is a client error with a message of bounded length.
fn check_error(ApiError(problem): &ApiError) {
    let json = serde_json::to_vec(problem).expect("a problem has a form");
    let max = MAX_ERROR_BYTES + MAX_FIELD_ERROR_BYTES * problem.errors.len();
    assert!(json.len() <= max, "{} bytes: {problem:?}", json.len());
    assert!((400..500).contains(&problem.status) && !problem.detail.is_empty(), "{problem:?}");
}

/// The bytes as a request without body: the first line is the URI, each further line a header.
///
/// # Panics
/// If a property does not hold.
pub fn parameters(bytes: &[u8]) {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    let address = lines.next().unwrap_or_default();
    let headers: HeaderMap = lines.filter_map(header).collect();
    let refused = [
        idempotency_key(&headers).map(|key| assert!(key.is_none_or(|key| key.as_str().len() <= 255))).err(),
        last_event_id(&headers)
            .map(|seq| assert!(seq.is_none_or(|seq| seq.0.checked_add(1 << 32).is_some())))
            .err(),
        body::require_json(&headers).err(),
    ];
    refused.into_iter().flatten().for_each(|error| check_error(&error));
    let _either_will_do = artifact::is_cached_by_client(&headers, KEY);
    let Ok(uri) = Uri::try_from(address) else { return };
    match wait(&uri, Duration::from_mins(1)) {
        Ok(time) => assert!(time <= Duration::from_mins(1)),
        Err(error) => check_error(&error),
    }
    route_uri(uri);
}

const KEY: ObjectKey = ObjectKey { job: JobId::from_u128(7), attempt: 1, index: 0 };

fn header(line: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    Some((HeaderName::from_bytes(&line[..colon]).ok()?, HeaderValue::from_bytes(&line[colon + 1..]).ok()?))
}

/// Routes a URI and extracts its parameters, all without waiting.
fn route_uri(uri: Uri) {
    let router =
        Router::new().route("/r/{id}", get(async |JobIdParam(id): JobIdParam| id.to_string())).route(
            "/a/{id}/{*name}",
            get(async |ArtifactParams(id, name): ArtifactParams| format!("{id} {name}")),
        );
    let Ok(request) = Request::get(uri).body(Body::empty()) else { return };
    let answer =
        router.oneshot(request).now_or_never().expect("does not wait").unwrap_or_else(|never| match never {});
    assert!(!answer.status().is_server_error(), "{answer:?}");
}

/// The bytes as output and artifacts of a program. Properties: no output is lost, and no file name breaks out of its header.
///
/// # Panics
/// If a property does not hold.
pub fn results(bytes: &[u8]) {
    let mut input = Unstructured::new(bytes);
    let pieces = Vec::<(bool, Vec<u8>)>::arbitrary(&mut input).unwrap_or_default();
    let names = Vec::<(String, String)>::arbitrary(&mut input).unwrap_or_default();
    let mut transcript = Transcript::default();
    for (is_error, piece) in pieces {
        transcript.push(if is_error { Stream::Stderr } else { Stream::Stdout }, &piece);
    }
    let stored = serde_json::to_string(&transcript).expect("a transcript has a form");
    assert_eq!(serde_json::from_str::<Transcript>(&stored).expect("reads back"), transcript);
    check_transcript(transcript);
    for (name, media_type) in names {
        let artifact = Artifact { name, size: Bytes(1), media_type };
        let object = Object { size: Bytes(1), pieces: futures_util::stream::empty().boxed() };
        for (header, value) in artifact::content_headers(&artifact, &object) {
            assert!(
                value.as_bytes().iter().all(|byte| *byte == b'\t' || *byte >= b' '),
                "{header}: {value:?}"
            );
        }
    }
}

fn check_transcript(transcript: Transcript) {
    let written = [Stream::Stdout, Stream::Stderr].map(|stream| transcript.of(stream));
    let (ending, usage) = (Ending::Exited(0), Usage::default());
    let outcome = Outcome {
        ending,
        forbidden_call: None,
        usage,
        transcript,
        stdout_truncated: false,
        stderr_truncated: false,
    };
    let run = RunBody::from(&outcome);
    let check_transcript = [(run.stdout, run.stdout_encoding), (run.stderr, run.stderr_encoding)];
    for (bytes, (text, encoding)) in written.into_iter().zip(check_transcript) {
        assert_eq!(encoding.unwrap_or_default().decode(text), Some(bytes));
    }
}

#[cfg(test)]
mod tests {
    use fuzzkit::try_corpus_and_mutations;

    #[test]
    fn whatever_is_submitted_may_run_or_is_refused_in_words() {
        try_corpus_and_mutations("submissions", super::submissions);
    }

    #[test]
    fn whatever_the_address_and_the_headers_say_is_taken_or_refused_in_words() {
        try_corpus_and_mutations("parameters", super::parameters);
    }

    #[test]
    fn whatever_a_program_writes_reaches_its_submitter() {
        try_corpus_and_mutations("left_behind", super::results);
    }
}
