//! Language file validation: rules beyond the presence and types of fields.

use std::path::{Component, Path};

use super::{
    candidate::Candidate,
    tables::{ExampleTable, LanguageFile},
};
use crate::{LanguageError, PREPARED_FOLDER, Warmup, source_name::has_extension};

/// Checks the rules, in a flat list, so that a new rule is a new line.
pub(super) fn check(file: &str, language: &LanguageFile) -> Result<(), LanguageError> {
    let field = |field, problem: &str| {
        Err(LanguageError::Field { file: file.to_owned(), field, problem: problem.to_owned() })
    };
    if file.strip_suffix(".toml") != Some(&language.id) {
        return field("id", "must be the file's name without .toml; rename one of the two");
    }
    if !is_id(&language.id) {
        return field("id", "must be a lower-case letter, then lower-case letters, digits and '-'");
    }
    if language.aliases.iter().any(|alias| alias.is_empty() || alias.chars().any(is_upper_or_space)) {
        return field("aliases", "must be words in lower case; upper case is matched anyway");
    }
    if language.extensions.is_empty() {
        return field("extensions", "must have at least one, without the dot: [\"py\"]");
    }
    if !language.extensions.iter().all(|extension| is_extension(extension)) {
        return field("extensions", "must be letters, digits and '+', without the dot: \"py\"");
    }
    if language.main_file.contains('/') || !has_extension(&language.main_file, &language.extensions) {
        return field("main_file", "must be a plain file name with one of the extensions");
    }
    if language.toolchain.candidates.is_empty() {
        return field("toolchain.candidates", "must name at least one program");
    }
    for candidate in &language.toolchain.candidates {
        if let Some(problem) = candidate_problem(candidate) {
            return field("toolchain.candidates", problem);
        }
    }
    if language.toolchain.debian.is_empty() == language.toolchain.install.is_empty() {
        return field("toolchain.debian", "or `toolchain.install` must say what to install, and not both");
    }
    let folders = language.toolchain.folders.iter().chain(&language.toolchain.folders_if_there);
    if folders.into_iter().any(|folder| folder.is_relative()) {
        return field("toolchain.folders", "must be absolute paths, and so must `folders_if_there`");
    }
    if language.toolchain.needs.iter().any(|file| file.is_relative()) {
        return field("toolchain.needs", "must be absolute paths");
    }
    if !are_names(language.env.keys().chain(language.run.env.keys())) {
        return field("env", "must have names without '=', and so must `run.env`");
    }
    if language.memory.exhausted.iter().any(String::is_empty) {
        return field("memory.exhausted", "must not have an empty text, which is in everything");
    }
    if language.network.words.iter().any(|word| word.trim().is_empty()) {
        return field("network.words", "must not be empty: an empty word would be in every program");
    }
    if !unique(language.examples.iter().map(|example| example.name.as_str())) {
        return field("examples.name", "must differ from one example to the next");
    }
    if language.compile.is_none() && language.examples.iter().any(ExampleTable::fails_to_compile) {
        return field("examples.ending", "cannot be \"compile-error\" in a language without [compile]");
    }
    if matches!(language.warmup, Warmup::Prestart | Warmup::Fork) != language.prestart.is_some() {
        return field("warmup", "must be \"prestart\" or \"fork\" exactly where there is a [prestart]");
    }
    if let Some(wrong) = misplaced_path(language) {
        return field(
            wrong,
            "must be below /opt/coderunner, without \"..\", but not below its toolchains or prepared",
        );
    }
    if let Some(wrong) =
        texts(language).into_iter().find(|(_, texts)| texts.iter().any(|text| text.contains('\0')))
    {
        return field(wrong.0, "must not contain NUL characters: no path, argument or variable can");
    }
    let inside = language.prepare.iter().flat_map(|prepare| prepare.files.keys().chain(&prepare.keep));
    if !inside.into_iter().all(|path| is_plain(Path::new(path))) {
        return field("prepare.files", "and `prepare.keep` must be relative paths without \"..\"");
    }
    let harness_file = language.calls.as_ref().and_then(|calls| calls.file.as_deref());
    if harness_file.is_some_and(|file| file.contains('/') || !is_plain(Path::new(file))) {
        return field("calls.file", "must be a plain file name");
    }
    if language.prestart.as_ref().is_some_and(|prestart| !are_names(prestart.env.keys())) {
        return field("prestart.env", "must have names without '='");
    }
    Ok(())
}

/// The field with a path in sandboxes that is not ours.
fn misplaced_path(language: &LanguageFile) -> Option<&'static str> {
    let hook = language.prestart.as_ref().map(|prestart| ("prestart.hook_path", &prestart.hook_path));
    let modules = language.modules.as_ref().map(|modules| ("modules.folder", &modules.folder));
    hook.into_iter().chain(modules).find_map(|(field, path)| (!is_ours(path)).then_some(field))
}

/// Texts that are passed to the kernel, by field.
fn texts(language: &LanguageFile) -> Vec<(&'static str, Vec<&str>)> {
    let (compile, prestart) = (language.compile.as_ref(), language.prestart.as_ref());
    let commands = language.prepare.iter().flat_map(|prepare| prepare.commands.iter().flatten());
    let hook = prestart.and_then(|prestart| prestart.hook_path.to_str());
    vec![
        ("main_file", vec![&language.main_file]),
        ("calls.file", language.calls.iter().filter_map(|calls| calls.file.as_deref()).collect()),
        ("toolchain.version.args", all(&language.toolchain.version.args)),
        ("compile.argv", compile.map(|compile| all(&compile.argv)).unwrap_or_default()),
        ("run.argv", all(&language.run.argv)),
        ("run.env", all(language.run.env.iter().flat_map(|(name, value)| [name, value]))),
        ("check.argv", all(language.check.iter().flat_map(|check| check.argv.iter().flatten()))),
        ("env", all(language.env.iter().flat_map(|(name, value)| [name, value]))),
        ("prestart.argv", prestart.map(|prestart| all(&prestart.argv)).unwrap_or_default()),
        ("prestart.env", all(prestart.iter().flat_map(|it| &it.env).flat_map(|(name, value)| [name, value]))),
        ("prestart.hook_path", hook.into_iter().collect()),
        ("prepare.commands", all(commands)),
        ("prepare.files", all(language.prepare.iter().flat_map(|it| it.files.keys().chain(&it.keep)))),
    ]
}

fn all<'a>(texts: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    texts.into_iter().map(String::as_str).collect()
}

fn are_names<'a>(mut names: impl Iterator<Item = &'a String>) -> bool {
    names.all(|name| !name.is_empty() && !name.contains('='))
}

fn is_id(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn is_extension(extension: &str) -> bool {
    !extension.is_empty() && extension.chars().all(|c| c.is_ascii_alphanumeric() || c == '+')
}

fn is_upper_or_space(c: char) -> bool {
    c.is_uppercase() || c.is_whitespace()
}

/// The problem of an invalid candidate.
fn candidate_problem(candidate: &Candidate) -> Option<&'static str> {
    match candidate {
        Candidate::Program(program)
            if program.is_empty() || (program.contains('/') && !program.starts_with('/')) =>
        {
            Some("must be names without '/', absolute paths, or { folder = …, program = … }")
        }
        Candidate::InFolder(below) if !is_rooted(below.folder.path()) => {
            Some("must have a folder, or a command that tells it, that begins with '/' or \"~/\"")
        }
        Candidate::InFolder(below) if !is_plain(&below.program) => {
            Some("must have a program below its folder: a relative path without \"..\"")
        }
        Candidate::Program(_) | Candidate::InFolder(_) => None,
    }
}

/// Whether a sandbox has a place for it: below no folder that it shows of the host.
fn is_ours(hook: &Path) -> bool {
    hook.starts_with("/opt/coderunner")
        && hook.components().all(|part| part != Component::ParentDir)
        && !hook.starts_with("/opt/coderunner/toolchains")
        && !hook.starts_with(PREPARED_FOLDER)
}

fn is_rooted(path: &str) -> bool {
    path.starts_with('/') || path.starts_with("~/")
}

fn is_plain(path: &Path) -> bool {
    path.components().next().is_some() && path.components().all(|part| matches!(part, Component::Normal(_)))
}

fn unique<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    names.all(|name| seen.insert(name))
}
