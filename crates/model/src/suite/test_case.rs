//! One test: what goes in, and what should come out.

use serde::{Deserialize, Serialize};

use super::Comparison;
use crate::{Bytes, Call, Content, Digest, Returned};

/// One test of a problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestCase {
    /// Its name, no other test's of the suite: `1`, `secret/group1/03-large`.
    pub name: String,
    /// Who may see it.
    pub visibility: Visibility,
    /// What is tried.
    pub trial: Trial,
    /// Arguments of the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// Files in the program's work folder, put there after compiling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<TestFile>,
    /// How answers are compared, if not as the suite's style says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Arguments of the validator, if not those that the suite's style has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator_args: Option<Vec<String>>,
    /// A hint for those who fail it; shown only where the test is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Who may see a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Visibility {
    /// Everybody: input, what is expected, and what came.
    Public,
    /// Staff. The submitter learns whether it passed.
    Hidden,
}

/// What is tried in a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trial {
    /// A program is run. With a validator, `expected` is the answer file, in whatever form the validator wants.
    Streams {
        /// What is on stdin, or what an interactive validator reads.
        input: Data,
        /// What should be on stdout.
        expected: Data,
    },
    /// A function is called.
    Call {
        /// The call.
        call: Call,
        /// What it should come to.
        expected: Returned,
    },
    /// Nothing is run but the suite's static validator, which looks at the sources.
    Sources {
        /// Its arguments behind those that it always gets.
        args: Vec<String>,
    },
}

/// Bytes of a test: in the suite itself when they are few, in the object store when they are many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Data {
    /// The bytes.
    Inline(Content),
    /// An object under [`Data::object_key`].
    Object {
        /// What the bytes hash to.
        digest: Digest,
        /// How many they are.
        size: Bytes,
    },
}

impl Data {
    /// From this size on, bytes are better kept as an object, so that a suite stays small enough to be read whole.
    pub const INLINE_AT_MOST: Bytes = Bytes::kib(16);

    /// The key under which the bytes are in the object store; nothing for those that are inline.
    pub fn object_key(&self) -> Option<String> {
        match self {
            Self::Inline(_) => None,
            Self::Object { digest, .. } => Some(format!("tests/{digest}")),
        }
    }
}

/// A file that a test puts into the program's work folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TestFile {
    /// Its path below the work folder.
    pub name: String,
    /// What is in it.
    pub content: Data,
}

impl TestCase {
    /// A public test of stdin and stdout, with nothing else to it.
    pub fn streams(name: impl Into<String>, input: impl Into<Data>, expected: impl Into<Data>) -> Self {
        Self::of(name.into(), Trial::Streams { input: input.into(), expected: expected.into() })
    }

    /// A public test that calls a function, with nothing else to it.
    pub fn call(name: impl Into<String>, call: Call, expected: Returned) -> Self {
        Self::of(name.into(), Trial::Call { call, expected })
    }

    /// The same, hidden.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { visibility: Visibility::Hidden, ..self }
    }

    fn of(name: String, trial: Trial) -> Self {
        Self {
            name,
            visibility: Visibility::Public,
            trial,
            args: Vec::new(),
            files: Vec::new(),
            comparison: None,
            validator_args: None,
            hint: None,
        }
    }
}
