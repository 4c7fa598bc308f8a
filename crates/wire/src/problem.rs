//! Programming problems: list and detail for solvers. (For errors see `problem_details.rs`.)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Encoding;

/// Response of `GET /api/problems`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemsBody {
    /// The problems, by number.
    pub problems: Vec<ProblemSummaryBody>,
    /// The value of `?after=` for the next page; null on the last page.
    #[schema(example = 100)]
    pub next: Option<u64>,
}

/// A page of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Only problems with a greater number, at most 9,223,372,036,854,775,807.
    #[param(minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    pub after: Option<u64>,
    /// Page size; 100 by default.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
}

/// A problem in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemSummaryBody {
    /// Its id.
    #[schema(example = "3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11", format = "uuid")]
    pub id: String,
    /// Its permanent number.
    #[schema(example = 42)]
    pub number: u64,
    /// Its name in URLs.
    #[schema(example = "add-two")]
    pub slug: String,
    /// Its title.
    #[schema(example = "Add two numbers")]
    pub title: String,
    /// `easy`, `medium` or `hard`; null if unknown.
    #[schema(example = "easy")]
    pub difficulty: Option<String>,
    /// Keywords.
    #[schema(example = json!(["functions"]))]
    pub tags: Vec<String>,
    /// `11-14` or `15-18`; null if unknown.
    #[schema(example = "11-14")]
    pub age_group: Option<String>,
    /// Its way of running tests.
    pub style: TestStyleName,
    /// Ids of the allowed and available languages.
    #[schema(example = json!(["python", "javascript"]))]
    pub languages: Vec<String>,
    /// Limits of each run; null ones come from the language.
    pub limits: ProblemLimitsBody,
    /// Number of public tests.
    #[schema(example = 2)]
    pub public_test_count: usize,
    /// Number of hidden tests.
    #[schema(example = 5)]
    pub hidden_test_count: usize,
}

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemBody {
    /// The fields of the list.
    #[serde(flatten)]
    pub summary: ProblemSummaryBody,
    /// The statement as sanitized HTML.
    #[schema(example = "<p>Write a function that adds.</p>")]
    pub statement_html: String,
    /// Starter code by language.
    #[schema(example = json!({"python": "def add(a, b):\n    pass\n"}))]
    pub starter_code: BTreeMap<String, String>,
    /// Number of hints.
    #[schema(example = 3)]
    pub hint_count: usize,
    /// The public tests; long input and output is truncated.
    pub public_tests: Vec<ProblemTestBody>,
}

/// A hint of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HintBody {
    /// Its number, from 1.
    #[schema(example = 1)]
    pub number: usize,
    /// Number of hints of the problem.
    #[schema(example = 3)]
    pub count: usize,
    /// Its text as sanitized HTML.
    #[schema(example = "<p>Both numbers are on one line.</p>")]
    pub html: String,
}

/// The limits of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemLimitsBody {
    /// CPU time, in milliseconds.
    #[schema(example = 2000)]
    pub cpu_ms: Option<u64>,
    /// Memory, in bytes.
    #[schema(example = 134_217_728)]
    pub memory_bytes: Option<u64>,
    /// Output, in bytes.
    #[schema(example = 1_048_576)]
    pub output_bytes: Option<u64>,
}

/// A public test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProblemTestBody {
    /// Its name.
    #[schema(example = "1")]
    pub name: String,
    /// The input of the program; for function calls, the call.
    #[schema(example = "1 2\n")]
    pub input: String,
    /// `base64` if `input` is not UTF-8; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub input_encoding: Option<Encoding>,
    /// The expected output.
    #[schema(example = "3\n")]
    pub expected: String,
    /// `base64` if `expected` is not UTF-8; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expected_encoding: Option<Encoding>,
}

/// The way of running the tests of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum TestStyleName {
    /// Input on stdin, output compared.
    Streams,
    /// A function is called.
    Calls,
    /// A validator of the problem judges the output.
    Validated,
    /// A validator of the problem interacts with the submission.
    Interactive,
}

impl From<model::TestStyle> for TestStyleName {
    fn from(style: model::TestStyle) -> Self {
        match style {
            model::TestStyle::Streams => Self::Streams,
            model::TestStyle::Calls => Self::Calls,
            model::TestStyle::Validated => Self::Validated,
            model::TestStyle::Interactive => Self::Interactive,
        }
    }
}
