//! Kattis/ICPC formats, from <https://www.kattis.com/problem-package-format/>: `legacy`, `legacy-icpc`,
//! `2025-09`, and its draft as far as it is equal.
//!
//! Deviations from the formats are warnings, since many public packages are older than the specification.

mod data;
mod include;
mod meta;
mod submissions;
pub(crate) mod unread;

use std::collections::BTreeMap;

use data::TestData;
use meta::Meta;
#[cfg(test)]
pub(crate) use submissions::folder_rule;
pub(crate) use submissions::read_submissions;

use crate::{
    Build, File, Format, GeneratedContent, Grading, Group, Item, Package, PackageError, Program, Statement,
    Submission, Tree, Validation, Warning, generators,
    program::{program, programs},
    settings::Fields,
    statement,
    suite::answers_language,
};

/// What reading begins with.
pub(crate) struct PackageInputs<'a> {
    /// Those of `problem.yaml`.
    pub(crate) fields: Fields<'a>,
    /// What generators have made, by the names of files.
    pub(crate) made: BTreeMap<String, GeneratedContent>,
}

/// Reads a package whose `problem.yaml` has these fields.
pub(crate) fn read(
    mut tree: Tree,
    format: Format,
    PackageInputs { fields, made }: PackageInputs<'_>,
    mut warnings: Vec<Warning>,
) -> Result<Package, PackageError> {
    let mut meta = meta::read(format, fields, &mut warnings)?;
    meta::read_time_files(&tree, &mut meta.limits.time, &mut warnings)?;
    tree.set_constants(meta.constants.clone());
    let validation = read_validation(&tree, format, &meta, &mut warnings)?;
    let (submissions, found) = read_submissions(&tree, format, meta.kind)?;
    warnings.extend(found);
    let about = generators::PackageFacts {
        format,
        without_answers: meta.kind.interactive || meta.kind.multi_pass,
        made,
        solution: solution(&submissions),
        warnings: &mut warnings,
    };
    let TestData { tests, ungenerated, notes } = data::read(&mut tree, (format, &meta, &validation), about)?;
    if ungenerated.is_empty() {
        let names: Vec<_> = tests.cases().iter().map(|case| case.name.as_str()).collect();
        submissions::warn_of_case_patterns(&submissions, &names, &mut warnings);
    }
    unread::warn_of_unread_top_level_entries(&tree, format, &mut warnings)?;
    let statements = read_statements(&tree, &mut warnings)?;
    let names = names(&tree, &meta, &statements)?;
    let input_validators =
        programs_of(&tree, format, &["input_validators", "input_format_validators"], &mut warnings)?;
    warn_of_no_input_validators(&input_validators, &mut warnings);
    let static_validator = read_static_validator(&tree, format, &mut warnings)?;
    let graders = programs_of(&tree, format, &["graders"], &mut warnings)?;
    let includes = include::includes(&tree, &mut warnings)?;
    let attachments = include::all_files(&tree, "attachments")?;
    warn_of_static_tests(&tests, static_validator.as_ref(), &mut warnings);
    if meta.kind.submit_answer {
        meta.languages = Some(vec![answers_language()]);
    }
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
        static_validator,
        planned_tests: ungenerated,
        includes,
        attachments,
        statements,
        submissions,
        hints: Vec::new(),
        starters: BTreeMap::new(),
        constants: meta.constants,
        warnings,
        notes,
    })
}

/// The programs of the first of these folders that is there.
fn programs_of(
    tree: &Tree,
    format: Format,
    folders: &[&str],
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Program>, PackageError> {
    for name in folders {
        if let Some(folder) = tree.folder(name)? {
            return Ok(programs(format, folder, warnings));
        }
    }
    Ok(Vec::new())
}

fn warn_of_no_input_validators(found: &[Program], warnings: &mut Vec<Warning>) {
    if found.is_empty() {
        let message =
            "has no validator, so that nothing shows that the inputs are what the statement says: add one";
        warnings.push(Warning::new("input_validators", message));
    }
}

/// Static validators without a test that asks for them, and the other way round.
fn warn_of_static_tests(tests: &Group, validator: Option<&Program>, warnings: &mut Vec<Warning>) {
    fn asks(group: &Group) -> bool {
        let own = matches!(&group.settings.grading, Grading::Points(points) if points.static_test.is_some());
        own || group.items.iter().any(|item| matches!(item, Item::Group(inner) if asks(inner)))
    }
    let message = match (validator.is_some(), asks(tests)) {
        (true, false) => "is not run, for no test_group.yaml has a static_validation_score",
        (false, true) => "is missing, so static_validation_score in test_group.yaml is looked over: add it",
        (true, true) | (false, false) => return,
    };
    warnings.push(Warning::new("static_validator", message));
}

/// The first accepted solution, which could make answers.
fn solution(submissions: &[Submission]) -> Option<Program> {
    let accepted =
        submissions.iter().find(|one| one.path.starts_with("accepted/") && one.language.is_some())?;
    Some(Program {
        name: accepted.path.clone(),
        files: accepted.files.clone(),
        language: accepted.language.clone(),
        build: Build::ByLanguage,
    })
}

fn read_static_validator(
    tree: &Tree,
    format: Format,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Program>, PackageError> {
    if format.is_legacy() {
        return Ok(None);
    }
    let found = programs_of(tree, format, &["static_validator"], warnings)?;
    Ok(as_one(format, "static_validator", found))
}

/// Loose files of a folder that may have only one program are its parts.
fn as_one(format: Format, name: &str, programs: Vec<Program>) -> Option<Program> {
    if programs.len() < 2 {
        return programs.into_iter().next();
    }
    let mut files: Vec<File> = programs.into_iter().flat_map(|program| program.files).collect();
    files.sort();
    files.dedup();
    Some(program(format, name, files))
}

fn read_validation(
    tree: &Tree,
    format: Format,
    meta: &Meta,
    warnings: &mut Vec<Warning>,
) -> Result<Validation, PackageError> {
    let mut found = programs_of(tree, format, &["output_validators", "output_validator"], warnings)?;
    if !format.is_legacy() && found.len() > 1 && found.iter().all(Program::is_loose) {
        // 2025-09 has one validator, so loose files are its parts.
        found = as_one(format, "output_validator", found).into_iter().collect();
    }
    if meta.kind.interactive && found.len() > 1 {
        let message =
            format!("has {} validators, and only one can talk: {} does", found.len(), found[0].name);
        warnings.push(Warning::new("output_validators", &message));
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
