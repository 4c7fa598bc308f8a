//! Command `verify`: judges every submission of a package and compares the results with what the package expects.

mod json;
mod print;

use std::{process::ExitCode, sync::Arc};

use verifier::{
    Conclusion, LazyLocalJudge, LoadedPackage, PackageCheck, PackageReport, PathFilter, UnavailablePolicy,
    Verification, VerificationOptions, load_package, verify_package,
};
use worker::TestSelection;

use crate::{
    cli::{self, VerifyArgs},
    config::Config,
    show::{self, TerminalConsole},
};

/// The exit code when something is not as expected.
const UNEXPECTED: u8 = 1;
/// The exit code after Ctrl-C: as a shell has it.
pub(crate) const INTERRUPTED: u8 = 130;

pub(crate) fn command(args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let options = match options(args) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("coderunner: {}", show::block(&format!("{error:#}")));
            return Ok(ExitCode::from(cli::USAGE_ERROR));
        }
    };
    let config = Config::load(&args.how.config)?;
    crate::log::init_for_command(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let policy = if args.skip_unavailable { UnavailablePolicy::Skipped } else { UnavailablePolicy::Counts };
    let reports = runtime.block_on(verify_all(args, &options, &config))?;
    let stopped = reports.iter().any(PackageReport::is_stopped);
    if args.how.json {
        show::print(&(show::json(&json::text(&reports, policy)?) + "\n"))?;
    } else if reports.len() > 1 {
        show::print(&print::summary(&reports, policy))?;
    }
    if stopped {
        eprintln!("coderunner: stopped");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let worst = reports.iter().map(|report| report.conclusion(policy)).max().unwrap_or(Conclusion::Ok);
    Ok(match worst {
        Conclusion::Ok => ExitCode::SUCCESS,
        Conclusion::Unexpected => ExitCode::from(UNEXPECTED),
        Conclusion::Unknown => ExitCode::from(cli::USAGE_ERROR),
    })
}

fn options(args: &VerifyArgs) -> anyhow::Result<VerificationOptions> {
    let check = |is_skipped| if is_skipped { PackageCheck::Skip } else { PackageCheck::Run };
    Ok(VerificationOptions {
        submissions: PathFilter::new("--only", &args.only)?,
        tests: PathFilter::new("--test", &args.test)?,
        extent: if args.lazy { TestSelection::Deciding } else { TestSelection::All },
        inputs: check(args.skip_inputs),
        answers: check(args.skip_answers),
        warnings_count: args.werror,
        time_limit: args.how.time_limit,
        language: args.how.lang.clone(),
    })
}

/// All packages, each printed as soon as it is done, up to the one in which somebody pressed Ctrl-C.
async fn verify_all(
    args: &VerifyArgs,
    options: &VerificationOptions,
    config: &Config,
) -> anyhow::Result<Vec<PackageReport>> {
    let languages = Arc::new(host::languages(&config.host())?);
    let local_judge =
        LazyLocalJudge::new(config.verifier(), languages, args.how.timeout(), Arc::new(TerminalConsole));
    let mut reports = Vec::new();
    for path in &args.packages {
        let outcome = match load_package(path, &local_judge).await? {
            Err(error) => Err(error.to_string()),
            Ok(loaded) => verify_loaded(loaded, &local_judge, options).await?,
        };
        let report = PackageReport { path: path.display().to_string(), outcome };
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

/// One package. The inner error says why it cannot be verified.
async fn verify_loaded(
    loaded: LoadedPackage,
    local_judge: &LazyLocalJudge,
    options: &VerificationOptions,
) -> anyhow::Result<Result<Verification, String>> {
    let verification = verify_package(local_judge.get().await?, loaded, options).await;
    Ok(verification.map_err(|error| error.to_string()))
}

fn print(report: &PackageReport) -> anyhow::Result<()> {
    match &report.outcome {
        Ok(verification) => show::print(&print::text(&report.path, verification)),
        Err(why) => {
            anstream::eprintln!("{}", print::refused(&report.path, why));
            Ok(())
        }
    }
}
