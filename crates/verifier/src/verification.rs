//! Verification of a package: judges its submissions, checks its inputs, output validator and statements, and reports all of it.

use std::{cell::Cell, time::Duration};

use model::wording::count_text;
use package::{
    Expectation, Package,
    schedule::{LimitSource, RunPurpose},
};
use worker::TestSelection;

use crate::{
    candidate::Candidate,
    duplicate_tests::duplicate_tests,
    input_check::InputCheck,
    judging::{BackgroundTask, judge_candidates},
    judging_result::JudgingResult,
    loaded_package::LoadedPackage,
    local_judge::LocalJudge,
    path_filter::PathFilter,
    program_limits::reduced_limits,
    statement_check::check_statements,
    validator_probes::probe_validator,
    verification_report::{LimitOrigin, Verification},
};

/// Whether a check of the package itself is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageCheck {
    /// It is.
    Run,
    /// It is left out.
    Skip,
}

/// Extent of a verification.
#[derive(Debug)]
pub struct VerificationOptions {
    /// Submissions whose results are reported.
    pub submissions: PathFilter,
    /// Tests that are run.
    pub tests: PathFilter,
    /// Tests that a submission is run on if an expectation is about single tests.
    pub extent: TestSelection,
    /// Inputs against the input validators.
    pub inputs: PackageCheck,
    /// The output validator against answers and junk.
    pub answers: PackageCheck,
    /// Whether a warning makes the package not as expected.
    pub warnings_count: bool,
    /// Time limit of a test, instead of the package's.
    pub time_limit: Option<Duration>,
    /// Language of the problem's name, as a code.
    pub language: String,
}

/// Options that select nothing.
#[derive(Debug, thiserror::Error)]
pub enum VerificationError {
    /// No test is selected.
    #[error("--test matches no test; there are: {}", .0.join(", "))]
    NoTest(Vec<String>),
    /// No submission is selected.
    #[error("--only matches no submission; there are: {}", .0.join(", "))]
    NoSubmission(Vec<String>),
}

/// Verifies a package, and keeps only the selected tests of it.
pub async fn verify_package(
    local_judge: &LocalJudge,
    mut loaded: LoadedPackage,
    options: &VerificationOptions,
) -> Result<Verification, VerificationError> {
    if !options.tests.is_all() {
        loaded.keep_tests(&|name| options.tests.matches(name));
    }
    let (loaded, package) = (&loaded, &loaded.package);
    let tests = loaded.suite.tests().count();
    if tests == 0 && !options.tests.is_all() {
        let names = package.tests.cases().iter().map(|case| case.name.clone()).take(20).collect();
        return Err(VerificationError::NoTest(names));
    }
    let candidates = candidates(local_judge, package, options);
    if !candidates.is_empty() && !candidates.iter().any(|one| one.purpose == RunPurpose::Report) {
        let names = candidates.into_iter().map(|one| one.name).collect();
        return Err(VerificationError::NoSubmission(names));
    }
    let limit_origin = limit_origin(package, options);
    let limit_source = LimitSource::new(package.limits.time, options.time_limit);
    let has_inputs = options.inputs == PackageCheck::Run && !package.input_validators.is_empty();
    let inputs = has_inputs.then(|| InputCheck::new(local_judge, loaded));
    let probe_report = Cell::new(None);
    let probe = (options.answers == PackageCheck::Run).then(|| -> BackgroundTask<'_> {
        Box::pin(async { probe_report.set(Some(probe_validator(local_judge, loaded).await)) })
    });
    let other_work = probe.into_iter().chain(inputs.iter().flat_map(InputCheck::units));
    let results = judge_candidates(local_judge, loaded, limit_source, candidates, other_work).await;
    let inputs = inputs.filter(|_| !results.stopped).and_then(InputCheck::finish);
    let mut flaws = flaws(package);
    let mut warnings = package.warnings.clone();
    warnings.extend(duplicate_tests(&loaded.suite));
    let mut notes = notes(local_judge, loaded, &results, limit_origin);
    if let Some(probe_report) = probe_report.take().filter(|_| !results.stopped) {
        flaws.extend(probe_report.flaws);
        warnings.extend(probe_report.warnings);
        notes.extend(probe_report.notes);
    }
    if !local_judge.is_stopped() {
        let shown = tokio::task::block_in_place(|| check_statements(local_judge, loaded));
        warnings.extend(shown.warnings);
        notes.extend(shown.notes);
    }
    Ok(Verification {
        name: loaded.name(&options.language).to_owned(),
        format: package.format,
        tests,
        warnings,
        warnings_count: options.warnings_count,
        notes,
        flaws,
        rule: package.limits.time,
        limit_origin,
        stopped: results.stopped || local_judge.is_stopped(),
        results,
        inputs,
    })
}

fn candidates(local_judge: &LocalJudge, package: &Package, options: &VerificationOptions) -> Vec<Candidate> {
    let candidate = |one: &package::Submission| {
        let is_reported = options.submissions.matches(&one.path);
        let purpose = if is_reported { RunPurpose::Report } else { RunPurpose::TimeOnly };
        let candidate = Candidate::of(package, one, local_judge.languages(), purpose);
        let candidate = match options.extent {
            TestSelection::All => candidate.on_all_tests(),
            TestSelection::Deciding => candidate,
        };
        if options.tests.is_all() { candidate } else { candidate.on_some_tests() }
    };
    package.submissions.iter().map(candidate).collect()
}

/// Problems of the package as a whole.
fn flaws(package: &Package) -> Vec<String> {
    let submissions = &package.submissions;
    let is_accepted = submissions.iter().any(|one| one.expectations.iter().any(Expectation::is_accepted));
    let mut flaws = Vec::new();
    if !is_accepted && !submissions.is_empty() {
        flaws.push(
            "no submission must be accepted, so nothing shows that the problem can be solved: add one to submissions/accepted"
                .to_owned(),
        );
    }
    flaws
}

fn limit_origin(package: &Package, options: &VerificationOptions) -> LimitOrigin {
    match (options.time_limit, package.limits.time.fixed) {
        (Some(_), _) => LimitOrigin::Option,
        (None, Some(_)) => LimitOrigin::Package,
        (None, None) => LimitOrigin::Measured,
    }
}

fn notes(
    local_judge: &LocalJudge,
    loaded: &LoadedPackage,
    results: &JudgingResult,
    limit_origin: LimitOrigin,
) -> Vec<String> {
    let mut notes = loaded.package.notes.clone();
    notes.extend(reduced_limits(&loaded.package, local_judge.ceilings()));
    if results.only_measured > 0 {
        let count = count_text(results.only_measured, "submission");
        notes.push(format!("{count} beyond --only ran too, to find the time limit; --time-limit saves that"));
    }
    if limit_origin == LimitOrigin::Measured && results.slowest.is_zero() {
        notes.push(
            "no submission that bounds the time limit could be run, so it is the least there is".to_owned(),
        );
    }
    if results.submissions.is_empty() {
        notes.push(
            "it has no submissions, so nothing shows that its tests are good: add some to submissions/"
                .to_owned(),
        );
    }
    notes
}
