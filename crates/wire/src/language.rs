//! Languages: list of the languages of an installation with versions, options and limits.

use model::Limits;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::millis;

/// Response of `GET /api/languages`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LanguagesBody {
    /// All known languages, including those that cannot run here.
    pub languages: Vec<LanguageBody>,
}

/// One language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguageBody {
    /// The value of `language` in submissions.
    #[schema(example = "python")]
    pub id: String,
    /// Its display name.
    #[schema(example = "Python")]
    pub name: String,
    /// The newest version that a worker has; null if none is known.
    #[schema(example = "3.11.2")]
    pub version: Option<String>,
    /// The toolchain of that version as it names itself; null if none is known.
    #[schema(example = "CPython 3.11.2")]
    pub toolchain: Option<String>,
    /// Whether programs in it can run here.
    pub available: bool,
    /// The reason why not; null if available.
    pub reason: Option<String>,
    /// All versions that workers have, newest first; `version` in a submission selects from them.
    #[schema(example = json!(["3.11.2"]))]
    pub versions: Vec<String>,
    /// Popular libraries installed for its newest version, beyond the standard library.
    pub libraries: Vec<LibraryBody>,
    /// Other accepted values of `language`.
    #[schema(example = json!(["py", "python3"]))]
    pub aliases: Vec<String>,
    /// File name extensions, without the dot.
    #[schema(example = json!(["py"]))]
    pub extensions: Vec<String>,
    /// The file name of a program that is sent as `code`.
    #[schema(example = "main.py")]
    pub main_file: String,
    /// An example program.
    #[schema(example = "print(\"Hello, world!\")\n")]
    pub hello: String,
    /// The options that a submission may set.
    pub options: Vec<OptionBody>,
    /// The limits of a run that requests none.
    pub default_limits: LanguageLimitsBody,
    /// The maximum of each limit that a run may request. A run with much memory or many processors may need another pool, with other
    /// limits.
    pub maximum_limits: LanguageLimitsBody,
}

/// An option of a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionBody {
    /// Its name in `options`.
    #[schema(example = "std")]
    pub name: String,
    /// Its purpose.
    #[schema(example = "The standard of C++ that the program is written in.")]
    pub about: String,
    /// The accepted values.
    #[schema(example = json!(["c++17", "c++20"]))]
    pub values: Vec<String>,
    /// The default value; null if there is none.
    #[schema(example = "c++20")]
    pub default: Option<String>,
    /// Whether it accepts a list of values.
    #[schema(example = false)]
    pub several: bool,
}

/// The limits of a run in a language.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguageLimitsBody {
    /// CPU time of the whole process tree, in milliseconds.
    #[schema(example = 2000)]
    pub cpu_ms: u64,
    /// CPU bandwidth: a number of processors.
    #[schema(example = 0.5)]
    pub cpus: f64,
    /// Wall time, in milliseconds.
    #[schema(example = 10000)]
    pub wall_ms: u64,
    /// Peak memory of the whole process tree, in bytes.
    #[schema(example = 134_217_728)]
    pub memory_bytes: u64,
    /// Bytes of standard output, and separately of standard error.
    #[schema(example = 1_048_576)]
    pub output_bytes: u64,
    /// Processes and threads at the same time.
    #[schema(example = 50)]
    pub processes: u64,
}

impl From<&Limits> for LanguageLimitsBody {
    fn from(limits: &Limits) -> Self {
        Self {
            cpu_ms: millis(limits.cpu),
            cpus: limits.cpus.number(),
            wall_ms: millis(limits.wall),
            memory_bytes: limits.memory.get(),
            output_bytes: limits.output.get(),
            processes: limits.processes.into(),
        }
    }
}

/// A library that programs can use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LibraryBody {
    /// Its name.
    #[schema(example = "numpy")]
    pub name: String,
    /// Its version.
    #[schema(example = "1.24.2")]
    pub version: String,
}
