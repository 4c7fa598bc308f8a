//! The Kattis/ICPC formats, from <https://www.kattis.com/problem-package-format/>: `legacy`, `legacy-icpc`, `2025-09`, and its
//! draft as far as it is the same. What a package has beyond them is a warning, since public packages are older than the words
//! that describe them.

mod data;
mod include;
mod meta;
mod submissions;

use std::collections::BTreeMap;

pub use submissions::TimeUse;
#[cfg(test)]
pub(crate) use submissions::folder_rule;
pub(crate) use submissions::read_submissions;

use crate::{
    About, Format, Kind, Package, PackageError, ProblemLimits, Program, Statement, Tree, Validation, Warning,
    language::programs, settings::Fields, statement,
};

/// What `problem.yaml` says.
#[derive(Debug)]
struct Meta {
    kind: Kind,
    names: BTreeMap<String, String>,
    /// A name without a language, which goes with any statement.
    name: Option<String>,
    about: About,
    limits: ProblemLimits,
    languages: Option<Vec<String>>,
    custom: Option<bool>,
    flags: Vec<String>,
    constants: BTreeMap<String, String>,
}

/// Reads a package whose `problem.yaml` has these fields.
pub(crate) fn read(
    tree: Tree,
    format: Format,
    fields: Fields<'_>,
    mut warnings: Vec<Warning>,
) -> Result<Package, PackageError> {
    let mut meta = meta::read(format, fields, &mut warnings)?;
    meta::read_time_files(&tree, &mut meta.limits.time, &mut warnings)?;
    let validation = read_validation(&tree, format, &meta, &mut warnings)?;
    let tests = data::read(&tree, format, &meta, &validation, &mut warnings)?;
    let (submissions, found) = read_submissions(&tree, format)?;
    warnings.extend(found);
    let statements = read_statements(&tree, &mut warnings)?;
    let names = names(&tree, &meta, &statements)?;
    let input_validators = programs_of(&tree, format, &["input_validators", "input_format_validators"])?;
    let (graders, includes) = (programs_of(&tree, format, &["graders"])?, include::includes(&tree)?);
    let attachments = include::all_files(&tree, "attachments")?;
    warnings.extend(tree.warnings().iter().cloned());
    Ok(Package {
        tree,
        format,
        kind: meta.kind,
        names,
        about: meta.about,
        limits: meta.limits,
        languages: meta.languages,
        validation,
        tests,
        input_validators,
        graders,
        includes,
        attachments,
        statements,
        submissions,
        hints: Vec::new(),
        starters: BTreeMap::new(),
        constants: meta.constants,
        warnings,
    })
}

/// The programs of the first of these folders that is there.
fn programs_of(tree: &Tree, format: Format, folders: &[&str]) -> Result<Vec<Program>, PackageError> {
    for name in folders {
        if let Some(folder) = tree.folder(name)? {
            return Ok(programs(format, &folder));
        }
    }
    Ok(Vec::new())
}

fn read_validation(
    tree: &Tree,
    format: Format,
    meta: &Meta,
    warnings: &mut Vec<Warning>,
) -> Result<Validation, PackageError> {
    let mut found = programs_of(tree, format, &["output_validators", "output_validator"])?;
    if !format.is_legacy() && found.len() > 1 && found.iter().all(|program| program.files.len() == 1) {
        // 2025-09 has one validator, so loose files are its parts.
        let files: Vec<_> = found.into_iter().flat_map(|program| program.files).collect();
        let language = crate::language::language_of_files(format, files.iter().map(crate::File::name));
        let (name, language) = ("output_validator".to_owned(), language.map(str::to_owned));
        found = vec![Program { name, files, language, build: crate::Build::ByLanguage }];
    }
    let needs_one = meta.kind.interactive || meta.kind.multi_pass;
    match (meta.custom.unwrap_or(!format.is_legacy() && !found.is_empty()), found.is_empty()) {
        (true, true) => Err(PackageError::content(
            "problem.yaml",
            "says that the package has a validator, but output_validators has none: add it, or set `validation: default`",
        )),
        (true, false) => Ok(Validation::Custom(found)),
        (false, _) if needs_one => Err(PackageError::content(
            "output_validator",
            "is missing: an interactive or multi-pass problem needs one",
        )),
        (false, true) => Ok(Validation::Default),
        (false, false) => {
            warnings.push(Warning::new(
                "output_validators",
                "is not used, for problem.yaml does not say `validation: custom`",
            ));
            Ok(Validation::Default)
        }
    }
}

fn read_statements(tree: &Tree, warnings: &mut Vec<Warning>) -> Result<Vec<Statement>, PackageError> {
    let mut found = Vec::new();
    for name in ["statement", "problem_statement"] {
        if let Some(folder) = tree.folder(name)? {
            found.extend(statement::find(&folder, "problem"));
        }
    }
    if found.is_empty() {
        warnings.push(Warning::new("problem_statement", "has no problem.LANGUAGE.md, .tex or .pdf"));
    }
    Ok(found)
}

/// The names by language: what `problem.yaml` says, else what the statements say in TeX.
fn names(
    tree: &Tree,
    meta: &Meta,
    statements: &[Statement],
) -> Result<BTreeMap<String, String>, PackageError> {
    let mut names = meta.names.clone();
    for statement in statements {
        if names.contains_key(&statement.language) {
            continue;
        }
        if let Some(name) = statement::name_in_tex(tree, statement)? {
            names.insert(statement.language.clone(), name);
        }
    }
    if let Some(name) = &meta.name {
        let english = statements.is_empty() || statements.iter().any(|statement| statement.language == "en");
        let language = if english { "en" } else { statements[0].language.as_str() };
        names.insert(language.to_owned(), name.clone());
    }
    Ok(names)
}
