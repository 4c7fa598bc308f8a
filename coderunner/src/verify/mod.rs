//! `coderunner verify`: every submission of a package, and whether what comes of it is what the package expects.

mod described;
mod inputs;
mod json;
mod only;
mod print;
mod report;

use std::{process::ExitCode, sync::Arc};

use self::{
    only::Only,
    report::{LimitBy, Report, Unavailable, Verified, Worth},
};
use crate::{
    cli::{self, JudgingArgs, VerifyArgs},
    config::Config,
    host,
    problem::{self, Contestant, Examiner, Given, Subject},
    show,
};

/// The exit code when something is not as expected.
const UNEXPECTED: u8 = 1;
/// The exit code after Ctrl-C: as a shell has it.
pub(crate) const INTERRUPTED: u8 = 130;

pub(crate) fn command(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let only = match Only::new(&args.only) {
        Ok(only) => only,
        Err(error) => {
            eprintln!("coderunner: {error:#}");
            return Ok(ExitCode::from(cli::BAD_USAGE));
        }
    };
    let config = Config::load(&args.how.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let unavailable = if args.skip_unavailable { Unavailable::Skipped } else { Unavailable::Counts };
    let Some(reports) = runtime.block_on(verify_all(args, &only, &config))? else {
        eprintln!("coderunner: stopped");
        return Ok(ExitCode::from(INTERRUPTED));
    };
    if args.how.json {
        anstream::println!("{}", show::json(&json::text(&reports, unavailable)?));
    } else if reports.len() > 1 {
        anstream::print!("{}", print::summary(&reports, unavailable));
    }
    let worst = reports.iter().map(|report| report.worth(unavailable)).max().unwrap_or(Worth::Ok);
    Ok(match worst {
        Worth::Ok => ExitCode::SUCCESS,
        Worth::Unexpected => ExitCode::from(UNEXPECTED),
        Worth::Unknown => ExitCode::from(cli::BAD_USAGE),
    })
}

/// All packages, each printed as soon as it is done; nothing if somebody pressed Ctrl-C.
async fn verify_all(args: &VerifyArgs, only: &Only, config: &Config) -> anyhow::Result<Option<Vec<Report>>> {
    let languages = Arc::new(host::languages(config)?);
    let start = problem::Start { config, languages: &languages, patience: args.how.patience };
    let mut examiner = None;
    let mut reports = Vec::new();
    for path in &args.packages {
        let outcome = match problem::open(path, &mut examiner, &start).await? {
            Err(error) => Err(error.to_string()),
            Ok(subject) => {
                // Made for the first package that can be read: one that cannot needs no sandboxes.
                if examiner.is_none() {
                    examiner = Some(Examiner::start(config, languages.clone(), args.how.patience).await?);
                }
                let Some(examiner) = &examiner else { return Ok(None) };
                match verify(examiner, &subject, args, only).await {
                    Some(outcome) => outcome,
                    None => return Ok(None),
                }
            }
        };
        let report = Report { path: path.display().to_string(), outcome };
        if !args.how.json {
            print(&report);
        }
        reports.push(report);
    }
    Ok(Some(reports))
}

fn print(report: &Report) {
    match &report.outcome {
        Ok(verified) => anstream::print!("{}", print::text(&report.path, verified)),
        Err(why) => anstream::eprintln!("{}", print::refused(&report.path, why)),
    }
}

/// One package: its submissions, and its inputs; nothing if somebody pressed Ctrl-C.
async fn verify(
    examiner: &Examiner,
    subject: &Subject,
    args: &VerifyArgs,
    only: &Only,
) -> Option<Result<Verified, String>> {
    let package = &subject.package;
    let contestants: Vec<_> = package
        .submissions
        .iter()
        .map(|one| Contestant::of(package, one, examiner.languages(), only.asks_for(&one.path)))
        .collect();
    if !contestants.is_empty() && !contestants.iter().any(|one| one.wanted) {
        let names: Vec<_> = contestants.iter().map(|one| one.name.as_str()).collect();
        return Some(Err(format!("--only matches no submission; there are: {}", names.join(", "))));
    }
    let limit_by = limit_by(subject, &args.how);
    let given = Given::new(package.limits.time, args.how.time_limit);
    let contest = problem::judge(examiner, subject, given, contestants).await?;
    let inputs = if args.skip_inputs || package.input_validators.is_empty() {
        None
    } else {
        Some(inputs::check(examiner, subject).await?)
    };
    Some(Ok(Verified {
        name: subject.name(&args.how.lang).to_owned(),
        format: package.format,
        tests: subject.suite.tests().count(),
        warnings: package.warnings.clone(),
        notes: notes(examiner, subject, &contest, limit_by),
        rule: package.limits.time,
        limit_by,
        contest,
        inputs,
    }))
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
    let mut notes = problem::cuts(&subject.package, examiner.most_memory());
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
