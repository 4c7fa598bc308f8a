//! Response of the API: a whole answer, with checks of what it must be.

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;
use wire::{PROBLEM_JSON, ProblemDetails};

/// A whole answer.
#[derive(Debug, Clone)]
pub struct ApiResponse {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

impl ApiResponse {
    /// This answer, if it has this status.
    #[allow(clippy::return_self_not_must_use, reason = "the status may be all that a test wants to know")]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Its body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Its body as JSON of a known shape.
    #[track_caller]
    pub fn parse<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Its body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        self.parse()
    }

    /// Checks that it is a problem of this kind, whole and complete, and returns it.
    #[track_caller]
    pub fn problem(&self, status: u16, kind: &str) -> ProblemDetails {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some(PROBLEM_JSON), "{}", self.text());
        let problem: ProblemDetails = self.parse();
        assert_eq!(problem.kind, format!("urn:coderunner:{kind}"), "{problem:?}");
        assert_eq!(problem.status, status, "{problem:?}");
        assert_eq!(problem.request_id.as_deref(), self.header("x-request-id"), "{problem:?}");
        assert!(!problem.title.is_empty() && problem.detail.len() > 10, "{problem:?}");
        problem
    }
}
