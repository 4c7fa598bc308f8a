//! Package programs: those that run beside its submissions, and submissions that consist of answers.

use languages::Registry;
use model::SourceFile;
use package::{Build, Package, Program, answers_program};

use crate::runnable_program::{NotRunnable, ProgramSource, RunnableProgram, available_language};

/// The language of programs that bring a script `build` or `run`, and of our program that prints answers.
const SCRIPTS: &str = "bash";

/// A validator or generator, ready to be run.
pub(crate) fn auxiliary_program(
    package: &Package,
    program: &Program,
    languages: &Registry,
) -> Result<RunnableProgram, NotRunnable> {
    if program.build != Build::ByLanguage {
        return scripts_program(package, program, languages);
    }
    let folder = program.files.first().map(|file| {
        let inside = program.name_of(file);
        file.path.strip_suffix(&inside).unwrap_or_default().to_owned()
    });
    let source = ProgramSource {
        language: program.language.as_deref(),
        files: &program.files,
        folder: folder.unwrap_or_default(),
        entry_point: Some(program.name.as_str()),
    };
    RunnableProgram::read(package, &source, languages)
}

/// A program that is built by a script of its own, or run by one: that begins.
fn scripts_program(
    package: &Package,
    program: &Program,
    languages: &Registry,
) -> Result<RunnableProgram, NotRunnable> {
    let language = available_language(Some(SCRIPTS), languages)?;
    let mut files = Vec::new();
    for file in &program.files {
        let name = program.name_of(file);
        files.push(SourceFile { name, content: package.tree.source(file)?.into() });
    }
    let rank = |name: &str| match name {
        "build" => 0,
        "run" => 1,
        _ => 2,
    };
    files.sort_by(|a, b| (rank(&a.name), &a.name).cmp(&(rank(&b.name), &b.name)));
    Ok(RunnableProgram { language: language.id.clone(), files })
}

/// A solution that the package brings.
pub(crate) fn submission_program(
    package: &Package,
    submission: &package::Submission,
    languages: &Registry,
) -> Result<RunnableProgram, NotRunnable> {
    let source = ProgramSource::of(submission);
    if !package.kind.submit_answer {
        return RunnableProgram::read(package, &source, languages);
    }
    let mut files = Vec::new();
    for file in &submission.files {
        let name = file.path.strip_prefix(&source.folder).unwrap_or(file.name()).to_owned();
        // Answers are tests' size, and are taken as they are.
        let content = package.tree.read(file, package.tree.caps().source_bytes)?;
        files.push(SourceFile { name, content: content.into() });
    }
    answers_submission(files, languages)
}

/// A submission that consists of answers.
pub(crate) fn answers_submission(
    files: Vec<SourceFile>,
    languages: &Registry,
) -> Result<RunnableProgram, NotRunnable> {
    let language = available_language(Some(SCRIPTS), languages)?;
    let files = std::iter::once(answers_program()).chain(files).collect();
    Ok(RunnableProgram { language: language.id.clone(), files })
}
