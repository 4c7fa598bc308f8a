//! Request body of a submission: reads bytes up to a limit and parses [`wire::SubmitBody`] or [`GradeBody`], with errors that name the
//! field.
//!
//! The values of fields are checked by [`crate::check`].

mod json;
mod shape_error;

use std::{borrow::Cow, io::ErrorKind};

use axum::{
    body::Body,
    http::{HeaderMap, header},
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wire::{FieldError, GradeBody, ProblemDetails, ProblemType};

use self::{
    json::Json,
    shape_error::{ExpectedType, ShapeError, ShapeErrorKind, from_json},
};
use crate::ApiError;

/// Reads the whole body, at most `most` bytes.
pub(crate) async fn read(body: Body, max: model::Bytes) -> Result<Bytes, ApiError> {
    match Limited::new(body, max.as_usize()).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_too_large(error.as_ref()) => Err(ApiError::new(
            ProblemType::BodyTooLarge,
            format!("The body of a submission may be at most {max}. Send less code, input or files."),
        )),
        Err(error) if is_too_slow(error.as_ref()) => Err(ApiError::new(
            ProblemType::BodyTooSlow,
            "The body did not arrive in time. Send it faster, or in smaller parts.",
        )),
        Err(error) if is_not_unpacked(error.as_ref()) => Err(ApiError::new(
            ProblemType::MalformedBody,
            "The body is not what its header Content-Encoding says, or not all of it: it cannot be unpacked.",
        )),
        Err(_) => Err(ApiError::new(
            ProblemType::MalformedBody,
            "The body broke off before its end. Send the request again.",
        )),
    }
}

/// Whether the body exceeded a limit: ours, or that of a layer in front, whose error is wrapped.
fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(<dyn std::error::Error>::is::<LengthLimitError>)
}

/// Whether a layer in front timed out.
fn is_too_slow(error: &(dyn std::error::Error + 'static)) -> bool {
    causes(error).any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::TimedOut)
    })
}

/// Whether a layer in front could not decompress it.
fn is_not_unpacked(error: &(dyn std::error::Error + 'static)) -> bool {
    let kinds = [ErrorKind::InvalidData, ErrorKind::InvalidInput, ErrorKind::UnexpectedEof];
    causes(error).any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| kinds.contains(&error.kind()))
    })
}

fn causes<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Requires headers that announce uncompressed JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let encoding = headers.get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("unreadable"));
    if let Some(encoding) = encoding.filter(|encoding| !encoding.trim().eq_ignore_ascii_case("identity")) {
        return Err(ApiError::new(
            ProblemType::UnsupportedMediaType,
            format!(
                "The body must not be compressed, as its header Content-Encoding ({}) says that it is. Send it as it is.",
                excerpt(encoding)
            ),
        ));
    }
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type =
        sent.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
    let json = media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    if json {
        return Ok(());
    }
    let actual = sent.map_or("it has none".to_owned(), |sent| format!("not {}", excerpt(sent)));
    Err(ApiError::new(
        ProblemType::UnsupportedMediaType,
        format!("The body must be JSON, with the header Content-Type: application/json ({actual})."),
    ))
}

/// Parses a submission for grading. Fields that only a plain run has are rejected with a reason.
pub(crate) fn parse_grading(bytes: &[u8]) -> Result<GradeBody, ApiError> {
    parse_with(bytes, |error| match reason_for_gradings(&error) {
        Some(reason) => FieldError::new(excerpt(&field_path(&error)), reason),
        None => field_error(&error),
    })
}

/// Why a field of a plain run is not accepted for gradings.
fn reason_for_gradings(error: &ShapeError) -> Option<&'static str> {
    let (ShapeErrorKind::UnknownField { name, .. }, "") = (&error.kind, error.path.as_str()) else {
        return None;
    };
    match name.as_str() {
        "stdin" | "stdinEncoding" | "args" => {
            Some("is not taken here: the tests of the problem say what the program is given")
        }
        "limits" => Some("is not taken here: the problem says what a program may use"),
        "artifacts" => Some("is not taken here: a program that is judged leaves no files behind"),
        _ => None,
    }
}

/// Parses a submission.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    parse_with(bytes, |error| field_error(&error))
}

fn parse_with<T: DeserializeOwned>(
    bytes: &[u8],
    to_field_error: impl Fn(ShapeError) -> FieldError,
) -> Result<T, ApiError> {
    let malformed = |detail: String| ApiError::new(ProblemType::MalformedBody, detail);
    if bytes.is_empty() {
        return Err(malformed(
            "The body is empty; it must be a JSON object with language and code.".to_owned(),
        ));
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        let place = error.valid_up_to();
        return Err(malformed(format!(
            "The body must be UTF-8, but byte {place} (counted from 0) is not. Send bytes that are not text in \"files\", \
             with encoding base64."
        )));
    }
    // serde would accept a list of the fields in order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(ProblemDetails::fields(vec![FieldError::new(
            "The body",
            "must be an object, not a list",
        )])
        .into());
    }
    serde_json::from_slice(bytes).map_err(|error| {
        // A second, slower pass finds the place and the reason.
        let errors = match Json::read(bytes) {
            Err(error) => return invalid_json(&error),
            Ok(None) => None,
            Ok(Some(json)) => from_json::<T>(&json).err().map(to_field_error),
        };
        let error = errors.unwrap_or_else(|| {
            FieldError::new("The body", format!("cannot be read: {}", excerpt(&error.to_string())))
        });
        ProblemDetails::fields(vec![error]).into()
    })
}

/// Parses the fields of a JSON object that was read before.
pub(crate) fn from_fields<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, ApiError> {
    let json = Json::from(Value::Object(fields));
    from_json(&json).map_err(|error| ProblemDetails::fields(vec![field_error(&error)]).into())
}

/// The error for a body that is not JSON.
fn invalid_json(error: &serde_json::Error) -> ApiError {
    let message = error.to_string();
    // The message ends with the position, which our sentence has in other words.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let message = message.strip_suffix(&place).unwrap_or(&message);
    let (line, column) = (error.line(), error.column());
    let detail = format!("The body is not valid JSON: {message}, in line {line}, column {column}.");
    ApiError::new(ProblemType::MalformedBody, detail)
}

/// The path of the field with the error.
fn field_path(error: &ShapeError) -> String {
    match &error.kind {
        ShapeErrorKind::UnknownField { name, .. } => join_path(&error.path, name),
        ShapeErrorKind::MissingField(name) | ShapeErrorKind::DuplicateField(name) => {
            join_path(&error.path, name)
        }
        ShapeErrorKind::NotOneOf(_) | ShapeErrorKind::WrongType { .. } | ShapeErrorKind::Custom(_)
            if error.path.is_empty() =>
        {
            "The body".to_owned()
        }
        ShapeErrorKind::NotOneOf(_) | ShapeErrorKind::WrongType { .. } | ShapeErrorKind::Custom(_) => {
            error.path.clone()
        }
    }
}

/// A shape error as a sentence for clients.
fn field_error(error: &ShapeError) -> FieldError {
    let message = match &error.kind {
        ShapeErrorKind::UnknownField { name, known } => unknown_field(name, known),
        ShapeErrorKind::MissingField(_) => "is required".to_owned(),
        ShapeErrorKind::DuplicateField(_) => "is given twice".to_owned(),
        ShapeErrorKind::NotOneOf(known) => format!("must be one of {}", known.join(", ")),
        ShapeErrorKind::WrongType { expected, actual } => {
            let actual: String = actual.chars().take(60).collect();
            format!("must be {}, not {actual}", type_name(expected))
        }
        ShapeErrorKind::Custom(expected) => format!("must be {}", excerpt(expected)),
    };
    FieldError::new(excerpt(&field_path(error)), message)
}

fn type_name(expected: &ExpectedType) -> &str {
    match expected {
        ExpectedType::WholeNumber => "a whole number, 0 or more",
        ExpectedType::Number => "a number",
        ExpectedType::TrueOrFalse => "true or false",
        ExpectedType::Text => "a string",
        ExpectedType::List => "a list",
        ExpectedType::Object => "an object",
        ExpectedType::Named(name) => name,
    }
}

/// The beginning of a client's text with invisible characters escaped, so that a response has a bounded length.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    const SHOWN: usize = 80;
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", model::escape_invisible(&text[..cut])).into(),
        None => model::escape_invisible(text),
    }
}

/// The path of `name` below `path`.
fn join_path(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn unknown_field(name: &str, known: &[&str]) -> String {
    // A much longer name is not a typo, and the distance would take long to compute.
    const LONGEST: usize = 64;
    let measured =
        known.iter().map(|known| (strsim::damerau_levenshtein(&normalize(name), &normalize(known)), *known));
    let nearest = measured.min().filter(|(distance, known)| *distance <= (known.len() / 3).max(1));
    match nearest {
        Some((_, nearest)) if name.len() <= LONGEST => {
            format!("is not a known field; did you mean {nearest}?")
        }
        _ => format!("is not a known field; there are {}", known.join(", ")),
    }
}

/// Lower case without separators, so that `cpu_ms` and `CPUMS` match `cpuMs`.
fn normalize(name: &str) -> String {
    name.chars().filter(|c| *c != '_' && *c != '-').take(64).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[track_caller]
    fn check(body: &str, status: u16, field: Option<&str>, says: &str) {
        let problem = parse::<wire::SubmitBody>(body.as_bytes()).expect_err(body);
        assert_eq!(problem.0.status, status, "{body}: {problem:?}");
        assert_eq!(problem.0.errors.first().map(|error| error.field.as_str()), field, "{body}: {problem:?}");
        assert!(problem.0.detail.contains(says), "{body}: {:?} does not say {says:?}", problem.0.detail);
    }

    #[test]
    fn text_that_is_not_json_is_refused_with_its_place() {
        for (body, says) in [
            ("", "The body is empty"),
            ("{", "line 1, column 1"),
            ("{\"language\": \"python\",\n \"code\": }", "line 2, column 10"),
            ("{'language': 'python'}", "key must be a string"),
            ("{\"language\":\"python\",\"code\":\"\\ud800\"}", "column"),
            ("{\"language\":\"python\",\"code\":\"a\nb\"}", "control character"),
            ("{\"language\":\"python\",\"code\":\"x\"} trailing", "trailing characters"),
            ("language=python", "line 1"),
        ] {
            check(body, 400, None, says);
        }
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
        let problem = parse::<wire::SubmitBody>(b"{\"code\":\"\xff\"}").expect_err("not UTF-8");
        assert_eq!(problem.0.status, 400);
        assert!(problem.0.detail.contains("byte 9 (counted from 0) is not"), "{}", problem.0.detail);
    }

    #[test]
    fn a_field_of_another_shape_is_named() {
        for (body, field, says) in [
            (r#"{"code":"x"}"#, "language", "language is required."),
            (r#"{"language":"python","langauge":"c"}"#, "langauge", "did you mean language?"),
            (r#"{"language":"python","source":"c"}"#, "source", "there are language, version, code"),
            (r#"{"language":"python","limits":{"cpu_ms":1}}"#, "limits.cpu_ms", "did you mean cpuMs?"),
            (r#"{"language":"python","limits":{"time":1}}"#, "limits.time", "there are cpuMs, cpus, wallMs"),
            (r#"{"language":"python","files":[{"name":"a"}]}"#, "files[0].content", "is required"),
            (r#"{"language":"python","files":[{"nam":"a"}]}"#, "files[0].nam", "did you mean name?"),
            (r#"{"language":"python","files":{}}"#, "files", "must be a list, not map"),
            (r#"{"language":"python","files":["a"]}"#, "files[0]", "must be an object, not string \"a\""),
            (
                r#"{"language":"python","limits":{"cpuMs":-1}}"#,
                "limits.cpuMs",
                "a whole number, 0 or more, not",
            ),
            (
                r#"{"language":"python","limits":{"cpuMs":1.5}}"#,
                "limits.cpuMs",
                "a whole number, 0 or more, not",
            ),
            (r#"{"language":"python","limits":{"cpuMs":"1"}}"#, "limits.cpuMs", "not string \"1\""),
            (r#"{"language":"python","limits":{"cpuMs":1e99}}"#, "limits.cpuMs", "a whole number"),
            (r#"{"language":3}"#, "language", "must be a string, not integer `3`"),
            (r#"{"language":null}"#, "language", "must be a string, not null"),
            (r#"{"language":"python","artifacts":"yes"}"#, "artifacts", "must be true or false"),
            (r#"{"language":"python","network":"host"}"#, "network", "must be one of none, loopback"),
            (r#"{"language":"python","priority":"urgent"}"#, "priority", "must be one of low, normal, high"),
            (
                r#"{"language":"python","problemId":[]}"#,
                "problemId",
                "must be a whole number, 0 or more, or a string",
            ),
            (
                r#"{"language":"python","options":{"std":1}}"#,
                "options.std",
                "must be a string or a list of strings",
            ),
            (r#"{"language":"python","options":[]}"#, "options", "must be an object, not"),
            (r#"{"language":"python","language":"c"}"#, "language", "is given twice"),
            ("[]", "The body", "must be an object, not a list"),
            ("3", "The body", "must be an object, not integer `3`"),
            (
                r#"{"language":"python","files":[{"name":"a","content":"","encoding":"hex"}]}"#,
                "files[0].encoding",
                "must be one of utf8, base64",
            ),
        ] {
            check(body, 422, Some(field), says);
        }
    }

    #[test]
    fn what_only_a_plain_run_takes_is_refused_with_the_reason() {
        for (body, field, says) in [
            (r#"{"stdin":"1"}"#, "stdin", "the tests of the problem say what the program is given"),
            (r#"{"args":[]}"#, "args", "the tests of the problem"),
            (r#"{"limits":{}}"#, "limits", "the problem says what a program may use"),
            (r#"{"artifacts":true}"#, "artifacts", "leaves no files behind"),
            (r#"{"problemid":1}"#, "problemid", "did you mean problemId?"),
            (r#"{"language":"python","code":""}"#, "problemId", "is required"),
            (
                r#"{"language":"python","problemId":{}}"#,
                "problemId",
                "must be a whole number, 0 or more, or a string",
            ),
        ] {
            let ApiError(problem) = parse_grading(body.as_bytes()).expect_err(body);
            assert_eq!((problem.status, problem.errors[0].field.as_str()), (422, field), "{problem:?}");
            assert!(problem.detail.contains(says), "{problem:?}");
        }
        let ApiError(problem) = parse_grading(b"{").expect_err("no JSON");
        assert_eq!(problem.status, 400);
    }

    #[test]
    fn json_under_any_of_its_names_is_taken_and_nothing_else() {
        for (sent, accepted) in [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("application/vnd.example+json"), true),
            (Some("text/json"), false),
            (Some("text/plain"), false),
            (Some("application/x-www-form-urlencoded"), false),
            (Some("application/jsonx"), false),
            (Some(""), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(sent) = sent {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(sent));
            }
            assert_eq!(require_json(&headers).is_ok(), accepted, "{sent:?}");
        }
    }

    #[test]
    fn a_body_that_is_compressed_is_refused_for_that() {
        for (encoding, accepted) in
            [("gzip", false), ("br", false), ("gzip, identity", false), ("identity", true)]
        {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            match require_json(&headers) {
                Ok(()) => assert!(accepted, "{encoding}"),
                Err(ApiError(problem)) => {
                    assert_eq!((problem.status, accepted), (415, false), "{encoding}");
                    assert!(problem.detail.contains("compressed"), "{problem:?}");
                }
            }
        }
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_cap() {
        let max = model::Bytes(4);
        assert_eq!(read(Body::from("1234"), max).await.expect("fits"), "1234");
        let problem = read(Body::from("12345"), max).await.expect_err("one byte too many");
        assert_eq!(problem.0.status, 413);
        assert!(problem.0.detail.contains("at most 4 bytes"), "{}", problem.0.detail);
        // A proxy in front may be stricter, or reject it first.
        let in_front = Body::new(Limited::new(Body::from("12345"), 4));
        assert_eq!(read(in_front, max).await.expect_err("one byte too many").0.status, 413);
    }

    #[test]
    fn a_field_name_of_megabytes_was_echoed_in_full() {
        let name = "é".repeat(1 << 20);
        let ApiError(problem) =
            parse::<wire::SubmitBody>(format!("{{\"{name}\":1}}").as_bytes()).expect_err("no such field");
        assert!(problem.detail.len() < 1024, "{} bytes", problem.detail.len());
        assert!(problem.errors[0].field.ends_with("é…"), "{}", problem.errors[0].field);
    }

    #[test]
    fn a_media_type_of_kilobytes_was_echoed_in_full() {
        let mut headers = HeaderMap::new();
        let value = "x".repeat(8000).parse().expect("a header's value");
        headers.insert(header::CONTENT_TYPE, value);
        let ApiError(problem) = require_json(&headers).expect_err("not JSON");
        assert!(problem.detail.len() < 1024, "{} bytes", problem.detail.len());
    }

    #[test]
    fn a_name_with_backquotes_in_it_passed_for_names_of_ours() {
        for name in ["a`, expected one of `b`, `c", "x`y`z", "`"] {
            let body = serde_json::json!({"language": "c", name: 1}).to_string();
            let ApiError(problem) = parse::<wire::SubmitBody>(body.as_bytes()).expect_err("no such field");
            assert_eq!(problem.errors[0].field, name);
            let message = &problem.errors[0].message;
            assert!(
                message.starts_with("is not a known field; there are language, version, code,"),
                "{message}"
            );
        }
    }
}
