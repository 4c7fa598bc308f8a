//! `coderunner verify`: every submission of a package, and whether what comes of it is what the package expects.

mod checker;
mod described;
mod duplicates;
mod inputs;
mod json;
mod only;
mod print;
mod probes;
mod report;
mod statements;

use std::{cell::Cell, process::ExitCode, sync::Arc};

use self::{
    inputs::InputCheck,
    only::Only,
    report::{LimitBy, Report, Unavailable, Verified, Worth},
};
use crate::{
    cli::{self, JudgingArgs, VerifyArgs},
    config::Config,
    problem::{self, Contestant, Examiner, Given, Subject, Unit},
    show,
};
use ::package::{Expectation, Package};

/// The exit code when something is not as expected.
const UNEXPECTED: u8 = 1;
/// The exit code after Ctrl-C: as a shell has it.
pub(crate) const INTERRUPTED: u8 = 130;

pub(crate) fn command(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let asked = match Asked::of(args) {
        Ok(asked) => asked,
        Err(error) => {
            eprintln!("coderunner: {}", show::block(&format!("{error:#}")));
            return Ok(ExitCode::from(cli::USAGE_ERROR));
        }
    };
    let config = Config::load(&args.how.config)?;
    crate::log::init_for_command(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let unavailable = if args.skip_unavailable { Unavailable::Skipped } else { Unavailable::Counts };
    let reports = runtime.block_on(verify_all(args, &asked, &config))?;
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
    let worst = reports.iter().map(|report| report.worth(unavailable)).max().unwrap_or(Worth::Ok);
    Ok(match worst {
        Worth::Ok => ExitCode::SUCCESS,
        Worth::Unexpected => ExitCode::from(UNEXPECTED),
        Worth::Unknown => ExitCode::from(cli::USAGE_ERROR),
    })
}

/// Which submissions and tests are asked for.
struct Asked {
    submissions: Only,
    tests: Only,
}

impl Asked {
    fn of(args: &VerifyArgs) -> anyhow::Result<Self> {
        Ok(Self { submissions: Only::new("--only", &args.only)?, tests: Only::new("--test", &args.test)? })
    }
}

/// All packages, each printed as soon as it is done, up to the one in which somebody pressed Ctrl-C.
async fn verify_all(args: &VerifyArgs, asked: &Asked, config: &Config) -> anyhow::Result<Vec<Report>> {
    let languages = Arc::new(host::languages(&config.host())?);
    let start = problem::Start { config, languages: &languages, timeout: args.how.timeout() };
    let mut examiner = None;
    let mut reports = Vec::new();
    for path in &args.packages {
        let outcome = match problem::open(path, &mut examiner, &start).await? {
            Err(error) => Err(error.to_string()),
            Ok(mut subject) => {
                subject.keep_tests_asked_for(&asked.tests);
                // Made for the first package that can be read: one that cannot needs no sandboxes.
                if examiner.is_none() {
                    examiner = Some(Examiner::start(config, languages.clone(), args.how.timeout()).await?);
                }
                let Some(examiner) = &examiner else { break };
                verify(examiner, &subject, args, asked).await
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

impl Subject {
    fn keep_tests_asked_for(&mut self, tests: &Only) {
        if !tests.is_all() {
            self.keep_tests(&|name| tests.asks_for(name));
        }
    }
}

/// One package: its submissions, its inputs, and its validators.
async fn verify(
    examiner: &Examiner,
    subject: &Subject,
    args: &VerifyArgs,
    asked: &Asked,
) -> Result<Verified, String> {
    let package = &subject.package;
    let tests = subject.suite.tests().count();
    if tests == 0 && !asked.tests.is_all() {
        let names: Vec<_> = package.tests.cases().iter().map(|case| case.name.clone()).take(20).collect();
        return Err(format!("--test matches no test; there are: {}", names.join(", ")));
    }
    let contestants = contestants(examiner, package, args, asked);
    if !contestants.is_empty() && !contestants.iter().any(|one| one.wanted) {
        let names: Vec<_> = contestants.iter().map(|one| one.name.as_str()).collect();
        return Err(format!("--only matches no submission; there are: {}", names.join(", ")));
    }
    let limit_by = limit_by(subject, &args.how);
    let given = Given::new(package.limits.time, args.how.time_limit);
    let has_inputs = !args.skip_inputs && !package.input_validators.is_empty();
    let inputs = has_inputs.then(|| InputCheck::new(examiner, subject));
    let probed = Cell::new(None);
    let probe = (!args.skip_answers).then(|| -> Unit<'_> {
        Box::pin(async { probed.set(Some(probes::try_all(examiner, subject).await)) })
    });
    let other_work = probe.into_iter().chain(inputs.iter().flat_map(InputCheck::units));
    let contest = problem::judge(examiner, subject, given, contestants, other_work).await;
    let inputs = inputs.filter(|_| !contest.stopped).and_then(InputCheck::finish);
    let mut flaws = flaws(package);
    let mut warnings = package.warnings.clone();
    warnings.extend(duplicates::find(&subject.suite));
    let mut notes = notes(examiner, subject, &contest, limit_by);
    if let Some(probed) = probed.take().filter(|_| !contest.stopped) {
        flaws.extend(probed.flaws);
        warnings.extend(probed.warnings);
        notes.extend(probed.notes);
    }
    if !examiner.is_stopped() {
        let shown = tokio::task::block_in_place(|| statements::try_all(examiner, subject));
        warnings.extend(shown.warnings);
        notes.extend(shown.notes);
    }
    Ok(Verified {
        name: subject.name(&args.how.lang).to_owned(),
        format: package.format,
        tests,
        warnings,
        warnings_count: args.werror,
        notes,
        flaws,
        rule: package.limits.time,
        limit_by,
        stopped: contest.stopped || examiner.is_stopped(),
        contest,
        inputs,
    })
}

fn contestants(examiner: &Examiner, package: &Package, args: &VerifyArgs, asked: &Asked) -> Vec<Contestant> {
    let contestant = |one: &::package::Submission| {
        let wanted = asked.submissions.asks_for(&one.path);
        let contestant = Contestant::of(package, one, examiner.languages(), wanted);
        let contestant = if args.lazy { contestant } else { contestant.on_all_tests() };
        if asked.tests.is_all() { contestant } else { contestant.on_some_tests() }
    };
    package.submissions.iter().map(contestant).collect()
}

/// What is wrong with the package as a whole.
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

/// Who says what the time limit is.
fn limit_by(subject: &Subject, args: &JudgingArgs) -> LimitBy {
    match (args.time_limit, subject.package.limits.time.fixed) {
        (Some(_), _) => LimitBy::Option,
        (None, Some(_)) => LimitBy::Package,
        (None, None) => LimitBy::Measured,
    }
}

fn notes(
    examiner: &Examiner,
    subject: &Subject,
    contest: &problem::Contest,
    limit_by: LimitBy,
) -> Vec<String> {
    let mut notes = subject.package.notes.clone();
    notes.extend(problem::cuts(&subject.package, examiner.ceilings()));
    if contest.only_measured > 0 {
        let count = show::counted(contest.only_measured, "submission");
        notes.push(format!("{count} beyond --only ran too, to find the time limit; --time-limit saves that"));
    }
    if limit_by == LimitBy::Measured && contest.slowest.is_zero() {
        notes.push(
            "no submission that bounds the time limit could be run, so it is the least there is".to_owned(),
        );
    }
    if contest.found.is_empty() {
        notes.push(
            "it has no submissions, so nothing shows that its tests are good: add some to submissions/"
                .to_owned(),
        );
    }
    notes
}
