//! Test case: input, expected output and visibility of one test.

use serde::{Deserialize, Serialize};

use super::Comparison;
use crate::{Bytes, Call, CallResult, Content, Digest};

/// One test of a problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestCase {
    /// Its name, unique in the suite: `1`, `secret/group1/03-large`.
    pub name: String,
    /// Whether the submitter may see it.
    pub visibility: Visibility,
    /// Its kind, with input and expected result.
    #[serde(rename = "trial")]
    pub kind: TestKind,
    /// Arguments of the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Files that are added to the program's work folder after compilation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<TestFile>,
    /// Overrides the comparison of the suite's style.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Overrides the arguments of the suite's validator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator_args: Option<Vec<String>>,
    /// A hint for submissions that fail it; shown only if the test is public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The audience of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// Input, expected and actual output are visible to the submitter.
    Public,
    /// Only staff sees it. The submitter learns whether it passed.
    Hidden,
}

/// The kind of a test, with its input and expected result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TestKind {
    /// A program is run. With a validator, `expected` is the answer file, in the validator's own format.
    Streams {
        /// Standard input, or the input of an interactive validator.
        input: TestContent,
        /// The expected standard output.
        expected: TestContent,
    },
    /// A function is called.
    Call {
        /// The call.
        call: Call,
        /// The expected result.
        expected: CallResult,
    },
    /// Only the suite's static validator is run, on the sources of the submission.
    Sources {
        /// Its arguments after the standard ones.
        args: Vec<String>,
    },
}

/// Bytes of a test: inline in the suite if small, otherwise an object in the object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TestContent {
    /// The bytes.
    Inline(Content),
    /// An object under [`TestContent::object_key`].
    Object {
        /// The digest of the bytes.
        digest: Digest,
        /// Their number.
        size: Bytes,
    },
}

impl TestContent {
    /// The largest inline size, so that a suite stays small enough to be read as a whole.
    pub const MAX_INLINE: Bytes = Bytes::kib(16);

    /// The key of the bytes in the object store; `None` if they are inline.
    pub fn object_key(&self) -> Option<String> {
        match self {
            Self::Inline(_) => None,
            Self::Object { digest, .. } => Some(format!("tests/{digest}")),
        }
    }
}

/// A file that a test adds to the program's work folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestFile {
    /// Its path below the work folder.
    pub name: String,
    /// Its bytes.
    pub content: TestContent,
}

impl TestCase {
    /// A public test of stdin and stdout, with defaults for all else.
    pub fn streams(
        name: impl Into<String>,
        input: impl Into<TestContent>,
        expected: impl Into<TestContent>,
    ) -> Self {
        Self::with_kind(name.into(), TestKind::Streams { input: input.into(), expected: expected.into() })
    }

    /// A public test that calls a function, with defaults for all else.
    pub fn call(name: impl Into<String>, call: Call, expected: CallResult) -> Self {
        Self::with_kind(name.into(), TestKind::Call { call, expected })
    }

    /// The same test, hidden.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { visibility: Visibility::Hidden, ..self }
    }

    fn with_kind(name: String, trial: TestKind) -> Self {
        Self {
            name,
            visibility: Visibility::Public,
            kind: trial,
            args: Vec::new(),
            files: Vec::new(),
            comparison: None,
            validator_args: None,
            hint: None,
        }
    }
}
