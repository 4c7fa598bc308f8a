//! Lesson format: our own, a folder written by hand. A title and tests in one file are enough; other parts
//! are optional files.

mod call;
mod test_data;

use std::{collections::BTreeMap, time::Duration};

use crate::{
    Format, Kind, Margins, Package, PackageError, ProblemInfo, ProblemLimits, Program, Source, Statement,
    TimeRule, Tree, Validation, Warning,
    kattis::{read_submissions, unread},
    language::{detect_language_in, language_of_code},
    program::programs,
    settings::Fields,
    statement,
};

/// Default time limit of a lesson.
const TIME_LIMIT: Duration = Duration::from_secs(2);
const MIB: u64 = 1024 * 1024;

/// Reads a lesson whose `problem.yaml` has these fields.
pub(crate) fn read(
    tree: Tree,
    mut fields: Fields<'_>,
    mut warnings: Vec<Warning>,
) -> Result<Package, PackageError> {
    let fields = &mut fields;
    let language = fields.get("language").map_or(Ok("en"), |field| field.text())?.to_owned();
    let (validation, kind) = read_validation(&tree, fields, &mut warnings)?;
    let tests = test_data::read(&tree, fields, &validation, &mut warnings)?;
    let kind = Kind { scoring: tests.has_points, ..kind };
    let (submissions, found) = read_submissions(&tree, Format::Lesson, kind)?;
    let package = Package {
        format: Format::Lesson,
        kind,
        names: read_title(fields, &language)?,
        about: read_about(fields)?,
        limits: read_limits(fields, &mut warnings)?,
        languages: fields
            .get("languages")
            .map(|field| field.words())
            .transpose()?
            .map(|codes| codes.iter().map(|code| language_of_code(code)).collect()),
        validation,
        tests: tests.group,
        input_validators: folder_of_programs(&tree, "input_validators", &mut warnings)?,
        graders: Vec::new(),
        static_validator: None,
        planned_tests: Vec::new(),
        includes: BTreeMap::new(),
        attachments: tree
            .folder("attachments")?
            .unwrap_or_default()
            .all_files()
            .into_iter()
            .cloned()
            .collect(),
        statements: read_statements(&tree, fields, &language)?,
        submissions,
        hints: read_hints(&tree, fields)?,
        starters: read_starters(&tree, fields)?,
        constants: crate::Constants::default(),
        warnings: Vec::new(),
        notes: Vec::new(),
        tree,
    };
    fields.warn_of_unused(&mut warnings);
    warnings.extend(found);
    unread::warn_of_lesson(&package.tree, &mut warnings)?;
    warnings.extend(package.tree.warnings().iter().cloned());
    Ok(Package { warnings, ..package })
}

fn read_title(fields: &mut Fields<'_>, language: &str) -> Result<BTreeMap<String, String>, PackageError> {
    let missing =
        || PackageError::content("problem.yaml", "has no title: add one, as in `title: Add two numbers`");
    let field = fields.get("title").ok_or_else(missing)?;
    if !field.is_map() {
        return Ok(BTreeMap::from([(language.to_owned(), field.text()?.to_owned())]));
    }
    let titles = field.fields()?;
    titles.all().map(|(language, title)| Ok((language.to_owned(), title.text()?.to_owned()))).collect()
}

fn read_about(fields: &mut Fields<'_>) -> Result<ProblemInfo, PackageError> {
    let ages = [("11-14", "11-14"), ("15-18", "15-18")];
    let difficulties = [("easy", "easy"), ("medium", "medium"), ("hard", "hard")];
    let texts =
        |field: Option<crate::settings::Field<'_>>| field.map_or(Ok(Vec::new()), |field| field.texts());
    Ok(ProblemInfo {
        uuid: fields.get("uuid").map(|field| field.text().map(str::to_owned)).transpose()?,
        age_group: fields.get("age_group").map(|field| field.one_of(&ages)).transpose()?.map(str::to_owned),
        difficulty: fields
            .get("difficulty")
            .map(|field| field.one_of(&difficulties))
            .transpose()?
            .map(str::to_owned),
        tags: texts(fields.get("tags"))?,
        authors: texts(fields.get("author"))?,
        sources: texts(fields.get("source"))?,
        license: fields.get("license").map_or(Ok("unknown"), |field| field.text())?.to_owned(),
        ..ProblemInfo::default()
    })
}

fn read_limits(fields: &mut Fields<'_>, warnings: &mut Vec<Warning>) -> Result<ProblemLimits, PackageError> {
    let none = || Ok(Fields::none("problem.yaml"));
    let mut limits = fields.get("limits").map_or_else(none, |field| field.fields())?;
    let time = limits.get("time").map(|field| field.seconds()).transpose()?;
    let read = ProblemLimits {
        time: TimeRule { fixed: Some(time.unwrap_or(TIME_LIMIT)), margins: Margins::LEGACY },
        memory: limits.get("memory").map(|field| field.bytes(MIB)).transpose()?,
        output: limits.get("output").map(|field| field.bytes(MIB)).transpose()?,
        code: None,
        compilation_time: None,
        compilation_memory: None,
        validation_time: None,
        validation_memory: None,
        validation_output: None,
        validation_passes: 2,
    };
    limits.warn_of_unused(warnings);
    Ok(read)
}

/// `validator: check.py` judges output; `interactor: talk.py` talks to the program.
fn read_validation(
    tree: &Tree,
    fields: &mut Fields<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<(Validation, Kind), PackageError> {
    let (validator, interactor) = (fields.get("validator"), fields.get("interactor"));
    let field = match (validator, interactor) {
        (Some(_), Some(interactor)) => {
            return Err(interactor.wrong("stands beside validator: an interactor judges too, so keep one"));
        }
        (Some(field), None) | (None, Some(field)) => field,
        (None, None) => return Ok((Validation::Default, Kind::default())),
    };
    let kind = Kind { interactive: field.key == "interactor", ..Kind::default() };
    let path = field.text()?;
    let missing = || field.wrong(format!("names {path:?}, which is not in the package"));
    if let Some(file) = tree.file(path)? {
        let language = detect_language_in(Format::Lesson, file.name())
            .ok_or_else(|| field.wrong("names a file in no known language"))?;
        let program = Program {
            name: file.name().to_owned(),
            language: Some(language.to_owned()),
            files: vec![file],
            build: crate::Build::ByLanguage,
        };
        return Ok((Validation::Custom(vec![program]), kind));
    }
    let folder = tree.folder(path)?.ok_or_else(missing)?;
    Ok((Validation::Custom(programs(Format::Lesson, folder, warnings)), kind))
}

fn folder_of_programs(
    tree: &Tree,
    folder: &str,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Program>, PackageError> {
    let folder = tree.folder(folder)?.unwrap_or_default();
    Ok(programs(Format::Lesson, folder, warnings))
}

/// `statement.md`, `statement.de.md`, or the text itself in `problem.yaml`.
fn read_statements(
    tree: &Tree,
    fields: &mut Fields<'_>,
    language: &str,
) -> Result<Vec<Statement>, PackageError> {
    let top = tree.folder("")?.unwrap_or_default();
    let mut found = statement::find(&top, "statement");
    // A file without a language is in the lesson's own.
    for statement in &mut found {
        let names_none =
            matches!(&statement.source, Source::File(file) if file.name().matches('.').count() == 1);
        if names_none {
            language.clone_into(&mut statement.language);
        }
    }
    if let Some(field) = fields.get("statement") {
        if found.iter().any(|statement| statement.language == language) {
            return Err(field.wrong("stands beside statement.md: keep one of them"));
        }
        let source = Source::Text(field.text()?.to_owned());
        let (language, folder) = (language.to_owned(), String::new());
        found.push(Statement { language, form: statement::Form::Markdown, source, folder });
    }
    Ok(found)
}

/// Hints in steps: a list in `problem.yaml`, or the files of `hints/` in the order of their names.
fn read_hints(tree: &Tree, fields: &mut Fields<'_>) -> Result<Vec<String>, PackageError> {
    let mut hints = fields.get("hints").map_or(Ok(Vec::new()), |field| field.texts())?;
    for file in tree.folder("hints")?.unwrap_or_default().files.values() {
        hints.push(tree.text(file, tree.caps().statement_bytes)?);
    }
    Ok(hints)
}

/// Starter code: a map in `problem.yaml`, or the files of `starter/`.
fn read_starters(tree: &Tree, fields: &mut Fields<'_>) -> Result<BTreeMap<String, String>, PackageError> {
    let mut starters = BTreeMap::new();
    if let Some(field) = fields.get("starter") {
        for (language, code) in field.fields()?.all() {
            starters.insert(language_of_code(language), code.text()?.to_owned());
        }
    }
    for file in tree.folder("starter")?.unwrap_or_default().files.values() {
        let unknown =
            || PackageError::content(&file.path, "is in no language that its name would tell: rename it");
        let language = detect_language_in(Format::Lesson, file.name()).ok_or_else(unknown)?;
        let text = tree.text(file, tree.caps().settings_bytes)?;
        if starters.insert(language.to_owned(), text).is_some() {
            return Err(PackageError::content(
                &file.path,
                format!("is a second starter for {language}: keep one"),
            ));
        }
    }
    Ok(starters)
}
