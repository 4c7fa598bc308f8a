//! Client frames of a session: parsing and validation.

use model::{Bytes, SessionSignal, TerminalSize};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use wire::{FieldError, ProblemDetails, ProblemType, SignalBody, StdinBody, SubmitBody, TerminalBody};

use crate::{ApiError, submit::body};

/// All frame types, for error messages.
const TYPES: &str = "start, stdin, eof, resize, signal, stop";

/// One frame.
#[derive(Debug)]
pub(crate) enum ClientFrame {
    /// The submission to run.
    Start(Box<StartRequest>),
    /// Input.
    Stdin(Vec<u8>),
    /// End of input.
    Eof,
    /// New size of the client's terminal.
    Resize(TerminalSize),
    /// Signal for the program.
    Signal(SessionSignal),
    /// Cancellation of the job.
    Stop,
}

/// The first frame, or the body of the request that starts a session: what to run.
#[derive(Debug)]
pub(crate) struct StartRequest {
    /// The submission, not yet validated.
    pub(crate) body: SubmitBody,
    /// Size of the requested terminal.
    pub(crate) terminal: Option<TerminalSize>,
    /// Fingerprint of the whole frame or body.
    pub(crate) fingerprint: String,
}

#[derive(Deserialize)]
struct PtyField {
    pty: Option<TerminalBody>,
}

impl ClientFrame {
    /// Parses a frame; input may have at most this many bytes.
    pub(crate) fn parse(text: &str, most_typed: Bytes) -> Result<Self, ApiError> {
        let mut fields = object(text)?;
        let kind = match fields.remove("type") {
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(field_error("type", format!("must be one of {TYPES}"))),
            None => return Err(field_error("type", "is required")),
        };
        match kind.as_str() {
            "start" => Ok(Self::Start(Box::new(StartRequest::new(fields, text.as_bytes())?))),
            "stdin" => typed(fields, most_typed).map(Self::Stdin),
            "resize" => resize(fields).map(Self::Resize),
            "signal" => signal(fields).map(Self::Signal),
            "eof" => without_fields(&fields, Self::Eof),
            "stop" => without_fields(&fields, Self::Stop),
            _ => Err(field_error("type", format!("must be one of {TYPES}"))),
        }
    }
}

fn object(text: &str) -> Result<Map<String, Value>, ApiError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(_) => Err(bad_frame("Each frame must be a JSON object with a type.".to_owned())),
        Err(error) => Err(bad_frame(format!("The frame is not valid JSON: {error}."))),
    }
}

impl StartRequest {
    /// Parses the body of a request.
    pub(crate) fn from_body(bytes: &[u8]) -> Result<Self, ApiError> {
        Self::new(body::parse(bytes)?, bytes)
    }

    fn new(mut fields: Map<String, Value>, raw: &[u8]) -> Result<Self, ApiError> {
        let pty = fields.remove("pty").unwrap_or(Value::Null);
        let pty = body::from_fields::<PtyField>(Map::from_iter([("pty".to_owned(), pty)]))?.pty;
        let terminal = pty.map(|pty| size(pty, "pty.")).transpose()?;
        let fingerprint = format!("{:x}", Sha256::digest(raw));
        Ok(Self { body: body::from_fields(fields)?, terminal, fingerprint })
    }
}

/// The input in the fields of a `stdin` frame.
pub(crate) fn typed(fields: Map<String, Value>, max: Bytes) -> Result<Vec<u8>, ApiError> {
    let StdinBody { text, encoding } = body::from_fields(fields)?;
    let bytes = encoding.unwrap_or_default().decode(text);
    let bytes = bytes.ok_or_else(|| field_error("text", "must be base64, as its encoding says"))?;
    if bytes.len() as u64 > max.get() {
        let detail = format!("At most {max} may be typed at once. Send it in several parts.");
        return Err(ApiError::new(ProblemType::BodyTooLarge, detail));
    }
    Ok(bytes)
}

/// The size in the fields of a `resize` frame.
pub(crate) fn resize(fields: Map<String, Value>) -> Result<TerminalSize, ApiError> {
    size(body::from_fields::<TerminalBody>(fields)?, "")
}

/// The signal in the fields of a `signal` frame.
pub(crate) fn signal(fields: Map<String, Value>) -> Result<SessionSignal, ApiError> {
    Ok(body::from_fields::<SignalBody>(fields)?.name.into())
}

fn size(size: TerminalBody, within: &str) -> Result<TerminalSize, ApiError> {
    size.size().map_err(|field| {
        field_error(&format!("{within}{field}"), format!("must be between 1 and {}", TerminalBody::MAX))
    })
}

fn without_fields(fields: &Map<String, Value>, frame: ClientFrame) -> Result<ClientFrame, ApiError> {
    match fields.keys().next() {
        None => Ok(frame),
        Some(name) => {
            Err(field_error(&body::excerpt(name), "is not a known field; this frame has only its type"))
        }
    }
}

fn field_error(field: &str, message: impl Into<String>) -> ApiError {
    ProblemDetails::fields(vec![FieldError::new(field, message)]).into()
}

/// The error for an invalid or unexpected frame.
pub(super) fn bad_frame(detail: String) -> ApiError {
    ApiError::new(ProblemType::BadFrame, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ClientFrame, ApiError> {
        ClientFrame::parse(text, Bytes(8))
    }

    #[track_caller]
    fn check_refused(text: &str, kind: &str, says: &str) {
        let problem = parse(text).expect_err(text).0;
        assert_eq!(problem.kind, format!("urn:coderunner:{kind}"), "{text}: {problem:?}");
        assert!(problem.detail.contains(says), "{text}: {:?} does not say {says:?}", problem.detail);
    }

    #[test]
    fn each_frame_is_read() {
        let ClientFrame::Start(start) = parse(
            r#"{"type":"start","language":"python","code":"print(1)","pty":{"cols":80,"rows":24},"stdin":"x"}"#,
        )
        .expect("a start") else {
            panic!("no start")
        };
        assert_eq!(start.terminal, Some(TerminalSize { cols: 80, rows: 24 }));
        assert_eq!((start.body.language.as_str(), start.body.stdin.as_deref()), ("python", Some("x")));
        for without in [r#"{"type":"start","language":"c","pty":null}"#, r#"{"language":"c","type":"start"}"#]
        {
            let ClientFrame::Start(start) = parse(without).expect("a start") else { panic!("no start") };
            assert_eq!(start.terminal, None);
        }
        assert!(
            matches!(parse(r#"{"type":"stdin","text":"hi\n"}"#), Ok(ClientFrame::Stdin(typed)) if typed == b"hi\n")
        );
        assert!(matches!(parse(r#"{"type":"eof"}"#), Ok(ClientFrame::Eof)));
        assert!(matches!(parse(r#"{"type":"stop"}"#), Ok(ClientFrame::Stop)));
        assert!(matches!(
            parse(r#"{"type":"resize","cols":1,"rows":1000}"#),
            Ok(ClientFrame::Resize(TerminalSize { cols: 1, rows: 1000 }))
        ));
        assert!(matches!(
            parse(r#"{"type":"signal","name":"INT"}"#),
            Ok(ClientFrame::Signal(SessionSignal::Int))
        ));
    }

    /// A frame as its type writes it, which is how it is described, is read as the same.
    #[test]
    fn each_frame_is_read_as_it_is_described() {
        use wire::{ClientFrame as Described, EmptyBody, SignalName, StartBody};

        let pty = TerminalBody { cols: 80, rows: 24 };
        let submission = SubmitBody { language: "c".into(), code: Some("x".into()), ..SubmitBody::default() };
        let frames = [
            Described::Start(Box::new(StartBody { submission, pty: Some(pty) })),
            Described::Stdin(StdinBody { text: "hi".into(), encoding: None }),
            Described::Eof(EmptyBody {}),
            Described::Resize(pty),
            Described::Signal(SignalBody { name: SignalName::Int }),
            Described::Stop(EmptyBody {}),
        ];
        for frame in frames {
            let text = serde_json::to_string(&frame).expect("serializes");
            let read = parse(&text).expect(&text);
            // Without a catch-all arm, so that a new kind of frame finds its place here.
            let is_same = match frame {
                Described::Start(_) => {
                    matches!(&read, ClientFrame::Start(start) if start.terminal.is_some() && start.body.language == "c")
                }
                Described::Stdin(_) => matches!(&read, ClientFrame::Stdin(typed) if typed == b"hi"),
                Described::Eof(_) => matches!(read, ClientFrame::Eof),
                Described::Resize(_) => {
                    matches!(read, ClientFrame::Resize(TerminalSize { cols: 80, rows: 24 }))
                }
                Described::Signal(_) => matches!(read, ClientFrame::Signal(SessionSignal::Int)),
                Described::Stop(_) => matches!(read, ClientFrame::Stop),
            };
            assert!(is_same, "{text}");
        }
    }

    #[test]
    fn an_invalid_frame_is_refused_with_advice() {
        for (text, kind, says) in [
            ("", "bad-frame", "not valid JSON"),
            ("{", "bad-frame", "not valid JSON"),
            ("[1]", "bad-frame", "must be a JSON object"),
            ("{}", "invalid-request", "type is required"),
            (r#"{"type":7}"#, "invalid-request", "type must be one of start, stdin"),
            (r#"{"type":"sing"}"#, "invalid-request", "type must be one of start, stdin"),
            (r#"{"type":"stdin"}"#, "invalid-request", "text is required"),
            (r#"{"type":"stdin","text":"?","encoding":"base64"}"#, "invalid-request", "text must be base64"),
            (r#"{"type":"stdin","text":1}"#, "invalid-request", "text must be"),
            (r#"{"type":"stdin","text":"","x":1}"#, "invalid-request", "x is not a known field"),
            (r#"{"type":"stdin","text":"123456789"}"#, "body-too-large", "At most 8 bytes"),
            (r#"{"type":"eof","now":true}"#, "invalid-request", "now is not a known field"),
            (r#"{"type":"resize","cols":80}"#, "invalid-request", "rows is required"),
            (r#"{"type":"resize","cols":0,"rows":1}"#, "invalid-request", "cols must be between 1 and 1000"),
            (r#"{"type":"resize","cols":-1,"rows":1}"#, "invalid-request", "cols must be a whole number"),
            (r#"{"type":"signal","name":"STOP"}"#, "invalid-request", "name must be one of INT, TERM"),
            (r#"{"type":"signal","name":9}"#, "invalid-request", "name"),
            (
                r#"{"type":"start","language":"c","pty":{"cols":80}}"#,
                "invalid-request",
                "pty.rows is required",
            ),
            (
                r#"{"type":"start","language":"c","pty":{"cols":80,"rows":9999}}"#,
                "invalid-request",
                "pty.rows must be",
            ),
            (r#"{"type":"start","language":"c","pty":true}"#, "invalid-request", "pty must be"),
            (r#"{"type":"start","code":"x"}"#, "invalid-request", "language is required"),
            (
                r#"{"type":"start","language":"c","limits":{"cpu_ms":1}}"#,
                "invalid-request",
                "did you mean cpuMs?",
            ),
        ] {
            check_refused(text, kind, says);
        }
    }
}
