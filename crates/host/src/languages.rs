//! Languages of this machine: the registry with the toolchains found here and what was prepared for them earlier.

use languages::{Host, Language, NoToolchains, Registry, SystemHost};
use model::{Bytes, Limits, SourceFile, Submission};

use crate::{HostError, Settings, prepared};

/// The languages with their toolchains, and with the prepared folders that an earlier server left in the data folder.
///
/// # Errors
///
/// A language file that is not valid.
pub fn languages(settings: &Settings) -> Result<Registry, HostError> {
    let registry = load(&SystemHost::new(), settings)?;
    prepared::use_existing(settings, &registry);
    Ok(registry)
}

/// The same with the installed libraries of each language. Starts interpreters, which takes a moment.
///
/// # Errors
///
/// As [`languages()`].
pub fn languages_with_libraries(settings: &Settings) -> Result<Registry, HostError> {
    let mut registry = languages(settings)?;
    registry.find_libraries(&SystemHost::new());
    Ok(registry)
}

/// The languages without a look at this machine, for a process whose programs run elsewhere.
///
/// # Errors
///
/// As [`languages()`].
pub fn language_definitions(settings: &Settings) -> Result<Registry, HostError> {
    load(&NoToolchains, settings)
}

fn load(host: &dyn Host, settings: &Settings) -> Result<Registry, HostError> {
    let registry = match &settings.language_folder {
        Some(folder) => Registry::load_dir(folder, host),
        None => Registry::builtin(host),
    };
    registry.map_err(HostError::Languages)
}

/// A language to try a sandbox with: one that needs no compiling, if there is one.
pub fn quickest_language(languages: &Registry) -> Option<&Language> {
    let available = languages.all().filter(|language| language.toolchain().is_some());
    available.min_by_key(|language| language.compile(&[]).is_some())
}

/// The language's hello world, with a memory limit within `memory`.
pub fn hello_world(language: &Language, memory: Bytes) -> Submission {
    let limits = language.limits(Limits::STUDENT);
    let content = language.hello.code.clone().into();
    Submission {
        language: language.id.clone(),
        version: None,
        options: model::LanguageOptions::default(),
        files: vec![SourceFile { name: language.main_file.clone(), content }],
        stdin: String::new().into(),
        args: Vec::new(),
        limits: Limits { memory: limits.memory.min(memory), ..limits },
        network: None,
        artifacts: false,
        large: Vec::new(),
    }
}
