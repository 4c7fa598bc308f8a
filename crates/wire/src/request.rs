//! Requests: submissions to run or grade, with their options and limits.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{Encoding, HelpLanguageName, WebhookBody};

/// A program to run, as `code` or as `files`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "language": "python",
    "code": "name = input()\nprint(f\"Hello, {name}!\")\n",
    "stdin": "Ada\n",
    "limits": {"wallMs": 5000}
}))]
pub struct SubmitBody {
    /// Id or alias of a language; `GET /api/languages` lists them.
    #[schema(example = "python", min_length = 1)]
    pub language: String,
    /// Required version of its toolchain, as a semantic version requirement.
    #[schema(example = ">=3.10", min_length = 1)]
    pub version: Option<String>,
    /// The program, as one file. This or `files` is required.
    #[schema(example = "print(input())", min_length = 1)]
    pub code: Option<String>,
    /// The program as files; the first is the main one. Together with `code`, these are additional files.
    pub files: Option<Vec<FileBody>>,
    /// Standard input.
    #[schema(example = "hi\n")]
    pub stdin: Option<String>,
    /// Encoding of `stdin`: `utf8` (the default), or `base64` for bytes that are not text. The size limit applies to the bytes.
    pub stdin_encoding: Option<Encoding>,
    /// Its command-line arguments.
    pub args: Option<Vec<String>>,
    /// Options of its language, such as `{"std": "c++17", "flags": ["-g"]}`; `GET /api/languages` lists the options of each language
    /// with their values.
    #[schema(example = json!({"optimize": "1"}))]
    pub options: Option<OptionsBody>,
    /// Its limits; absent ones keep their default.
    pub limits: Option<LimitsBody>,
    /// Its network; if absent, derived from the sources.
    pub network: Option<NetworkName>,
    /// The problem that the program belongs to, if any; does not change how it runs.
    pub problem_id: Option<ProblemRef>,
    /// Its priority; `high` is not for anonymous callers.
    pub priority: Option<PriorityName>,
    /// Whether to keep the files that the program writes.
    pub artifacts: Option<bool>,
    /// Webhook for the end of the job, if the server supports webhooks.
    pub webhook: Option<WebhookBody>,
}

/// A program to judge, as `code` or as `files`. Input, arguments and limits come from the problem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "language": "python",
    "code": "n = int(input())\ncents = sum(int(input()) for _ in range(n))\nprint(f\"{cents // 100}.{cents % 100:02}\")\n",
    "problemId": "cake-sale"
}))]
pub struct GradeBody {
    /// Id or alias of a language that the problem allows.
    #[schema(example = "python", min_length = 1)]
    pub language: String,
    /// Required version of its toolchain, as a semantic version requirement.
    #[schema(example = ">=3.10", min_length = 1)]
    pub version: Option<String>,
    /// The program, as one file. This or `files` is required.
    #[schema(example = "print(sum(map(int, input().split())))", min_length = 1)]
    pub code: Option<String>,
    /// The program as files; the first is the main one. Together with `code`, these are additional files.
    pub files: Option<Vec<FileBody>>,
    /// Options of its language; `GET /api/languages` lists the options of each language.
    #[schema(example = json!({"optimize": "1"}))]
    pub options: Option<OptionsBody>,
    /// The network of each of its runs; if absent, derived from the sources.
    pub network: Option<NetworkName>,
    /// The problem, by number, slug or id; `GET /api/problems` lists them.
    pub problem_id: ProblemRef,
    /// Its priority; `high` is not for anonymous callers.
    pub priority: Option<PriorityName>,
    /// Webhook for the end of the job, if the server supports webhooks.
    pub webhook: Option<WebhookBody>,
}

/// Options of a language by name, each with its chosen value or list of values.
pub type OptionsBody = BTreeMap<String, OptionValue>;

/// The chosen value of an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a string or a list of strings")]
pub enum OptionValue {
    /// One value.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl OptionValue {
    /// All values.
    pub fn into_values(self) -> Vec<String> {
        match self {
            Self::One(value) => vec![value],
            Self::Several(values) => values,
        }
    }
}

/// One file of a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileBody {
    /// Its path below the work folder, such as `data.txt` or `pkg/a.py`: with `/` between folders, and no part that begins with a
    /// dot.
    #[schema(example = "pkg/a.py", min_length = 1)]
    pub name: String,
    /// Its content, in `encoding`.
    #[schema(example = "1 2 3\n")]
    pub content: String,
    /// Encoding of `content`; `utf8` by default.
    pub encoding: Option<Encoding>,
}

/// Limits that a client may set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LimitsBody {
    /// CPU time of the whole process tree, in milliseconds.
    #[schema(example = 5000, minimum = 1)]
    pub cpu_ms: Option<u64>,
    /// CPU bandwidth: a number of processors, to the thousandth. It is not enforced in the first moments of a run, so that a short program
    /// is not delayed. Default 0.5; compilers have the value of their language.
    #[schema(example = 0.5, minimum = 0.1)]
    pub cpus: Option<f64>,
    /// Wall time, in milliseconds.
    #[schema(example = 10000, minimum = 1)]
    pub wall_ms: Option<u64>,
    /// Peak memory of the whole process tree, in bytes.
    #[schema(example = 134_217_728, minimum = 4_194_304)]
    pub memory_bytes: Option<u64>,
    /// Bytes of standard output, and separately of standard error.
    #[schema(example = 1_048_576, minimum = 1)]
    pub output_bytes: Option<u64>,
    /// Processes and threads at the same time.
    #[schema(example = 50, minimum = 1)]
    pub processes: Option<u64>,
}

/// A problem, by number, or by id or slug.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "a whole number, 0 or more, or a string")]
pub enum ProblemRef {
    /// Its number.
    Number(u64),
    /// Its id or slug.
    Name(String),
}

/// The priority of a submission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PriorityName {
    /// Low: can wait.
    Low,
    /// Normal: the default.
    #[default]
    Normal,
    /// High: before the others; not for anonymous callers.
    High,
}

impl From<PriorityName> for model::Priority {
    fn from(priority: PriorityName) -> Self {
        match priority {
            PriorityName::Low => Self::Low,
            PriorityName::Normal => Self::Normal,
            PriorityName::High => Self::High,
        }
    }
}

/// The network of a program. None reaches beyond the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NetworkName {
    /// No internet sockets.
    None,
    /// A private loopback interface: the program reaches itself at `127.0.0.1` and `::1`.
    Loopback,
}

impl From<NetworkName> for model::Network {
    fn from(network: NetworkName) -> Self {
        match network {
            NetworkName::None => Self::None,
            NetworkName::Loopback => Self::Loopback,
        }
    }
}

/// Waiting time and visibility of a result.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// Wait up to this many seconds (0 to 60, decimals are fine) for the result.
    #[param(example = 10, minimum = 0, maximum = 60)]
    pub wait: Option<f64>,
    /// Whether to show hidden tests; for staff only.
    pub reveal: Option<bool>,
    /// The language of help with mistakes; by default what `Accept-Language` prefers.
    #[param(inline)]
    pub lang: Option<HelpLanguageName>,
}
