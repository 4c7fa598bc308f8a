//! Judging of many submissions by one problem, with a time limit that is measured from them.

use std::{collections::VecDeque, time::Duration};

use futures_util::{StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use languages::Registry;
use model::{Submission, TestDetails, TestResult};
use package::{
    Expectation, Judgements, Package, SubmissionResult, TimeLimit, TimeRuleError, unmet_expectations,
};
use worker::{GradeError, GradeOutput, TestSelection};

use super::{
    limits,
    loaded_package::LoadedPackage,
    local_judge::LocalJudge,
    package_programs,
    progress::Progress,
    runnable_program::{self, NotRunnable, RunnableProgram},
    schedule::{LimitSource, RunRequest, RunTimes, Schedule, ScheduleStep, TimingRole},
    submission_result,
};
use crate::show;

/// CPU limit of a test while the time limit is not known.
pub(crate) const MEASURE_CPU_LIMIT: Duration = Duration::from_mins(1);

/// A submission to be judged.
pub(crate) struct Candidate {
    /// Its path, by which it is shown.
    pub name: String,
    /// Its language, as far as that is known.
    pub language: String,
    /// The program, or why it cannot be run here.
    pub runnable: Result<RunnableProgram, NotRunnable>,
    /// Expectations of its result.
    pub rules: Vec<Expectation>,
    /// Whether its result is reported; otherwise only its time is needed.
    pub requested: bool,
    /// Which tests it is run on.
    pub extent: TestSelection,
}

impl Candidate {
    /// A submission of the package.
    pub(crate) fn of(
        package: &Package,
        submission: &package::Submission,
        languages: &Registry,
        requested: bool,
    ) -> Self {
        Self {
            name: submission.path.clone(),
            language: submission.language.clone().unwrap_or_else(|| "unknown".to_owned()),
            runnable: package_programs::of_submission(package, submission, languages),
            rules: submission.expectations.clone(),
            requested,
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

/// A submission with its result.
pub(crate) struct SubmissionReport {
    /// Its path, by which it is shown.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Expectations of its result.
    pub rules: Vec<Expectation>,
    /// Its result.
    pub outcome: SubmissionOutcome,
}

/// Result of a submission.
pub(crate) enum SubmissionOutcome {
    /// It was judged.
    Judged(Box<JudgedSubmission>),
    /// It is in a language that this machine does not have; why.
    Unavailable(String),
    /// We failed; why.
    Failed(String),
}

/// A judged submission.
pub(crate) struct JudgedSubmission {
    /// All that is known.
    pub graded: GradeOutput,
    /// The same, as expectations look at it.
    pub result: SubmissionResult,
    /// Violated expectations, one sentence each.
    pub unmet: Vec<String>,
    /// A remark on a result that is only narrowly as expected.
    pub remark: Option<String>,
}

/// Results of all submissions.
pub(crate) struct JudgingResult {
    /// Those that were asked for, in their order.
    pub found: Vec<SubmissionReport>,
    /// The time limit that they were judged by.
    pub limit: TimeLimit,
    /// The slowest test of those that bound the limit from below.
    pub slowest: Duration,
    /// Number of submissions that must be too slow.
    pub slow: usize,
    /// Number of submissions that were run only to measure their time.
    pub only_measured: usize,
    /// Violation of the format's rule for the limit.
    pub objection: Option<TimeRuleError>,
    /// Whether somebody pressed Ctrl-C before all were judged.
    pub stopped: bool,
}

/// A piece of work that is not timed and keeps one processor busy: it is done where no submission needs that processor.
pub(crate) type BackgroundTask<'a> = LocalBoxFuture<'a, ()>;

/// Judges all submissions, and does the other work beside them; or as much as there is time for until somebody presses Ctrl-C. As many
/// submissions and other units run at once as there are processors. A submission that is due is begun before any other work.
pub(crate) async fn judge<'a>(
    local_judge: &'a LocalJudge,
    loaded: &'a LoadedPackage,
    limit_source: LimitSource,
    candidates: Vec<Candidate>,
    mut other_work: impl Iterator<Item = BackgroundTask<'a>>,
) -> JudgingResult {
    let runs = &Runs { local_judge, loaded, candidates: &candidates, progress: Progress::of("tests") };
    let role = |one: &Candidate| {
        let role = TimingRole::of(&one.rules, one.requested);
        // A lesson has no second limit, and goes on after each test that was too slow: that would take long.
        TimingRole { slow: role.slow && !loaded.package.format.is_lesson(), ..role }
    };
    // Those that cannot be run here bound nothing and are not run.
    let not_run = TimingRole { bounds: false, slow: false, requested: false };
    let roles = candidates.iter().map(|one| if one.runnable.is_ok() { role(one) } else { not_run });
    let roles: Vec<_> = roles.collect();
    let slow = roles.iter().filter(|role| role.slow && role.requested).count();
    let mut schedule = Schedule::new(limit_source, MEASURE_CPU_LIMIT, roles);
    let mut outcome: Vec<Option<(RunTimes, SubmissionOutcome)>> = candidates.iter().map(|_| None).collect();
    let mut stopped = false;
    let mut ahead = runs.to_compile_ahead(&schedule).into_iter();
    let mut due = VecDeque::new();
    let mut running = FuturesUnordered::new();
    let mut runs_left = 0;
    let mut limit = None;
    let limit = loop {
        if runs_left == 0 && limit.is_none() {
            match schedule.step() {
                ScheduleStep::Done(found) => limit = Some(found),
                ScheduleStep::Run(_) if stopped => limit = Some(schedule.limit_so_far()),
                ScheduleStep::Run(requests) => {
                    runs_left = requests.len();
                    due = runs.longest_first(requests, &schedule);
                }
            }
        }
        while running.len() < local_judge.concurrency() {
            let next: LocalBoxFuture<'_, Option<CompletedRun>> = if let Some(request) = due.pop_front() {
                Box::pin(async move { Some((request, runs.one(request).await)) })
            } else if let Some(submission) = ahead.next().filter(|_| !stopped) {
                Box::pin(runs.compile_ahead(submission))
            } else if let Some(unit) = other_work.next().filter(|_| !stopped) {
                Box::pin(async {
                    unit.await;
                    None
                })
            } else {
                break;
            };
            running.push(next);
        }
        match (running.next().await, limit) {
            (Some(Some((request, ran))), _) => {
                runs_left -= 1;
                let Some((times, one)) = ran else {
                    stopped = true;
                    continue;
                };
                schedule.record(request.submission, times.clone());
                // Of one that was run again the first run has the times, and the last the verdict.
                let first = outcome[request.submission].take().map_or(times, |(first, _)| first);
                outcome[request.submission] = Some((first, one));
            }
            (Some(None), _) | (None, None) => {}
            (None, Some(limit)) => break limit,
        }
    };
    drop(running);
    let only_measured =
        candidates.iter().zip(&outcome).filter(|(one, outcome)| !one.requested && outcome.is_some()).count();
    let found = candidates.into_iter().zip(outcome).filter(|(one, _)| one.requested);
    JudgingResult {
        found: found.map(|(one, outcome)| report_of(one, outcome, &limit)).collect(),
        limit,
        slowest: schedule.slowest(),
        slow,
        only_measured,
        objection: schedule.objection().filter(|_| !stopped),
        stopped,
    }
}

fn report_of(
    one: Candidate,
    outcome: Option<(RunTimes, SubmissionOutcome)>,
    limit: &TimeLimit,
) -> SubmissionReport {
    let outcome = match (one.runnable, outcome) {
        (Ok(runnable), Some((_, SubmissionOutcome::Judged(judged))))
            if !judged.unmet.is_empty() && runnable.is_python_2() =>
        {
            SubmissionOutcome::Unavailable(
                "it asks for Python 2, and is not as expected in Python 3, which is here".to_owned(),
            )
        }
        (Ok(_), Some((times, SubmissionOutcome::Judged(mut judged)))) => {
            judged.remark = remark(&times, limit).or_else(|| open_score(&one.rules, &judged.result));
            SubmissionOutcome::Judged(judged)
        }
        (Ok(_), Some((_, outcome))) => outcome,
        (Ok(_), None) => SubmissionOutcome::Failed("it was not judged before Ctrl-C".to_owned()),
        (Err(NotRunnable::Unavailable(reason)), _) => SubmissionOutcome::Unavailable(reason),
        (Err(error @ NotRunnable::NoLanguage), _) => SubmissionOutcome::Unavailable(error.to_string()),
        (Err(NotRunnable::Tree(error)), _) => SubmissionOutcome::Failed(error.to_string()),
    };
    SubmissionReport { name: one.name, language: one.language, rules: one.rules, outcome }
}

/// Of the first tests all that can be shown is kept, of the rest the sentence: there may be thousands, of many submissions.
fn trim_details(tests: &mut [TestResult]) {
    const KEPT: usize = 200;
    for test in tests.iter_mut().skip(KEPT) {
        let TestDetails { message, judge_message, .. } = std::mem::take(&mut test.details);
        test.details = TestDetails { message, judge_message, ..TestDetails::default() };
    }
}

/// One that must be too slow, and is, but by less than the margin.
fn remark(times: &RunTimes, limit: &TimeLimit) -> Option<String> {
    let (limited, sure) = (show::seconds(limit.limit), show::seconds(limit.certain_limit));
    (times.cpu_limit == limit.certain_limit && times.is_between(limit)).then(|| {
        format!("a test took longer than the limit of {limited} and ended within {sure}: on a faster machine it may not be too slow")
    })
}

/// One that is accepted without all points, where the best score may be out of reach.
fn open_score(rules: &[Expectation], result: &SubmissionResult) -> Option<String> {
    let (score, most) = result.score.zip(result.max_score)?;
    let is_open = result.full_score.is_none() && score < most && rules.iter().any(Expectation::is_accepted);
    is_open.then(|| format!("it is accepted with {score} of {most} points: if it is not meant to have all, partially_accepted says so"))
}

/// A run with its result; none if it was stopped.
type CompletedRun = (RunRequest, Option<(RunTimes, SubmissionOutcome)>);

/// Context of all runs.
struct Runs<'a> {
    local_judge: &'a LocalJudge,
    loaded: &'a LoadedPackage,
    candidates: &'a [Candidate],
    progress: Progress,
}

impl Runs<'_> {
    /// Those that take longest first, so that nothing waits for one of them at the end.
    fn longest_first(&self, requests: Vec<RunRequest>, schedule: &Schedule) -> VecDeque<RunRequest> {
        self.progress.expect(requests.len() * self.loaded.suite.tests().count());
        let mut requests = requests;
        requests.sort_by_key(|request| !schedule.is_slow(request.submission));
        requests.into()
    }

    /// Submissions that wait for the time limit, and can be compiled meanwhile; the slow ones first.
    fn to_compile_ahead(&self, schedule: &Schedule) -> Vec<usize> {
        let waits = |at: &usize| schedule.waits_for_limit(*at);
        let mut waiting: Vec<_> = (0..self.candidates.len()).filter(waits).collect();
        waiting.sort_by_key(|at| !schedule.is_slow(*at));
        waiting
    }

    /// Compiles a submission, which is found in the cache when it is judged. What goes wrong here goes wrong again then, and is told.
    async fn compile_ahead(&self, submission: usize) -> Option<CompletedRun> {
        let candidate = &self.candidates[submission];
        if let Ok(submission) = self.submission(candidate, MEASURE_CPU_LIMIT) {
            self.local_judge.compile_ahead(self.loaded, &submission).await;
        }
        None
    }

    /// The program with the limits that it is judged by. The inner error says why it cannot be run.
    fn submission(&self, candidate: &Candidate, cpu_limit: Duration) -> Result<Submission, String> {
        let Ok(runnable) = &candidate.runnable else { return Err("it cannot be run here".to_owned()) };
        let language = runnable_program::find(Some(runnable.language.as_str()), self.local_judge.languages())
            .map_err(|error| error.to_string())?;
        let limits =
            limits::of_submission(&self.loaded.package, language, cpu_limit, self.local_judge.ceilings());
        Ok(runnable.submission(limits))
    }

    async fn one(&self, request: RunRequest) -> Option<(RunTimes, SubmissionOutcome)> {
        let candidate = &self.candidates[request.submission];
        let nothing = |why: String| {
            Some((
                RunTimes { cpu_limit: request.cpu_limit, ..RunTimes::default() },
                SubmissionOutcome::Failed(why),
            ))
        };
        let submission = match self.submission(candidate, request.cpu_limit) {
            Ok(submission) => submission,
            Err(why) => return nothing(why),
        };
        self.progress.say(&candidate.name);
        let how = (candidate.extent, &self.progress);
        match self.local_judge.grade(self.loaded, &submission, how).await {
            Ok(mut graded) => {
                trim_details(&mut graded.grading.tests);
                let result = submission_result::result(&graded.grading, &self.loaded.suite);
                let times = RunTimes::of(&candidate.rules, &result, request.cpu_limit);
                let unmet = unmet_expectations(&candidate.rules, &result);
                Some((
                    times,
                    SubmissionOutcome::Judged(Box::new(JudgedSubmission {
                        graded,
                        result,
                        unmet,
                        remark: None,
                    })),
                ))
            }
            Err(GradeError::Stopped) => None,
            Err(GradeError::OutOfTime) => nothing(format!(
                "it was given up after {}, all its tests together: --timeout gives it more time",
                show::seconds(self.local_judge.timeout())
            )),
            Err(_) if self.local_judge.is_stopped() => None,
            Err(error) => nothing(format!("{:#}", anyhow::Error::from(error))),
        }
    }
}
