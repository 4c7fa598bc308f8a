//! Candidate: a submission that is to be judged, with the tests that it is run on and the expectations of its result.

use languages::{Language, Registry};
use model::SourceFile;
use package::{Expectation, Judgements, Package, schedule::RunPurpose};
use worker::TestSelection;

use crate::{
    package_programs::{answers_submission, submission_program},
    runnable_program::{NotRunnable, RunnableProgram},
};

/// A submission to be judged.
pub struct Candidate {
    /// Its path, by which it is shown.
    pub name: String,
    /// Its language, as far as that is known.
    pub language: String,
    /// The program, or why it cannot be run here.
    pub runnable: Result<RunnableProgram, NotRunnable>,
    /// Expectations of its result.
    pub rules: Vec<Expectation>,
    /// What its run is for.
    pub purpose: RunPurpose,
    /// Which tests it is run on.
    pub extent: TestSelection,
}

impl Candidate {
    /// A submission of the package.
    pub fn of(
        package: &Package,
        submission: &package::Submission,
        languages: &Registry,
        purpose: RunPurpose,
    ) -> Self {
        Self {
            name: submission.path.clone(),
            language: submission.language.clone().unwrap_or_else(|| "unknown".to_owned()),
            runnable: submission_program(package, submission, languages),
            rules: submission.expectations.clone(),
            purpose,
            extent: TestSelection::Deciding,
        }
    }

    /// A submission from outside the package that consists of answers, of which nothing is expected.
    pub fn of_answers(name: String, files: Vec<SourceFile>, languages: &Registry) -> Self {
        Self::without_expectations(name, "answers", answers_submission(files, languages))
    }

    /// A submission from outside the package, of which nothing is expected.
    pub fn of_files(name: String, language: &Language, files: Vec<SourceFile>) -> Self {
        Self::without_expectations(
            name,
            language.id.as_str(),
            Ok(RunnableProgram::new(language, files, None)),
        )
    }

    fn without_expectations(
        name: String,
        language: &str,
        runnable: Result<RunnableProgram, NotRunnable>,
    ) -> Self {
        Self {
            name,
            language: language.to_owned(),
            runnable,
            rules: Vec::new(),
            purpose: RunPurpose::Report,
            extent: TestSelection::Deciding,
        }
    }

    /// The same, run on all tests if a rule is about them; what decides the result may come before what breaks a rule.
    pub(crate) fn on_all_tests(self) -> Self {
        let all = self.rules.iter().any(Expectation::applies_to_tests);
        Self { extent: if all { TestSelection::All } else { TestSelection::Deciding }, ..self }
    }

    /// The same, where only some tests are there: what one of all tests must come to is not asked for.
    pub(crate) fn on_some_tests(mut self) -> Self {
        for rule in &mut self.rules {
            rule.required = Judgements::any();
            (rule.overall, rule.score, rule.message, rule.partial) = (None, None, None, false);
        }
        self
    }
}
