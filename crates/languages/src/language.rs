//! Languages: settings of a language file, and the toolchain of this host.

use std::path::{Path, PathBuf};

use model::{Bytes, LanguageId, LanguageOptions, Library, Limits, Network, PoolKind, SourceFile};

use crate::{
    Availability, Command, Example, Host, LanguageOption, PREPARED_FOLDER, Preparation, Prestart, Toolchain,
    Warmup,
    check_settings::CheckSettings,
    compile::Compile,
    entry::EntryKind,
    harness::Harness,
    imports::Imports,
    library_query::LibraryQuery,
    limits_override::LimitsOverride,
    memory::{MemorySettings, MemorySplit},
    network::network_for,
    preparation::Prepare,
    prepared::PreparationState,
    prestart::PrestartSettings,
    scripts::Scripts,
    template::{Template, TemplateValues},
};

/// A language that a program can be written in.
#[derive(Debug, Clone)]
pub struct Language {
    /// Its id: the name of its file.
    pub id: LanguageId,
    /// Its name as people write it: `C++`.
    pub name: String,
    /// Other names, in lower case.
    pub aliases: Vec<String>,
    /// The extensions of its source files, without the dot; headers are not among them.
    pub extensions: Vec<String>,
    /// File name of code without one.
    pub main_file: String,
    /// The pool that its programs run in unless routing says otherwise.
    pub pool: PoolKind,
    /// Whether and how a sandbox starts its runtime before the job.
    pub warmup: Warmup,
    /// The smallest program that says hello.
    pub hello: Example,
    /// Example programs, good and bad, run by the tests of the sandbox.
    pub examples: Vec<Example>,
    /// Whether this host can run it.
    pub availability: Availability,
    pub(crate) entry: EntryKind,
    pub(crate) run: Template,
    pub(crate) run_env: Vec<(String, Template)>,
    pub(crate) memory: MemorySettings,
    pub(crate) imports: Imports,
    pub(crate) check: Option<CheckSettings>,
    pub(crate) compile: Option<Compile>,
    pub(crate) prestart: Option<PrestartSettings>,
    pub(crate) prepare: Option<Prepare>,
    pub(crate) prepared: PreparationState,
    pub(crate) harness: Option<Harness>,
    pub(crate) modules: Vec<(PathBuf, String)>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) limits: LimitsOverride,
    /// Words in sources that request a network.
    pub(crate) network: Vec<String>,
    /// The options of a submission.
    pub(crate) options: Vec<LanguageOption>,
    /// The options chosen by a submission.
    pub(crate) chosen_options: LanguageOptions,
    pub(crate) libraries: Option<LibraryQuery>,
    pub(crate) detected_libraries: Vec<Library>,
}

impl Language {
    /// The libraries found by [`Registry::find_libraries`](crate::Registry::find_libraries).
    pub fn libraries(&self) -> &[Library] {
        &self.detected_libraries
    }

    /// Whether its file lists libraries, so that an empty list has a meaning.
    pub const fn lists_libraries(&self) -> bool {
        self.libraries.is_some()
    }

    /// Detects the libraries that its file lists.
    pub(crate) fn detect_libraries(&mut self, host: &dyn Host) {
        self.detected_libraries = match (&self.libraries, self.toolchain()) {
            (Some(query), Some(toolchain)) => query.detect(&toolchain.program, &self.env, host),
            _ => Vec::new(),
        };
    }

    /// The toolchain, if there is one.
    pub fn toolchain(&self) -> Option<&Toolchain> {
        match &self.availability {
            Availability::Available(toolchain) => Some(toolchain),
            Availability::Unavailable { .. } => None,
        }
    }

    /// The command that compiles these files, the first being the main one; `None` for a language that is not compiled.
    ///
    /// Ask [`Language::toolchain`] first: the command of an unavailable language names a program that is not there.
    pub fn compile(&self, files: &[SourceFile]) -> Option<Command> {
        if let Some(own) = self.scripts().and_then(|scripts| scripts.build(files)) {
            return Some(own);
        }
        let compile = self.compile.as_ref()?;
        Some(self.command(&compile.argv, files, &[], Some(compile.limits)))
    }

    /// The command that runs these files, the first being the main one, compiled before if the language is compiled. `memory` is
    /// what the run may use: runtimes with a limit of their own are given it.
    ///
    /// Ask [`Language::toolchain`] first, as for [`Language::compile`].
    pub fn run(&self, files: &[SourceFile], args: &[String], memory: Bytes) -> Command {
        if let Some(own) = self.scripts().and_then(|scripts| scripts.run(files, args)) {
            return own;
        }
        let mut command = self.command_with_memory(&self.run, files, args, memory);
        let share = Some(MemorySplit::of(memory, self.memory.runtime));
        let fill = self.fill(files, args, share);
        command.env.extend(self.run_env.iter().map(|(name, value)| (name.clone(), value.fill_text(&fill))));
        command
    }

    /// Texts on standard error when the runtime ends for lack of memory; any of these.
    pub fn out_of_memory_texts(&self) -> &[String] {
        &self.memory.exhausted
    }

    /// Advice on files that the compiler rejected, in a sentence, for a common mistake.
    pub fn advice(&self, files: &[SourceFile]) -> Option<String> {
        self.entry.advice(files, &self.extensions, self.version())
    }

    /// Prestart of the runtime, if it can be prestarted.
    pub fn prestart(&self) -> Option<Prestart> {
        let waiting = self.prestart.as_ref()?;
        let argv = self.command(&waiting.argv, &[], &[], None).argv;
        let PrestartSettings { env, hook, min_memory, memory, checks_syntax, .. } = waiting.clone();
        Some(Prestart { argv, env, hook, min_memory, memory, checks_syntax })
    }

    /// Modules for its programs, which every sandbox must show: path inside, and text.
    pub fn modules(&self) -> &[(PathBuf, String)] {
        &self.modules
    }

    /// Preparation with this host's toolchain, if there is any.
    pub fn preparation(&self) -> Option<Preparation> {
        let (prepare, toolchain) = (self.prepare.as_ref()?, self.toolchain()?);
        let command = |argv| self.command(argv, &[], &[], Some(prepare.limits));
        Some(Preparation {
            files: prepare.files.clone(),
            commands: prepare.commands.iter().map(command).collect(),
            keep: prepare.keep.clone(),
            limits: prepare.limits,
            dependencies: std::iter::once(&toolchain.program).chain(&prepare.needs).cloned().collect(),
        })
    }

    /// The host folder with the prepared files, which its commands use. Sandboxes must show it at
    /// [`prepared_path`](Self::prepared_path).
    pub fn prepared(&self) -> Option<PathBuf> {
        self.prepared.folder()
    }

    /// Whether its toolchain is being prepared now.
    pub fn is_being_prepared(&self) -> bool {
        self.prepared.is_running()
    }

    /// Path of the prepared files in sandboxes.
    pub fn prepared_path(&self) -> PathBuf {
        Path::new(PREPARED_FOLDER).join(self.id.as_str())
    }

    /// Whether a prestarted runtime can run these files: it looks for the language's main file.
    pub fn can_prestart(&self, files: &[SourceFile]) -> bool {
        self.prestart.is_some()
            && self.has_default_run()
            && files.first().is_some_and(|file| file.name == self.main_file)
    }

    /// The limits of a run in this language; `base` are the defaults for all languages.
    #[must_use]
    pub fn limits(&self, base: Limits) -> Limits {
        self.limits.apply_to(base)
    }

    /// The default network of a program with these files.
    pub fn network_for(&self, files: &[SourceFile]) -> Network {
        network_for(&self.network, files)
    }

    /// Whether `name` is the id or an alias, in upper or lower case.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.names().any(|own| own.eq_ignore_ascii_case(name))
    }

    /// The id and the aliases.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    fn scripts(&self) -> Option<Scripts<'_>> {
        Scripts::of(&self.id, self.toolchain(), &self.env)
    }

    fn version(&self) -> &str {
        self.toolchain().map_or("", |toolchain| &toolchain.version)
    }

    /// The main file, whatever its name, and the other source files.
    pub(crate) fn sources(&self, files: &[SourceFile]) -> Vec<String> {
        self.fill(files, &[], None).source_names().map(str::to_owned).collect()
    }

    /// A command of a run with this memory limit.
    pub(crate) fn command_with_memory(
        &self,
        template: &Template,
        files: &[SourceFile],
        args: &[String],
        memory: Bytes,
    ) -> Command {
        let share = Some(MemorySplit::of(memory, self.memory.runtime));
        self.filled(template, &self.fill(files, args, share), None)
    }

    fn command(
        &self,
        template: &Template,
        files: &[SourceFile],
        args: &[String],
        limits: Option<Limits>,
    ) -> Command {
        self.filled(template, &self.fill(files, args, None), limits)
    }

    fn fill<'a>(
        &'a self,
        files: &'a [SourceFile],
        args: &'a [String],
        share: Option<MemorySplit>,
    ) -> TemplateValues<'a> {
        let text = |path: &'a PathBuf| path.to_string_lossy();
        let toolchain = self.toolchain();
        let folder = toolchain.and_then(|toolchain| toolchain.folder.as_ref());
        TemplateValues {
            tool: toolchain.map_or(self.id.as_str().into(), |toolchain| text(&toolchain.program)),
            folder: folder.map(text).unwrap_or_default(),
            prepared: self
                .prepared
                .folder()
                .map(|_| self.prepared_path().to_string_lossy().into_owned().into()),
            main_file: &self.main_file,
            extensions: &self.extensions,
            files,
            args,
            entry: (self.entry, self.version()),
            share,
            options: (&self.options, &self.chosen_options),
        }
    }

    fn filled(&self, template: &Template, fill: &TemplateValues<'_>, limits: Option<Limits>) -> Command {
        Command { argv: template.fill(fill), env: self.env.clone(), limits }
    }
}
