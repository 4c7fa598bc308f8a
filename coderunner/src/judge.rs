//! Command `judge`: judges one submission and shows each test.

mod find;
mod json;
mod print;

use std::{process::ExitCode, sync::Arc};

use model::Verdict;
use package::schedule::{LimitSource, RunPurpose};
use verifier::{
    Candidate, JudgingResult, LazyLocalJudge, LoadedPackage, LocalJudge, SubmissionOutcome, judge_candidates,
    load_package,
};

use crate::{
    cli::{self, JudgeArgs},
    config::Config,
    show::{self, TerminalConsole},
    verify::INTERRUPTED,
};

/// The exit code when the submission is not accepted.
const NOT_ACCEPTED: u8 = 1;

pub(crate) fn command(args: &JudgeArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.how.config)?;
    crate::log::init_for_command(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let languages = Arc::new(host::languages(&config.host())?);
    let (settings, console) = (config.verifier(), Arc::new(TerminalConsole));
    let local_judge = LazyLocalJudge::new(settings, languages.clone(), args.how.timeout(), console);
    let loaded = match runtime.block_on(load_package(&args.package, &local_judge))? {
        Ok(loaded) => loaded,
        Err(error) => return Ok(print_refusal(&format!("{}: {error}", args.package.display()))),
    };
    let candidate = match find::candidate(args, &loaded, &languages) {
        Ok(candidate) => candidate,
        Err(error) => return Ok(print_refusal(&format!("{error:#}"))),
    };
    let judged = runtime.block_on(async {
        anyhow::Ok(judge_submission(args, local_judge.get().await?, &loaded, candidate).await)
    })?;
    if judged.stopped {
        eprintln!("coderunner: stopped");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    conclude(args, &loaded, &judged)
}

fn print_refusal(reason: &str) -> ExitCode {
    anstream::eprintln!("coderunner: {}", show::line(reason));
    ExitCode::from(cli::USAGE_ERROR)
}

/// The submission, beside those that the time limit hangs on if there is none.
async fn judge_submission(
    args: &JudgeArgs,
    local_judge: &LocalJudge,
    loaded: &LoadedPackage,
    candidate: Candidate,
) -> JudgingResult {
    let given = LimitSource::new(loaded.package.limits.time, args.how.time_limit);
    let mut all = vec![candidate];
    if args.how.time_limit.is_none() && loaded.package.limits.time.fixed.is_none() {
        let others = loaded.package.submissions.iter();
        all.extend(
            others.map(|one| {
                Candidate::of(&loaded.package, one, local_judge.languages(), RunPurpose::TimeOnly)
            }),
        );
        let note = "coderunner: the package gives no time limit: its own submissions are run first, to find it; --time-limit saves that";
        eprintln!("{}", show::block(note));
    }
    judge_candidates(local_judge, loaded, given, all, std::iter::empty()).await
}

fn conclude(args: &JudgeArgs, loaded: &LoadedPackage, results: &JudgingResult) -> anyhow::Result<ExitCode> {
    let Some(found) = results.submissions.first() else { return Ok(print_refusal("nothing was judged")) };
    let judged = match &found.outcome {
        SubmissionOutcome::Judged(judged) => judged,
        SubmissionOutcome::Unavailable(reason) | SubmissionOutcome::Failed(reason) => {
            return Ok(print_refusal(&format!("{} could not be judged: {reason}", found.name)));
        }
    };
    if args.how.json {
        let text = json::text(loaded, found, judged, results, &args.how.lang)?;
        show::print(&(show::json(&text) + "\n"))?;
    } else {
        show::print(&print::text(loaded, found, judged, results, &args.how.lang))?;
    }
    Ok(match judged.graded.grading.verdict {
        Verdict::Accepted => ExitCode::SUCCESS,
        // Ours, or the problem's: nothing was found out about the submission.
        Verdict::JudgeError => ExitCode::from(cli::USAGE_ERROR),
        _ => ExitCode::from(NOT_ACCEPTED),
    })
}
