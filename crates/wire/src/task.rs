//! Problems as their solvers see them. (Errors have the name `Problem`, which RFC 9457 gives them.)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Encoding;

/// Answer of `GET /api/problems`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TasksBody {
    /// The problems, by number.
    pub problems: Vec<TaskSummaryBody>,
    /// What to send as `?after=` for those that come next; null where these are the last.
    #[schema(example = 100)]
    pub next: Option<u64>,
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Those with a number above this one, at most 9,223,372,036,854,775,807.
    #[param(minimum = 0, maximum = 9_223_372_036_854_775_807_i64)]
    pub after: Option<u64>,
    /// How many; 100 if left out.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<usize>,
}

/// A problem in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskSummaryBody {
    /// Its id.
    #[schema(example = "3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11", format = "uuid")]
    pub id: String,
    /// Its number: stays the same, whatever comes beside it.
    #[schema(example = 42)]
    pub number: u64,
    /// Its name in addresses.
    #[schema(example = "add-two")]
    pub slug: String,
    /// Its name.
    #[schema(example = "Add two numbers")]
    pub title: String,
    /// `easy`, `medium` or `hard`; null where its author does not say.
    #[schema(example = "easy")]
    pub difficulty: Option<String>,
    /// Keywords.
    #[schema(example = json!(["functions"]))]
    pub tags: Vec<String>,
    /// `11-14` or `15-18`; null where its author does not say.
    #[schema(example = "11-14")]
    pub age_group: Option<String>,
    /// How its tests are run.
    pub style: StyleName,
    /// Ids of the languages that it may be solved in here.
    #[schema(example = json!(["python", "javascript"]))]
    pub languages: Vec<String>,
    /// What each run may use; what is null is up to the language.
    pub limits: TaskLimitsBody,
    /// How many tests everybody may see.
    #[schema(example = 2)]
    pub public_test_count: usize,
    /// How many others there are.
    #[schema(example = 5)]
    pub hidden_test_count: usize,
}

/// A problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskBody {
    /// What the list tells of it, too.
    #[serde(flatten)]
    pub summary: TaskSummaryBody,
    /// The statement, safe to put into a page.
    #[schema(example = "<p>Write a function that adds.</p>")]
    pub statement_html: String,
    /// What a solver begins with, by language.
    #[schema(example = json!({"python": "def add(a, b):\n    pass\n"}))]
    pub starter_code: BTreeMap<String, String>,
    /// How many hints there are.
    #[schema(example = 3)]
    pub hint_count: usize,
    /// The tests that everybody may see; the beginnings of what is long.
    pub public_tests: Vec<TaskTestBody>,
}

/// A hint of a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HintBody {
    /// Which one it is, from 1.
    #[schema(example = 1)]
    pub number: usize,
    /// How many there are.
    #[schema(example = 3)]
    pub count: usize,
    /// What it says, safe to put into a page.
    #[schema(example = "<p>Both numbers are on one line.</p>")]
    pub html: String,
}

/// What a run may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskLimitsBody {
    /// CPU time, in milliseconds.
    #[schema(example = 2000)]
    pub cpu_ms: Option<u64>,
    /// Memory, in bytes.
    #[schema(example = 134_217_728)]
    pub memory_bytes: Option<u64>,
    /// What it may write, in bytes.
    #[schema(example = 1_048_576)]
    pub output_bytes: Option<u64>,
}

/// A test that everybody may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskTestBody {
    /// Its name.
    #[schema(example = "1")]
    pub name: String,
    /// What the program is given; of a function, the call.
    #[schema(example = "1 2\n")]
    pub input: String,
    /// `base64` where `input` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub input_encoding: Option<Encoding>,
    /// What should come.
    #[schema(example = "3\n")]
    pub expected: String,
    /// `base64` where `expected` is not UTF-8; left out otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expected_encoding: Option<Encoding>,
}

/// How the tests of a problem are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum StyleName {
    /// Input on stdin, output compared.
    Streams,
    /// A function is called.
    Calls,
    /// A program of the problem's judges the output.
    Validated,
    /// A program of the problem's talks with the submission.
    Interactive,
}

impl From<model::TestStyle> for StyleName {
    fn from(style: model::TestStyle) -> Self {
        match style {
            model::TestStyle::Streams => Self::Streams,
            model::TestStyle::Calls => Self::Calls,
            model::TestStyle::Validated => Self::Validated,
            model::TestStyle::Interactive => Self::Interactive,
        }
    }
}
