//! Language files: parsed by their schema (`tables`), checked (`check`), and converted to a [`Language`].

mod candidate;
mod check;
mod tables;

use std::{collections::BTreeMap, path::PathBuf};

use model::{Bytes, Cpus, LanguageId, LanguageOptions, Limits};

use self::tables::{
    CallsTable, CheckTable, CompileTable, LibrariesTable, MemoryTable, ModulesTable, PrepareTable,
    PrestartTable,
};
pub(crate) use self::{
    candidate::{Candidate, Folder, ProgramInFolder},
    tables::{LanguageFile, ToolchainTable, VersionTable},
};
use crate::{
    Availability, ENVIRONMENT, Example, Language, LanguageError, LanguageOption, builtin,
    check_settings::{CheckMethod, CheckSettings},
    compile::Compile,
    harness::Harness,
    imports::Imports,
    library_query::LibraryQuery,
    limits_override::{LimitsOverride, mebibytes, milliseconds},
    memory::MemorySettings,
    preparation::Prepare,
    prepared::PreparationState,
    prestart::PrestartSettings,
    template::Template,
};

/// Default limits of a toolchain: it may open more files than a program, and use several processors, since
/// somebody waits for it.
const TOOLCHAIN_LIMITS: Limits = Limits { open_files: 256, cpus: TOOLCHAIN_CPUS, ..Limits::STUDENT };
const TOOLCHAIN_CPUS: Cpus = Cpus::thousandths(4000);

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

fn template(file: &str, field: &'static str, argv: &[String]) -> Result<Template, LanguageError> {
    Template::parse(argv).map_err(|problem| LanguageError::Field { file: file.to_owned(), field, problem })
}

fn run_variable(file: &str, value: &str) -> Result<Template, LanguageError> {
    let wrong = |problem| LanguageError::Field { file: file.to_owned(), field: "run.env", problem };
    Template::parse_text(value).map_err(wrong)
}

/// The environment of every program, overridden by the language's own.
fn environment(own: BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut all: BTreeMap<_, _> =
        ENVIRONMENT.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    all.extend(own);
    all.into_iter().collect()
}
