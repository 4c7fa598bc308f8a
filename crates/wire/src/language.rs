//! The languages that an installation knows.

use model::Limits;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::millis;

/// Answer of `GET /api/languages`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LanguagesBody {
    /// Every language known, those that cannot run here included.
    pub languages: Vec<LanguageBody>,
}

/// One language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguageBody {
    /// What to send as `language`.
    #[schema(example = "python")]
    pub id: String,
    /// Its name for people.
    #[schema(example = "Python")]
    pub name: String,
    /// The newest version that a worker has; null where none is known.
    #[schema(example = "3.11.2")]
    pub version: Option<String>,
    /// That toolchain as it names itself; null where none is known.
    #[schema(example = "CPython 3.11.2")]
    pub toolchain: Option<String>,
    /// Whether programs in it can run here.
    pub available: bool,
    /// Why not; null where they can.
    pub reason: Option<String>,
    /// All versions that workers have, the newest first; `version` in a submission chooses among them.
    #[schema(example = json!(["3.11.2"]))]
    pub versions: Vec<String>,
    /// The libraries that its newest version has here beyond its own, of those that many programs use.
    pub libraries: Vec<LibraryBody>,
    /// Other names that `language` takes.
    #[schema(example = json!(["py", "python3"]))]
    pub aliases: Vec<String>,
    /// File name extensions, without the dot.
    #[schema(example = json!(["py"]))]
    pub extensions: Vec<String>,
    /// What the program sent as `code` is called inside.
    #[schema(example = "main.py")]
    pub main_file: String,
    /// A first program in it.
    #[schema(example = "print(\"Hello, world!\")\n")]
    pub hello: String,
    /// What a submission may choose in `options`.
    pub options: Vec<OptionBody>,
    /// What a run may use that names no limits.
    pub default_limits: LanguageLimitsBody,
    /// The most that a run may ask for, each limit by itself: much memory, or much of the processors, may bring it to another
    /// pool, whose limits are others.
    pub maximum_limits: LanguageLimitsBody,
}

/// An option of a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OptionBody {
    /// What it is called in `options`.
    #[schema(example = "std")]
    pub name: String,
    /// What it is for.
    #[schema(example = "The standard of C++ that the program is written in.")]
    pub about: String,
    /// The values that it takes.
    #[schema(example = json!(["c++17", "c++20"]))]
    pub values: Vec<String>,
    /// The value of a submission that does not choose; null where nothing is then added.
    #[schema(example = "c++20")]
    pub default: Option<String>,
    /// Whether it takes a list of values.
    #[schema(example = false)]
    pub several: bool,
}

/// What a run of a language may use.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LanguageLimitsBody {
    /// CPU time of the whole process tree, in milliseconds.
    #[schema(example = 2000)]
    pub cpu_ms: u64,
    /// How fast it may use that: a number of processors.
    #[schema(example = 0.5)]
    pub cpus: f64,
    /// Time on the clock, in milliseconds.
    #[schema(example = 10000)]
    pub wall_ms: u64,
    /// Peak memory of the whole process tree, in bytes.
    #[schema(example = 134_217_728)]
    pub memory_bytes: u64,
    /// Bytes of standard output, and the same again of standard error.
    #[schema(example = 1_048_576)]
    pub output_bytes: u64,
    /// Processes and threads at one moment.
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
