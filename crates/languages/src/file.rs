//! Language files: TOML schema, validation, and conversion to a [`Language`].
//!
//! Unknown fields are rejected everywhere: a misspelt limit must not silently be no limit. A limit of 0 is
//! rejected too.

mod candidate;
mod check;

use std::{collections::BTreeMap, num::NonZeroU32, path::PathBuf, time::Duration};

use model::{Bytes, Cpus, LanguageId, LanguageOptions, Limits, PoolKind};
use serde::Deserialize;

pub(crate) use self::candidate::{Candidate, Folder, ProgramInFolder};
use crate::{
    ENVIRONMENT, LanguageError, LanguageOption, Warmup, builtin,
    driver::Imports,
    entry::EntryKind,
    harness::Harness,
    language::{Availability, Compile, Example, ExpectedEnding, Language, Prepare, PrestartSettings},
    libraries::LibraryQuery,
    memory::MemorySettings,
    prepared::PreparationState,
    syntax_check::{CheckMethod, CheckSettings},
    template::Template,
};

/// A whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LanguageFile {
    id: String,
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    extensions: Vec<String>,
    main_file: String,
    pool: PoolKind,
    #[serde(default)]
    warmup: Warmup,
    pub(crate) toolchain: ToolchainTable,
    /// Kind of the entry point.
    #[serde(default)]
    entry: EntryKind,
    compile: Option<CompileTable>,
    run: RunTable,
    #[serde(default)]
    memory: MemoryTable,
    #[serde(default)]
    imports: ImportsTable,
    check: Option<CheckTable>,
    prestart: Option<PrestartTable>,
    prepare: Option<PrepareTable>,
    calls: Option<CallsTable>,
    modules: Option<ModulesTable>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    limits: LimitsOverride,
    #[serde(default)]
    network: NetworkTable,
    #[serde(default)]
    options: Vec<LanguageOption>,
    libraries: Option<LibrariesTable>,
    hello: HelloTable,
    #[serde(default)]
    examples: Vec<ExampleTable>,
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
struct LibrariesTable {
    /// Arguments that make it print a name and a version per line; the names follow them.
    args: Vec<String>,
    names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CompileTable {
    argv: Vec<String>,
    cpu_ms: NonZeroU32,
    cpus: Option<Cpus>,
    wall_ms: NonZeroU32,
    memory_mib: NonZeroU32,
    processes: NonZeroU32,
    disk_mib: NonZeroU32,
    inodes: Option<NonZeroU32>,
    open_files: Option<NonZeroU32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunTable {
    argv: Vec<String>,
    /// Variables of runs only, in addition to `env`.
    #[serde(default)]
    env: BTreeMap<String, String>,
}

/// Memory model of the runtime.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemoryTable {
    /// Memory of the runtime beside `{heap_mib}`.
    #[serde(default)]
    runtime_mib: u32,
    /// Texts on standard error when the runtime ends for lack of memory.
    #[serde(default)]
    exhausted: Vec<String>,
}

/// Import syntax, for the names of submissions that a driver imports.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportsTable {
    /// Text right before an imported name.
    #[serde(default)]
    before: Vec<String>,
    /// Modules of the toolchain that a driver may import before it.
    #[serde(default)]
    standard: Vec<String>,
}

/// Syntax check before judging.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckTable {
    /// A command line that checks `{source}`.
    argv: Option<Vec<String>>,
    /// A script in the same language that checks it, run in place of the program.
    script: Option<String>,
    /// Exit code of either for invalid syntax.
    #[serde(default = "usual_refusal")]
    exit_code: i32,
    /// Texts of a rejection that does not count: code of the program ran, and failed.
    #[serde(default)]
    inconclusive: Vec<String>,
    cpu_ms: NonZeroU32,
    wall_ms: NonZeroU32,
}

const fn usual_refusal() -> i32 {
    1
}

/// Prestart of the runtime, for `warmup = "prestart"` and `"fork"`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrestartTable {
    argv: Vec<String>,
    /// Added to the environment of a run; the hook removes them.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// Minimum memory of a run: with less, it is started as usual, since a prestarted runtime uses some
    /// itself.
    least_memory_mib: NonZeroU32,
    /// Memory of one prestarted runtime, its share of a template included; for hosts with a memory budget for
    /// them.
    memory_mib: NonZeroU32,
    /// Whether the hook can check the syntax of sources while the runtime waits.
    #[serde(default)]
    checks_syntax: bool,
    /// Path of the hook in the sandbox.
    hook_path: PathBuf,
    /// Source of the hook, which makes the runtime wait.
    hook: String,
}

/// Function calls in submissions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CallsTable {
    /// File name of the harness; the main file's by default.
    file: Option<String>,
    /// Source of the harness.
    harness: Option<String>,
    /// The id of the language whose harness is used, instead of `harness`.
    like: Option<String>,
}

/// Modules of ours for programs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModulesTable {
    /// Their folder in sandboxes.
    folder: PathBuf,
    /// The folder of `languages/` that has them: they are part of the server.
    builtin: String,
}

/// Preparation: files built once with the toolchain alone and shown in every sandbox.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrepareTable {
    /// Initial files of the work folder, by path.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Command lines, run one after another.
    commands: Vec<Vec<String>>,
    /// Paths of the results to keep.
    keep: Vec<String>,
    cpu_ms: NonZeroU32,
    wall_ms: NonZeroU32,
    memory_mib: NonZeroU32,
    processes: NonZeroU32,
    disk_mib: NonZeroU32,
}

/// Limits of a run that differ from the defaults.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsOverride {
    cpu_ms: Option<NonZeroU32>,
    cpus: Option<Cpus>,
    wall_ms: Option<NonZeroU32>,
    memory_mib: Option<NonZeroU32>,
    processes: Option<NonZeroU32>,
    disk_mib: Option<NonZeroU32>,
    inodes: Option<NonZeroU32>,
    open_files: Option<NonZeroU32>,
}

/// Programs that get a network by default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkTable {
    /// Words in the sources that request one.
    words: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HelloTable {
    code: String,
    stdout: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleTable {
    name: String,
    code: String,
    #[serde(default)]
    stdin: String,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    stdout: String,
    stderr_has: Option<String>,
    #[serde(default = "success")]
    ending: ExpectedEnding,
}

/// Default limits of a toolchain: it may open more files than a program, and use several processors, since
/// somebody waits for it.
const TOOLCHAIN_LIMITS: Limits = Limits { open_files: 256, cpus: TOOLCHAIN_CPUS, ..Limits::STUDENT };
const TOOLCHAIN_CPUS: Cpus = Cpus::thousandths(4000);

const fn success() -> ExpectedEnding {
    ExpectedEnding::Exit(0)
}

impl LanguageFile {
    /// Parses and checks a file.
    pub(crate) fn parse(file: &str, text: &str) -> Result<Self, LanguageError> {
        let parsed: Self = toml::from_str(text)
            .map_err(|source| LanguageError::Parse { file: file.to_owned(), source: Box::new(source) })?;
        check::check(file, &parsed)?;
        Ok(parsed)
    }

    /// The language whose harness it uses, if it has none of its own.
    pub(crate) fn calls_like(&self) -> Option<&str> {
        self.calls.as_ref()?.like.as_deref()
    }

    /// Its own harness, if it is the language `id`.
    pub(crate) fn harness_of(&self, id: &str) -> Option<&str> {
        self.calls.as_ref().filter(|_| self.id == id)?.harness.as_deref()
    }

    /// Converts to a language, with the result of detection and the harness of another language, if it uses
    /// one.
    pub(crate) fn into_language(
        self,
        file: &str,
        availability: Availability,
        lent: Option<String>,
    ) -> Result<Language, LanguageError> {
        let run = template(file, "run.argv", &self.run.argv)?;
        let run_env = self.run.env.into_iter().map(|(name, value)| Ok((name, run_variable(file, &value)?)));
        let run_env = run_env.collect::<Result<Vec<_>, LanguageError>>()?;
        let compile = self.compile.map(|table| table.checked(file)).transpose()?;
        let check = self.check.map(|table| table.checked(file)).transpose()?;
        let env = environment(self.env);
        let prestart = self.prestart.map(|table| table.checked(file, &env)).transpose()?;
        let needs = self.toolchain.needs.clone();
        let prepare = self.prepare.map(|table| table.checked(file, needs)).transpose()?;
        let harness = self.calls.map(|table| table.checked(file, &self.main_file, lent)).transpose()?;
        let commands =
            [Some(&run), compile.as_ref().map(|one| &one.argv), prestart.as_ref().map(|one| &one.argv)];
        let extension = self.extensions.first().map_or("", String::as_str);
        let modules =
            self.modules.map(|table| table.checked(file, extension)).transpose()?.unwrap_or_default();
        let mut commands: Vec<_> = commands.into_iter().flatten().collect();
        if commands.iter().skip(1).any(|one| one.has_memory_size()) {
            return Err(LanguageError::Field {
                file: file.to_owned(),
                field: "compile.argv",
                problem: "or `prestart.argv` has an amount of memory, which only a run has; take it out"
                    .to_owned(),
            });
        }
        if commands.iter().any(|one| one.takes_prepared()) && prepare.is_none() {
            return Err(LanguageError::Field {
                file: file.to_owned(),
                field: "prepare",
                problem: "is missing, for a command has {prepared}".to_owned(),
            });
        }
        commands.extend(prepare.iter().flat_map(|prepare| &prepare.commands));
        check_options(file, &self.options, &commands)?;
        if commands.iter().any(|one| one.takes_folder()) && self.toolchain.may_lack_folder() {
            return Err(LanguageError::Field {
                file: file.to_owned(),
                field: "toolchain.candidates",
                problem: "must all be { folder = …, program = … }, for a command has {folder}".to_owned(),
            });
        }
        Ok(Language {
            id: LanguageId::new(self.id),
            name: self.name,
            aliases: self.aliases,
            extensions: self.extensions,
            main_file: self.main_file,
            pool: self.pool,
            warmup: self.warmup,
            hello: self.hello.into(),
            examples: self.examples.into_iter().map(Example::from).collect(),
            availability,
            entry: self.entry,
            run,
            run_env,
            memory: self.memory.into(),
            imports: Imports { before: self.imports.before, standard: self.imports.standard },
            check,
            compile,
            prestart,
            prepare,
            prepared: PreparationState::default(),
            harness,
            modules,
            env,
            limits: self.limits,
            network: self.network.words,
            options: self.options,
            chosen_options: LanguageOptions::default(),
            libraries: self.libraries.map(|LibrariesTable { args, names }| LibraryQuery { args, names }),
            detected_libraries: Vec::new(),
        })
    }
}

/// Checks that options are valid, each with a place in a command, and that each place has an option.
fn check_options(
    file: &str,
    options: &[LanguageOption],
    commands: &[&Template],
) -> Result<(), LanguageError> {
    let wrong = |problem| LanguageError::Field { file: file.to_owned(), field: "options", problem };
    for (place, option) in options.iter().enumerate() {
        let name = &option.name;
        if let Some(flaw) = option.validation_error() {
            return Err(wrong(flaw));
        }
        if options[..place].iter().any(|other| other.name == *name) {
            return Err(wrong(format!("has {name} twice")));
        }
        if !commands.iter().any(|command| command.takes_option(name)) {
            return Err(wrong(format!(
                "has {name}, whose arguments, {{option:{name}}}, has no place in `compile.argv` or `run.argv`"
            )));
        }
    }
    let is_there = |name: &&str| options.iter().any(|option| option.name == **name);
    let places = commands.iter().flat_map(|command| command.options());
    match places.into_iter().find(|name| !is_there(name)) {
        Some(name) => Err(wrong(format!("must have {name}, for a command has {{option:{name}}}"))),
        None => Ok(()),
    }
}

impl ToolchainTable {
    fn may_lack_folder(&self) -> bool {
        self.candidates.iter().any(|candidate| matches!(candidate, Candidate::Program(_)))
    }
}

impl From<MemoryTable> for MemorySettings {
    fn from(MemoryTable { runtime_mib, exhausted }: MemoryTable) -> Self {
        Self { runtime: Bytes::mib(runtime_mib.into()), exhausted }
    }
}

impl CheckTable {
    fn checked(self, file: &str) -> Result<CheckSettings, LanguageError> {
        let way = match (self.argv, self.script) {
            (Some(argv), None) => CheckMethod::Command(template(file, "check.argv", &argv)?),
            (None, Some(script)) => CheckMethod::Script(script),
            (Some(_), Some(_)) | (None, None) => {
                let problem = "or `check.script` must be there, and not both".to_owned();
                return Err(LanguageError::Field { file: file.to_owned(), field: "check.argv", problem });
            }
        };
        if self.exit_code == 0 {
            let problem = "must not be 0, which says that all is well".to_owned();
            return Err(LanguageError::Field { file: file.to_owned(), field: "check.exit_code", problem });
        }
        if self.inconclusive.iter().any(String::is_empty) {
            let problem = "must not have an empty text, which is in everything".to_owned();
            return Err(LanguageError::Field { file: file.to_owned(), field: "check.inconclusive", problem });
        }
        let limits =
            Limits { cpu: milliseconds(self.cpu_ms), wall: milliseconds(self.wall_ms), ..Limits::STUDENT };
        Ok(CheckSettings { method: way, exit_code: self.exit_code, inconclusive: self.inconclusive, limits })
    }
}

impl CompileTable {
    fn checked(self, file: &str) -> Result<Compile, LanguageError> {
        let argv = template(file, "compile.argv", &self.argv)?;
        if argv.takes_args() {
            return Err(LanguageError::Field {
                file: file.to_owned(),
                field: "compile.argv",
                problem: "has {args}, but arguments are for the running program; take it out".to_owned(),
            });
        }
        Ok(Compile { argv, limits: self.limits() })
    }

    fn limits(&self) -> Limits {
        let usual = LimitsOverride {
            cpu_ms: Some(self.cpu_ms),
            cpus: self.cpus,
            wall_ms: Some(self.wall_ms),
            memory_mib: Some(self.memory_mib),
            processes: Some(self.processes),
            disk_mib: Some(self.disk_mib),
            inodes: self.inodes,
            open_files: self.open_files,
        };
        usual.apply_to(TOOLCHAIN_LIMITS)
    }
}

impl PrepareTable {
    fn checked(self, file: &str, needs: Vec<PathBuf>) -> Result<Prepare, LanguageError> {
        let commands = self.commands.iter().map(|argv| template(file, "prepare.commands", argv));
        let commands: Vec<_> = commands.collect::<Result<_, _>>()?;
        if commands.is_empty() || self.keep.is_empty() {
            let problem = "must name at least one, and so must `prepare.keep`".to_owned();
            return Err(LanguageError::Field { file: file.to_owned(), field: "prepare.commands", problem });
        }
        if commands.iter().any(|one| one.takes_args() || one.takes_prepared()) {
            let problem = "has {args} or {prepared}, which there are only later; take it out".to_owned();
            return Err(LanguageError::Field { file: file.to_owned(), field: "prepare.commands", problem });
        }
        let limits = LimitsOverride {
            cpu_ms: Some(self.cpu_ms),
            wall_ms: Some(self.wall_ms),
            memory_mib: Some(self.memory_mib),
            processes: Some(self.processes),
            disk_mib: Some(self.disk_mib),
            ..LimitsOverride::default()
        };
        let files = self.files.into_iter().collect();
        Ok(Prepare { files, commands, keep: self.keep, limits: limits.apply_to(TOOLCHAIN_LIMITS), needs })
    }
}

impl ModulesTable {
    /// The modules: path in sandboxes, and text.
    fn checked(self, file: &str, extension: &str) -> Result<Vec<(PathBuf, String)>, LanguageError> {
        let Some(modules) = builtin::modules(&self.builtin, extension) else {
            let problem = format!("has {:?}, and the server has no such modules", self.builtin);
            return Err(LanguageError::Field { file: file.to_owned(), field: "modules.builtin", problem });
        };
        Ok(modules.into_iter().map(|(path, text)| (self.folder.join(path), text)).collect())
    }
}

impl CallsTable {
    /// Takes the harness of the language that it names, if it names one.
    fn checked(self, file: &str, main_file: &str, lent: Option<String>) -> Result<Harness, LanguageError> {
        let wrong = |field, problem: String| LanguageError::Field { file: file.to_owned(), field, problem };
        let text = match (self.harness, self.like) {
            (Some(text), None) => text,
            (None, Some(like)) => lent.ok_or_else(|| {
                wrong(
                    "calls.like",
                    format!("has {like:?}, and there is no such language with a calls.harness"),
                )
            })?,
            (Some(_), Some(_)) | (None, None) => {
                return Err(wrong("calls.harness", "or `calls.like` must be there, and not both".to_owned()));
            }
        };
        Ok(Harness { file: self.file.unwrap_or_else(|| main_file.to_owned()), text })
    }
}

impl PrestartTable {
    fn checked(self, file: &str, env: &[(String, String)]) -> Result<PrestartSettings, LanguageError> {
        let argv = template(file, "prestart.argv", &self.argv)?;
        let mut env: BTreeMap<_, _> = env.iter().cloned().collect();
        env.extend(self.env);
        Ok(PrestartSettings {
            argv,
            env: env.into_iter().collect(),
            min_memory: mebibytes(self.least_memory_mib),
            memory: mebibytes(self.memory_mib),
            checks_syntax: self.checks_syntax,
            hook: (self.hook_path, self.hook),
        })
    }
}

impl LimitsOverride {
    /// `base` with the limits of the file.
    pub(crate) fn apply_to(&self, base: Limits) -> Limits {
        Limits {
            cpu: self.cpu_ms.map_or(base.cpu, milliseconds),
            cpus: self.cpus.unwrap_or(base.cpus),
            wall: self.wall_ms.map_or(base.wall, milliseconds),
            memory: self.memory_mib.map_or(base.memory, mebibytes),
            processes: self.processes.map_or(base.processes, NonZeroU32::get),
            disk: self.disk_mib.map_or(base.disk, mebibytes),
            file_size: self.disk_mib.map_or(base.file_size, mebibytes),
            inodes: self.inodes.map_or(base.inodes, count),
            open_files: self.open_files.map_or(base.open_files, NonZeroU32::get),
            ..base
        }
    }
}

impl ExampleTable {
    fn fails_to_compile(&self) -> bool {
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

fn template(file: &str, field: &'static str, argv: &[String]) -> Result<Template, LanguageError> {
    Template::parse(argv).map_err(|problem| LanguageError::Field { file: file.to_owned(), field, problem })
}

fn run_variable(file: &str, value: &str) -> Result<Template, LanguageError> {
    let wrong = |problem| LanguageError::Field { file: file.to_owned(), field: "run.env", problem };
    Template::parse_text(value).map_err(wrong)
}

fn milliseconds(n: NonZeroU32) -> Duration {
    Duration::from_millis(n.get().into())
}

fn mebibytes(n: NonZeroU32) -> Bytes {
    Bytes::mib(n.get().into())
}

fn count(n: NonZeroU32) -> u64 {
    n.get().into()
}

/// The environment of every program, overridden by the language's own.
fn environment(own: BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut all: BTreeMap<_, _> =
        ENVIRONMENT.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    all.extend(own);
    all.into_iter().collect()
}
