//! `coderunner judge`: one submission, test by test.

mod find;
mod json;
mod print;

use std::{process::ExitCode, sync::Arc};

use model::Verdict;

use crate::{
    cli::{self, JudgeArgs},
    config::Config,
    problem::{self, Came, Contest, Contestant, Examiner, Given, Subject},
    show,
    verify::INTERRUPTED,
};

/// The exit code when the submission is not accepted.
const NOT_ACCEPTED: u8 = 1;

pub(crate) fn command(args: &JudgeArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.how.config)?;
    crate::log::init_for_command(&config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let languages = Arc::new(host::languages(&config.host())?);
    let start = problem::Start { config: &config, languages: &languages, timeout: args.how.timeout() };
    let mut examiner = None;
    let subject = match runtime.block_on(problem::open(&args.package, &mut examiner, &start))? {
        Ok(subject) => subject,
        Err(error) => return Ok(refused(&format!("{}: {error}", args.package.display()))),
    };
    let contestant = match find::contestant(args, &subject, &languages) {
        Ok(contestant) => contestant,
        Err(error) => return Ok(refused(&format!("{error:#}"))),
    };
    let judged = runtime.block_on(async {
        let examiner = start.once(&mut examiner).await?;
        anyhow::Ok(judge(args, examiner, &subject, contestant).await)
    })?;
    if judged.stopped {
        eprintln!("coderunner: stopped");
        return Ok(ExitCode::from(INTERRUPTED));
    }
    conclude(args, &subject, &judged)
}

fn refused(why: &str) -> ExitCode {
    anstream::eprintln!("coderunner: {}", show::line(why));
    ExitCode::from(cli::USAGE_ERROR)
}

/// The submission, beside those that the time limit hangs on if there is none.
async fn judge(args: &JudgeArgs, examiner: &Examiner, subject: &Subject, contestant: Contestant) -> Contest {
    let given = Given::new(subject.package.limits.time, args.how.time_limit);
    let mut all = vec![contestant];
    if args.how.time_limit.is_none() && subject.package.limits.time.fixed.is_none() {
        let others = subject.package.submissions.iter();
        all.extend(others.map(|one| Contestant::of(&subject.package, one, examiner.languages(), false)));
        let note = "coderunner: the package gives no time limit: its own submissions are run first, to find it; --time-limit saves that";
        eprintln!("{}", show::block(note));
    }
    problem::judge(examiner, subject, given, all, std::iter::empty()).await
}

fn conclude(args: &JudgeArgs, subject: &Subject, contest: &Contest) -> anyhow::Result<ExitCode> {
    let Some(found) = contest.found.first() else { return Ok(refused("nothing was judged")) };
    let judged = match &found.came {
        Came::Judged(judged) => judged,
        Came::Unavailable(why) | Came::Failed(why) => {
            return Ok(refused(&format!("{} could not be judged: {why}", found.name)));
        }
    };
    if args.how.json {
        let text = json::text(subject, found, judged, contest, &args.how.lang)?;
        show::print(&(show::json(&text) + "\n"))?;
    } else {
        show::print(&print::text(subject, found, judged, contest, &args.how.lang))?;
    }
    Ok(match judged.graded.grading.verdict {
        Verdict::Accepted => ExitCode::SUCCESS,
        // Ours, or the problem's: nothing was found out about the submission.
        Verdict::JudgeError => ExitCode::from(cli::USAGE_ERROR),
        _ => ExitCode::from(NOT_ACCEPTED),
    })
}
