//! Command `verify`: judges every submission of a package and compares the results with what the package expects.

mod duplicates;
mod input_description;
mod input_validator;
mod inputs;
mod json;
mod path_filter;
mod print;
mod report;
mod statements;
mod validator_probes;

use std::{cell::Cell, process::ExitCode, sync::Arc};

use self::{
    inputs::InputCheck,
    path_filter::PathFilter,
    report::{ExitStatus, LimitOrigin, Report, Unavailable, Verified},
};
use crate::{
    cli::{self, JudgingArgs, VerifyArgs},
    config::Config,
    problem::{self, BackgroundTask, Candidate, LimitSource, LoadedPackage, LocalJudge},
    show,
};
use ::package::{Expectation, Package};

/// The exit code when something is not as expected.
const UNEXPECTED: u8 = 1;
/// The exit code after Ctrl-C: as a shell has it.
pub(crate) const INTERRUPTED: u8 = 130;

pub(crate) fn command(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let selection = match Selection::of(args) {
        Ok(selection) => selection,
        Err(error) => {
            eprintln!("coderunner: {}", show::block(&format!("{error:#}")));
            return Ok(ExitCode::from(cli::USAGE_ERROR));
        }
    };
    let config = Config::load(&args.how.config)?;
    crate::log::init_for_command(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let unavailable = if args.skip_unavailable { Unavailable::Skipped } else { Unavailable::Counts };
    let reports = runtime.block_on(verify_all(args, &selection, &config))?;
    let stopped = reports.iter().any(Report::is_stopped);
    if args.how.json {
        show::print(&(show::json(&json::text(&reports, unavailable)?) + "\n"))?;
    } else if reports.len() > 1 {
        show::print(&print::summary(&reports, unavailable))?;
    }
    if stopped {
        eprintln!("coderunner: stopped");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let worst = reports.iter().map(|report| report.exit_status(unavailable)).max().unwrap_or(ExitStatus::Ok);
    Ok(match worst {
        ExitStatus::Ok => ExitCode::SUCCESS,
        ExitStatus::Unexpected => ExitCode::from(UNEXPECTED),
        ExitStatus::Unknown => ExitCode::from(cli::USAGE_ERROR),
    })
}

/// Which submissions and tests are asked for.
struct Selection {
    submissions: PathFilter,
    tests: PathFilter,
}

impl Selection {
    fn of(args: &VerifyArgs) -> anyhow::Result<Self> {
        Ok(Self {
            submissions: PathFilter::new("--only", &args.only)?,
            tests: PathFilter::new("--test", &args.test)?,
        })
    }
}

/// All packages, each printed as soon as it is done, up to the one in which somebody pressed Ctrl-C.
async fn verify_all(
    args: &VerifyArgs,
    selection: &Selection,
    config: &Config,
) -> anyhow::Result<Vec<Report>> {
    let languages = Arc::new(host::languages(&config.host())?);
    let start = problem::LocalJudgeConfig { config, languages: &languages, timeout: args.how.timeout() };
    let mut local_judge = None;
    let mut reports = Vec::new();
    for path in &args.packages {
        let outcome = match problem::open(path, &mut local_judge, &start).await? {
            Err(error) => Err(error.to_string()),
            Ok(mut loaded) => {
                loaded.select_tests(&selection.tests);
                // Made for the first package that can be read: one that cannot needs no sandboxes.
                if local_judge.is_none() {
                    local_judge =
                        Some(LocalJudge::start(config, languages.clone(), args.how.timeout()).await?);
                }
                let Some(local_judge) = &local_judge else { break };
                verify(local_judge, &loaded, args, selection).await
            }
        };
        let report = Report { path: path.display().to_string(), outcome };
        if !args.how.json {
            print(&report)?;
        }
        let stopped = report.is_stopped();
        reports.push(report);
        if stopped {
            break;
        }
    }
    Ok(reports)
}

fn print(report: &Report) -> anyhow::Result<()> {
    match &report.outcome {
        Ok(verified) => show::print(&print::text(&report.path, verified)),
        Err(why) => {
            anstream::eprintln!("{}", print::refused(&report.path, why));
            Ok(())
        }
    }
}

impl LoadedPackage {
    fn select_tests(&mut self, tests: &PathFilter) {
        if !tests.is_all() {
            self.keep_tests(&|name| tests.matches(name));
        }
    }
}

/// One package: its submissions, its inputs, and its validators.
async fn verify(
    local_judge: &LocalJudge,
    loaded: &LoadedPackage,
    args: &VerifyArgs,
    selection: &Selection,
) -> Result<Verified, String> {
    let package = &loaded.package;
    let tests = loaded.suite.tests().count();
    if tests == 0 && !selection.tests.is_all() {
        let names: Vec<_> = package.tests.cases().iter().map(|case| case.name.clone()).take(20).collect();
        return Err(format!("--test matches no test; there are: {}", names.join(", ")));
    }
    let candidates = candidates(local_judge, package, args, selection);
    if !candidates.is_empty() && !candidates.iter().any(|one| one.requested) {
        let names: Vec<_> = candidates.iter().map(|one| one.name.as_str()).collect();
        return Err(format!("--only matches no submission; there are: {}", names.join(", ")));
    }
    let limit_origin = limit_origin(loaded, &args.how);
    let given = LimitSource::new(package.limits.time, args.how.time_limit);
    let has_inputs = !args.skip_inputs && !package.input_validators.is_empty();
    let inputs = has_inputs.then(|| InputCheck::new(local_judge, loaded));
    let probe_report = Cell::new(None);
    let probe = (!args.skip_answers).then(|| -> BackgroundTask<'_> {
        Box::pin(async { probe_report.set(Some(validator_probes::run(local_judge, loaded).await)) })
    });
    let other_work = probe.into_iter().chain(inputs.iter().flat_map(InputCheck::units));
    let results = problem::judge(local_judge, loaded, given, candidates, other_work).await;
    let inputs = inputs.filter(|_| !results.stopped).and_then(InputCheck::finish);
    let mut flaws = flaws(package);
    let mut warnings = package.warnings.clone();
    warnings.extend(duplicates::find(&loaded.suite));
    let mut notes = notes(local_judge, loaded, &results, limit_origin);
    if let Some(probe_report) = probe_report.take().filter(|_| !results.stopped) {
        flaws.extend(probe_report.flaws);
        warnings.extend(probe_report.warnings);
        notes.extend(probe_report.notes);
    }
    if !local_judge.is_stopped() {
        let shown = tokio::task::block_in_place(|| statements::check_statements(local_judge, loaded));
        warnings.extend(shown.warnings);
        notes.extend(shown.notes);
    }
    Ok(Verified {
        name: loaded.name(&args.how.lang).to_owned(),
        format: package.format,
        tests,
        warnings,
        warnings_count: args.werror,
        notes,
        flaws,
        rule: package.limits.time,
        limit_origin,
        stopped: results.stopped || local_judge.is_stopped(),
        results,
        inputs,
    })
}

fn candidates(
    local_judge: &LocalJudge,
    package: &Package,
    args: &VerifyArgs,
    selection: &Selection,
) -> Vec<Candidate> {
    let candidate = |one: &::package::Submission| {
        let requested = selection.submissions.matches(&one.path);
        let candidate = Candidate::of(package, one, local_judge.languages(), requested);
        let candidate = if args.lazy { candidate } else { candidate.on_all_tests() };
        if selection.tests.is_all() { candidate } else { candidate.on_some_tests() }
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

/// Origin of the time limit.
fn limit_origin(loaded: &LoadedPackage, args: &JudgingArgs) -> LimitOrigin {
    match (args.time_limit, loaded.package.limits.time.fixed) {
        (Some(_), _) => LimitOrigin::Option,
        (None, Some(_)) => LimitOrigin::Package,
        (None, None) => LimitOrigin::Measured,
    }
}

fn notes(
    local_judge: &LocalJudge,
    loaded: &LoadedPackage,
    results: &problem::JudgingResult,
    limit_origin: LimitOrigin,
) -> Vec<String> {
    let mut notes = loaded.package.notes.clone();
    notes.extend(problem::cuts(&loaded.package, local_judge.ceilings()));
    if results.only_measured > 0 {
        let count = show::count_text(results.only_measured, "submission");
        notes.push(format!("{count} beyond --only ran too, to find the time limit; --time-limit saves that"));
    }
    if limit_origin == LimitOrigin::Measured && results.slowest.is_zero() {
        notes.push(
            "no submission that bounds the time limit could be run, so it is the least there is".to_owned(),
        );
    }
    if results.found.is_empty() {
        notes.push(
            "it has no submissions, so nothing shows that its tests are good: add some to submissions/"
                .to_owned(),
        );
    }
    notes
}
