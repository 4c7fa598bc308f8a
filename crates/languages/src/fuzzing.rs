//! Fuzz targets: invariants of language files and sources for arbitrary input. Called by `fuzz/targets` and
//! by the tests below.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use model::{Bytes, Call, Limits, SourceFile};

use crate::{Command, Host, Language, ProbeError, Registry, builtin_files};

const MEMORY: Bytes = Bytes::mib(128);

/// A host that has every program and every folder; the output of its programs is given.
struct FullHost<'a>(&'a str);

impl Host for FullHost<'_> {
    fn executable(&self, path: &Path) -> Option<PathBuf> {
        Some(path.to_owned())
    }

    fn exists(&self, _path: &Path) -> bool {
        true
    }

    fn output(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Ok(self.0.to_owned())
    }

    fn home(&self) -> Option<PathBuf> {
        Some("/home/ada".into())
    }

    fn folder(&self, path: &Path) -> Option<PathBuf> {
        Some(path.to_owned())
    }

    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        vec![pattern.to_owned()]
    }

    fn output_as_user(&self, _program: &Path, _args: &[String]) -> Result<String, ProbeError> {
        Ok(self.0.to_owned())
    }
}

/// A language file, which also serves as the output of its toolchain.
pub fn files(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // The file name is the language's id.
    let id = text.lines().find_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'));
    let name = format!("{}.toml", id.unwrap_or("fuzz"));
    match Registry::load([(name, text.to_owned())], &FullHost(text)) {
        Ok(registry) => registry.all().for_each(|language| check_language(language, &registry)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// An accepted language can be found, and its commands and paths are valid for the kernel.
fn check_language(language: &Language, registry: &Registry) {
    assert!(registry.find(language.id.as_str()).is_some() && !language.name.is_empty());
    assert!(registry.detect_language(&language.main_file).is_some(), "{:?}", language.main_file);
    let plain = Path::new(&language.main_file).file_name().is_some_and(|name| *name == *language.main_file);
    assert!(plain, "{:?}", language.main_file);
    let limits = language.limits(Limits::STUDENT);
    assert!(
        !limits.cpu.is_zero() && !limits.wall.is_zero() && limits.memory.get() > 0 && limits.processes > 0
    );
    if let Some(prestart) = language.prestart() {
        let (argv, env) = (prestart.argv, prestart.env);
        check_command(&Command { argv, env, limits: None }, language);
        check_path(&prestart.hook.0);
    }
    let file = |name: &str| SourceFile { name: name.to_owned(), content: "".into() };
    let files = [file(&language.main_file), file("-o"), file("@x")];
    let call = Call { function: "f".to_owned(), arguments: Vec::new(), named: Vec::new() };
    let calling = language.harness_run(&files, &call, "nonce", MEMORY);
    calling.iter().flat_map(|it| &it.files).for_each(|file| check_path(Path::new(&file.name)));
    let preparation = language.preparation();
    for path in preparation.iter().flat_map(|it| it.keep.iter().chain(it.files.iter().map(|(path, _)| path)))
    {
        check_path(Path::new(path));
    }
    let commands = preparation.into_iter().flat_map(|it| it.commands);
    let runs = [Some(language.run(&files, &[], MEMORY)), calling.map(|it| it.command)].into_iter().flatten();
    for command in commands.chain(language.compile(&files)).chain(runs) {
        check_command(&command, language);
    }
}

/// Files are arranged without loss, each under a valid name, for any content of submission and driver.
pub fn sources(bytes: &[u8]) {
    static REGISTRY: LazyLock<Registry> =
        LazyLock::new(|| Registry::load(builtin_files(), &FullHost("")).expect("sound language files"));
    for language in REGISTRY.all() {
        let file = |name: &str| SourceFile { name: name.to_owned(), content: bytes.to_vec().into() };
        let own = [file(&language.main_file), file("other.java"), file("notes")];
        let driver = [file(&language.main_file), file("helper")];
        for arranged in [language.arrange(&own), language.arrange_with(&own[..1], &driver)] {
            for file in &arranged {
                check_path(Path::new(&file.name));
            }
            let names: BTreeSet<_> = arranged.iter().map(|file| &file.name).collect();
            assert_eq!(names.len(), 3, "{names:?}");
            check_command(&language.run(&arranged, &[], MEMORY), language);
            let advice = language.advice(&arranged).unwrap_or_default();
            assert!(advice.len() <= bytes.len() + 1000, "{advice}");
        }
    }
}

fn check_command(command: &Command, language: &Language) {
    let program = command.argv.first().expect("a command has a program");
    assert!(language.toolchain().is_none() || program.starts_with('/'), "{command:?}");
    let texts = command.argv.iter().chain(command.env.iter().flat_map(|(name, value)| [name, value]));
    texts.for_each(|text| assert!(!text.contains('\0'), "{command:?}"));
}

fn check_path(path: &Path) {
    let down = path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
    assert!(
        down && !path.as_os_str().is_empty() && !path.to_string_lossy().contains('\0'),
        "{}",
        path.display()
    );
}

#[cfg(test)]
mod tests {
    #[test]
    fn whatever_a_language_file_says_can_be_done_or_is_refused() {
        fuzzkit::try_corpus_and_mutations("files", super::files);
    }

    #[test]
    fn whatever_is_in_sources_they_are_arranged_whole() {
        fuzzkit::try_corpus_and_mutations("sources", super::sources);
    }
}
