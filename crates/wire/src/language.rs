//! The languages that an installation knows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Answer of `GET /api/languages`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LanguagesBody {
    /// Every language known, those that cannot run here included.
    pub languages: Vec<LanguageBody>,
}

/// One language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
