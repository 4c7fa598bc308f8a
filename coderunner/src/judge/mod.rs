//! `coderunner judge`: one submission, test by test.

mod find;
mod json;
mod print;

use std::{process::ExitCode, sync::Arc};

use model::Verdict;

use crate::{
    cli::{self, JudgeArgs},
    config::Config,
    host,
    problem::{self, Came, Contest, Contestant, Examiner, Given, Opened, Subject},
    show,
    verify::INTERRUPTED,
};

/// The exit code when the submission is not accepted.
const NOT_ACCEPTED: u8 = 1;

pub(crate) fn command(args: &JudgeArgs) -> anyhow::Result<ExitCode> {
    let config = Config::load(&args.how.config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    match runtime.block_on(open_and_judge(args, &config))? {
        Outcome::Judged(subject, contest) => conclude(args, &subject, &contest),
        Outcome::Refused(why) => Ok(refused(&why)),
        Outcome::Stopped => {
            eprintln!("coderunner: stopped");
            Ok(ExitCode::from(INTERRUPTED))
        }
    }
}

/// What came of it.
enum Outcome {
    Judged(Box<Subject>, Box<Contest>),
    /// Nothing was judged, and why.
    Refused(String),
    /// Somebody pressed Ctrl-C.
    Stopped,
}

async fn open_and_judge(args: &JudgeArgs, config: &Config) -> anyhow::Result<Outcome> {
    let opened = match Subject::open(&args.package) {
        Ok(opened) => opened,
        Err(error) => return Ok(Outcome::Refused(format!("{}: {error}", args.package.display()))),
    };
    let languages = Arc::new(host::languages(config)?);
    let mut examiner = None;
    let subject = match opened {
        Opened::Ready(subject) => subject,
        Opened::Ungenerated(package) => {
            let started = Examiner::start(config, languages.clone(), args.how.patience).await?;
            let generated = Subject::generated(&args.package, &package, &started).await;
            examiner = Some(started);
            match generated {
                Some(Ok(subject)) => Box::new(subject),
                Some(Err(error)) => {
                    return Ok(Outcome::Refused(format!("{}: {error}", args.package.display())));
                }
                None => return Ok(Outcome::Stopped),
            }
        }
    };
    let contestant = match find::contestant(args, &subject, &languages) {
        Ok(contestant) => contestant,
        Err(error) => return Ok(Outcome::Refused(format!("{error:#}"))),
    };
    let examiner = match examiner {
        Some(examiner) => examiner,
        None => Examiner::start(config, languages, args.how.patience).await?,
    };
    Ok(match judge(args, &examiner, &subject, contestant).await {
        Some(contest) => Outcome::Judged(subject, Box::new(contest)),
        None => Outcome::Stopped,
    })
}

fn refused(why: &str) -> ExitCode {
    anstream::eprintln!("coderunner: {}", show::line(why));
    ExitCode::from(cli::BAD_USAGE)
}

/// The submission, beside those that the time limit hangs on if there is none.
async fn judge(
    args: &JudgeArgs,
    examiner: &Examiner,
    subject: &Subject,
    contestant: Contestant,
) -> Option<Contest> {
    let given = Given::new(subject.package.limits.time, args.how.time_limit);
    let mut all = vec![contestant];
    if args.how.time_limit.is_none() && subject.package.limits.time.fixed.is_none() {
        let others = subject.package.submissions.iter();
        all.extend(others.map(|one| Contestant::of(&subject.package, one, examiner.languages(), false)));
        let note = "coderunner: the package gives no time limit: its own submissions are run first, to find it; --time-limit saves that";
        eprintln!("{note}");
    }
    problem::judge(examiner, subject, given, all).await
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
        anstream::println!("{}", show::json(&text));
    } else {
        anstream::print!("{}", print::text(subject, found, judged, contest, &args.how.lang));
    }
    Ok(match judged.graded.grading.verdict {
        Verdict::Accepted => ExitCode::SUCCESS,
        // Ours, or the problem's: nothing was found out about the submission.
        Verdict::JudgeError => ExitCode::from(cli::BAD_USAGE),
        _ => ExitCode::from(NOT_ACCEPTED),
    })
}
