//! Tables of a language file: the TOML schema.
//!
//! Unknown fields are rejected everywhere: a misspelt limit must not silently be no limit.

use std::{collections::BTreeMap, num::NonZeroU32, path::PathBuf};

use model::{Cpus, PoolKind};
use serde::Deserialize;

use super::candidate::Candidate;
use crate::{
    Example, ExpectedEnding, LanguageOption, Warmup, entry::EntryKind, limits_override::LimitsOverride,
};

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LanguageFile {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    pub(super) extensions: Vec<String>,
    pub(super) main_file: String,
    pub(super) pool: PoolKind,
    #[serde(default)]
    pub(super) warmup: Warmup,
    pub(crate) toolchain: ToolchainTable,
    /// Kind of the entry point.
    #[serde(default)]
    pub(super) entry: EntryKind,
    pub(super) compile: Option<CompileTable>,
    pub(super) run: RunTable,
    #[serde(default)]
    pub(super) memory: MemoryTable,
    #[serde(default)]
    pub(super) imports: ImportsTable,
    pub(super) check: Option<CheckTable>,
    pub(super) prestart: Option<PrestartTable>,
    pub(super) prepare: Option<PrepareTable>,
    pub(super) calls: Option<CallsTable>,
    pub(super) modules: Option<ModulesTable>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) limits: LimitsOverride,
    #[serde(default)]
    pub(super) network: NetworkTable,
    #[serde(default)]
    pub(super) options: Vec<LanguageOption>,
    pub(super) libraries: Option<LibrariesTable>,
    pub(super) hello: HelloTable,
    #[serde(default)]
    pub(super) examples: Vec<ExampleTable>,
}

/// Detection of the toolchain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ToolchainTable {
    /// Candidates; the first that works is used.
    pub(crate) candidates: Vec<Candidate>,
    /// Debian package to install.
    #[serde(default)]
    pub(crate) debian: String,
    /// How to install it, if Debian has no package.
    #[serde(default)]
    pub(crate) install: String,
    /// Further files that must exist.
    #[serde(default)]
    pub(crate) needs: Vec<PathBuf>,
    /// Further folders that a sandbox must show.
    #[serde(default)]
    pub(crate) folders: Vec<PathBuf>,
    /// Further folders, shown if they exist; a `*` in a name matches anything.
    #[serde(default)]
    pub(crate) folders_if_there: Vec<PathBuf>,
    pub(crate) version: VersionTable,
}

/// Version query of the toolchain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VersionTable {
    /// Arguments of the query.
    pub(crate) args: Vec<String>,
    /// Text right before the version; empty if the version comes first.
    #[serde(default)]
    pub(crate) after: String,
    /// The toolchain's own name: `CPython`.
    pub(crate) label: String,
}

/// Query for installed libraries.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LibrariesTable {
    /// Arguments that make it print a name and a version per line; the names follow them.
    pub(super) args: Vec<String>,
    pub(super) names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CompileTable {
    pub(super) argv: Vec<String>,
    pub(super) cpu_ms: NonZeroU32,
    pub(super) cpus: Option<Cpus>,
    pub(super) wall_ms: NonZeroU32,
    pub(super) memory_mib: NonZeroU32,
    pub(super) processes: NonZeroU32,
    pub(super) disk_mib: NonZeroU32,
    pub(super) inodes: Option<NonZeroU32>,
    pub(super) open_files: Option<NonZeroU32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunTable {
    pub(super) argv: Vec<String>,
    /// Variables of runs only, in addition to `env`.
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
}

/// Memory model of the runtime.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MemoryTable {
    /// Memory of the runtime beside `{heap_mib}`.
    #[serde(default)]
    pub(super) runtime_mib: u32,
    /// Texts on standard error when the runtime ends for lack of memory.
    #[serde(default)]
    pub(super) exhausted: Vec<String>,
}

/// Import syntax, for the names of submissions that a driver imports.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ImportsTable {
    /// Text right before an imported name.
    #[serde(default)]
    pub(super) before: Vec<String>,
    /// Modules of the toolchain that a driver may import before it.
    #[serde(default)]
    pub(super) standard: Vec<String>,
}

/// Syntax check before judging.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckTable {
    /// A command line that checks `{source}`.
    pub(super) argv: Option<Vec<String>>,
    /// A script in the same language that checks it, run in place of the program.
    pub(super) script: Option<String>,
    /// Exit code of either for invalid syntax.
    #[serde(default = "usual_refusal")]
    pub(super) exit_code: i32,
    /// Texts of a rejection that does not count: code of the program ran, and failed.
    #[serde(default)]
    pub(super) inconclusive: Vec<String>,
    pub(super) cpu_ms: NonZeroU32,
    pub(super) wall_ms: NonZeroU32,
}

const fn usual_refusal() -> i32 {
    1
}

/// Prestart of the runtime, for `warmup = "prestart"` and `"fork"`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrestartTable {
    pub(super) argv: Vec<String>,
    /// Added to the environment of a run; the hook removes them.
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    /// Minimum memory of a run: with less, it is started as usual, since a prestarted runtime uses some
    /// itself.
    pub(super) least_memory_mib: NonZeroU32,
    /// Memory of one prestarted runtime, its share of a template included; for hosts with a memory budget for
    /// them.
    pub(super) memory_mib: NonZeroU32,
    /// Whether the hook can check the syntax of sources while the runtime waits.
    #[serde(default)]
    pub(super) checks_syntax: bool,
    /// Path of the hook in the sandbox.
    pub(super) hook_path: PathBuf,
    /// Source of the hook, which makes the runtime wait.
    pub(super) hook: String,
}

/// Function calls in submissions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallsTable {
    /// File name of the harness; the main file's by default.
    pub(super) file: Option<String>,
    /// Source of the harness.
    pub(super) harness: Option<String>,
    /// The id of the language whose harness is used, instead of `harness`.
    pub(super) like: Option<String>,
}

/// Modules of ours for programs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModulesTable {
    /// Their folder in sandboxes.
    pub(super) folder: PathBuf,
    /// The folder of `languages/` that has them: they are part of the server.
    pub(super) builtin: String,
}

/// Preparation: files built once with the toolchain alone and shown in every sandbox.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PrepareTable {
    /// Initial files of the work folder, by path.
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
    /// Command lines, run one after another.
    pub(super) commands: Vec<Vec<String>>,
    /// Paths of the results to keep.
    pub(super) keep: Vec<String>,
    pub(super) cpu_ms: NonZeroU32,
    pub(super) wall_ms: NonZeroU32,
    pub(super) memory_mib: NonZeroU32,
    pub(super) processes: NonZeroU32,
    pub(super) disk_mib: NonZeroU32,
}

/// Programs that get a network by default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NetworkTable {
    /// Words in the sources that request one.
    pub(super) words: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HelloTable {
    pub(super) code: String,
    pub(super) stdout: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExampleTable {
    pub(super) name: String,
    pub(super) code: String,
    #[serde(default)]
    pub(super) stdin: String,
    #[serde(default)]
    pub(super) args: Vec<String>,
    #[serde(default)]
    pub(super) stdout: String,
    pub(super) stderr_has: Option<String>,
    #[serde(default = "success")]
    pub(super) ending: ExpectedEnding,
}

const fn success() -> ExpectedEnding {
    ExpectedEnding::Exit(0)
}

impl ToolchainTable {
    pub(super) fn may_lack_folder(&self) -> bool {
        self.candidates.iter().any(|candidate| matches!(candidate, Candidate::Program(_)))
    }
}

impl ExampleTable {
    pub(super) fn fails_to_compile(&self) -> bool {
        self.ending == ExpectedEnding::CompileError
    }
}

impl From<ExampleTable> for Example {
    fn from(table: ExampleTable) -> Self {
        let ExampleTable { name, code, stdin, args, stdout, stderr_has, ending } = table;
        Self { name, code, stdin, args, stdout, stderr_has, ending }
    }
}

impl From<HelloTable> for Example {
    fn from(HelloTable { code, stdout }: HelloTable) -> Self {
        Self {
            name: "hello".to_owned(),
            code,
            stdin: String::new(),
            args: Vec::new(),
            stdout,
            stderr_has: None,
            ending: success(),
        }
    }
}
