//! Language registry: all languages of this host, by name and by file name.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
};

use model::{LanguageId, ToolchainInfo};

use crate::{
    Availability, Host, Language, LanguageError, Toolchain, builtin_files, file::LanguageFile,
    source_name::has_extension, suggest, toolchain_detection::detect,
};

/// The languages, available or not, in the order of their ids.
///
/// [`Registry::load`] parses and checks the language files, detects all toolchains in parallel through a
/// [`Host`], and builds one [`Language`] per file. A language without a toolchain stays in the registry with
/// the reason, so that messages can name the missing package. Ids, aliases and extensions are unique over all
/// files. The built-in files are embedded in the program; [`Registry::load_dir`] adds the files of a folder,
/// which replace built-in ones of the same name.
///
/// After loading, a registry is immutable and cheap to share, with one exception: the preparation of
/// toolchains ([`Registry::set_being_prepared`], [`Registry::set_prepared`]) runs beside programs, and its
/// state is shared by all copies. While a toolchain is being prepared, [`Registry::toolchains`] leaves it out and
/// [`Registry::preparing_toolchains`] lists it; afterwards the language's commands use the prepared files.
///
/// Lookups are by id or alias ([`Registry::find`]), by file name ([`Registry::detect_language`]), or
/// approximate, for "did you mean" messages ([`Registry::nearest`]). The registry never runs a submission; a
/// [`Language`] only fills in command lines.
#[derive(Debug, Clone)]
pub struct Registry {
    languages: Vec<Language>,
}

impl Registry {
    /// Loads language files, given as (name, text), and detects their toolchains on `host` in parallel.
    pub fn load(
        files: impl IntoIterator<Item = (impl Into<String>, String)>,
        host: &dyn Host,
    ) -> Result<Self, LanguageError> {
        let mut parsed = Vec::new();
        for (file, text) in files {
            let file = file.into();
            let language = LanguageFile::parse(&file, &text)?;
            parsed.push((file, language));
        }
        let availabilities = detect_all(&parsed, host);
        let lent: Vec<_> = parsed.iter().map(|(_, language)| borrowed_harness(language, &parsed)).collect();
        let mut registry = Self { languages: Vec::new() };
        for (((file, parsed), availability), lent) in parsed.into_iter().zip(availabilities).zip(lent) {
            let language = parsed.into_language(&file, availability, lent)?;
            registry.add(&file, language)?;
        }
        registry.languages.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(registry)
    }

    /// The languages that are part of the program.
    ///
    /// # Errors
    /// None in a program whose tests passed: they check the embedded files.
    pub fn builtin(host: &dyn Host) -> Result<Self, LanguageError> {
        Self::load(builtin_files(), host)
    }

    /// The languages that are part of the program, with those of the folder added; a file of the folder replaces the
    /// built-in one of the same name.
    ///
    /// # Errors
    /// As [`Registry::load`], or the folder or one of its `.toml` files cannot be read.
    pub fn load_dir(folder: &Path, host: &dyn Host) -> Result<Self, LanguageError> {
        let own = folder_files(folder)?;
        let mut files = builtin_files();
        files.retain(|(name, _)| own.iter().all(|(replacement, _)| replacement != name));
        files.extend(own);
        Self::load(files, host)
    }

    /// Detects the libraries of this host for the languages whose files list some. A toolchain whose query
    /// fails has none.
    pub fn find_libraries(&mut self, host: &dyn Host) {
        for language in &mut self.languages {
            language.detect_libraries(host);
        }
    }

    /// The language with this id or alias, in upper or lower case.
    pub fn find(&self, name_or_alias: &str) -> Option<&Language> {
        self.languages.iter().find(|language| language.has_name(name_or_alias))
    }

    /// The language of files with this name.
    pub fn detect_language(&self, file: &str) -> Option<&Language> {
        // A `.C` is C++, and a `.PY` is Python.
        let as_it_is = |extension: &String| file.rsplit_once('.').is_some_and(|(_, own)| own == extension);
        let exactly = self.languages.iter().find(|language| language.extensions.iter().any(as_it_is));
        exactly.or_else(|| self.languages.iter().find(|language| has_extension(file, &language.extensions)))
    }

    /// All languages, available or not, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = &Language> {
        self.languages.iter()
    }

    /// The toolchains of this host, in the order of the languages, without those that are being prepared.
    pub fn toolchains(&self) -> Vec<ToolchainInfo> {
        self.toolchains_where(|language| !language.is_being_prepared())
    }

    /// The toolchains of this host that are being prepared.
    pub fn preparing_toolchains(&self) -> Vec<ToolchainInfo> {
        self.toolchains_where(Language::is_being_prepared)
    }

    fn toolchains_where(&self, is_wanted: impl Fn(&Language) -> bool) -> Vec<ToolchainInfo> {
        let wanted = self.languages.iter().filter(|language| is_wanted(language));
        let there = wanted.filter_map(|language| Some((language, language.toolchain()?)));
        let offer = |(language, toolchain): (&Language, &Toolchain)| ToolchainInfo {
            language: language.id.clone(),
            version: toolchain.version.clone(),
            description: toolchain.description.clone(),
            libraries: language.libraries().to_vec(),
        };
        there.map(offer).collect()
    }

    /// The id or alias that `name` is probably a misspelling of.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        suggest::nearest(name, self.languages.iter().flat_map(Language::names))
    }

    /// Ends the preparation of a language, in this registry and all its copies: its commands use the files in
    /// this host folder, or none.
    pub fn set_prepared(&self, id: &LanguageId, folder: Option<PathBuf>) {
        if let Some(language) = self.languages.iter().find(|language| language.id == *id) {
            language.prepared.end(folder);
        }
    }

    /// Starts the preparation of a language's toolchain; [`set_prepared`](Self::set_prepared) ends it.
    pub fn set_being_prepared(&self, id: &LanguageId) {
        if let Some(language) = self.languages.iter().find(|language| language.id == *id) {
            language.prepared.begin();
        }
    }

    fn add(&mut self, file: &str, new: Language) -> Result<(), LanguageError> {
        let taken = |field, value: &str, other: &Language| LanguageError::Duplicate {
            file: file.to_owned(),
            field,
            value: value.to_owned(),
            other: other.id.to_string(),
        };
        for name in new.names() {
            if let Some(other) = self.find(name) {
                let field = if name == new.id.as_str() { "id" } else { "aliases" };
                return Err(taken(field, name, other));
            }
        }
        for extension in &new.extensions {
            if let Some(other) = self.languages.iter().find(|other| other.extensions.contains(extension)) {
                return Err(taken("extensions", extension, other));
            }
        }
        self.languages.push(new);
        Ok(())
    }
}

/// The harness of the language to which `calls.like` refers.
fn borrowed_harness(language: &LanguageFile, all: &[(String, LanguageFile)]) -> Option<String> {
    let id = language.calls_like()?;
    all.iter().find_map(|(_, other)| other.harness_of(id)).map(str::to_owned)
}

/// Detects every toolchain on a thread of its own: a runtime takes tens of milliseconds to print its version.
fn detect_all(files: &[(String, LanguageFile)], host: &dyn Host) -> Vec<Availability> {
    thread::scope(|scope| {
        let probes: Vec<_> =
            files.iter().map(|(_, file)| scope.spawn(|| detect(&file.toolchain, host))).collect();
        probes.into_iter().map(|probe| probe.join().expect("detection does not panic")).collect()
    })
}

fn folder_files(folder: &Path) -> Result<Vec<(String, String)>, LanguageError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| LanguageError::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if is_language_file(&path) {
            // To open a named pipe would wait for its writer.
            if !path.is_file() {
                let error = io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
                return Err(unreadable(&path)(error));
            }
            let text = fs::read_to_string(&path).map_err(unreadable(&path))?;
            files.push((file_name(&path), text));
        }
    }
    // A folder lists its files in no order; the file that an error names must not depend on luck.
    files.sort();
    Ok(files)
}

fn is_language_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "toml")
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
