//! Submissions judged side by side by one problem, by the time limit that they themselves lead to.

use std::{collections::VecDeque, time::Duration};

use futures_util::{StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use languages::Registry;
use model::{Submission, TestDetails, TestResult};
use package::{
    Expectation, Judgements, Package, SubmissionResult, TimeLimit, TimeRuleError, unmet_expectations,
};
use worker::{GradeError, Graded, TestSelection};

use super::{
    entry::{self, Entry, NotHere},
    examiner::Examiner,
    graded, limits, program,
    progress::Progress,
    schedule::{Entrant, Given, Order, Schedule, Step, Timed},
    subject::Subject,
};
use crate::show;

/// How long a test is measured at most, where the time limit must be found.
pub(crate) const MEASURED_UPTO: Duration = Duration::from_mins(1);

/// A submission, before it is judged.
pub(crate) struct Contestant {
    /// How people know it: its path.
    pub name: String,
    /// Its language, as far as that is known.
    pub language: String,
    /// Its files, if it can be run here.
    pub entry: Result<Entry, NotHere>,
    /// What must come of it.
    pub rules: Vec<Expectation>,
    /// Whether its result is asked for, not only its time.
    pub wanted: bool,
    /// Which tests it is run on.
    pub extent: TestSelection,
}

impl Contestant {
    /// Of a solution that the package brings.
    pub(crate) fn of(
        package: &Package,
        submission: &package::Submission,
        languages: &Registry,
        wanted: bool,
    ) -> Self {
        Self {
            name: submission.path.clone(),
            language: submission.language.clone().unwrap_or_else(|| "unknown".to_owned()),
            entry: program::of_submission(package, submission, languages),
            rules: submission.expectations.clone(),
            wanted,
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

/// What came of a submission.
pub(crate) struct Found {
    /// How people know it.
    pub name: String,
    /// Its language.
    pub language: String,
    /// What must come of it.
    pub rules: Vec<Expectation>,
    /// What did.
    pub came: Came,
}

/// What came of a submission.
pub(crate) enum Came {
    /// It was judged.
    Judged(Box<Judged>),
    /// It is in a language that this machine does not have; why.
    Unavailable(String),
    /// We failed; why.
    Failed(String),
}

/// A judged submission.
pub(crate) struct Judged {
    /// All that is known.
    pub graded: Graded,
    /// The same, as expectations look at it.
    pub result: SubmissionResult,
    /// What is not as expected, a sentence each.
    pub unmet: Vec<String>,
    /// What is as expected, but only just.
    pub remark: Option<String>,
}

/// What came of all.
pub(crate) struct Contest {
    /// Those that were asked for, in their order.
    pub found: Vec<Found>,
    /// The time limit that they were judged by.
    pub limit: TimeLimit,
    /// The slowest test of those that bound the limit from below.
    pub slowest: Duration,
    /// How many had to be too slow.
    pub slow: usize,
    /// How many were run for their time alone.
    pub only_measured: usize,
    /// What the format's rule has against the limit.
    pub objection: Option<TimeRuleError>,
    /// Whether somebody pressed Ctrl-C before all were judged.
    pub stopped: bool,
}

/// A piece of work that is not timed and keeps one processor busy: it is done where no submission needs that processor.
pub(crate) type Unit<'a> = LocalBoxFuture<'a, ()>;

/// Judges all submissions, and does the other work beside them; or as much as there is time for until somebody presses Ctrl-C. As many
/// submissions and other units run at once as there are processors. A submission that is due is begun before any other work.
pub(crate) async fn judge<'a>(
    examiner: &'a Examiner,
    subject: &'a Subject,
    given: Given,
    contestants: Vec<Contestant>,
    mut other_work: impl Iterator<Item = Unit<'a>>,
) -> Contest {
    let runs = &Runs { examiner, subject, contestants: &contestants, progress: Progress::of("tests") };
    let entrant = |one: &Contestant| {
        let entrant = Entrant::of(&one.rules, one.wanted);
        // A lesson has no second limit, and goes on after each test that was too slow: that would take long.
        Entrant { slow: entrant.slow && !subject.package.format.is_lesson(), ..entrant }
    };
    // Those that cannot be run here bound nothing and are not run.
    let nobody = Entrant { bounds: false, slow: false, wanted: false };
    let entrants = contestants.iter().map(|one| if one.entry.is_ok() { entrant(one) } else { nobody });
    let entrants: Vec<_> = entrants.collect();
    let slow = entrants.iter().filter(|entrant| entrant.slow && entrant.wanted).count();
    let mut schedule = Schedule::new(given, MEASURED_UPTO, entrants);
    let mut came: Vec<Option<(Timed, Came)>> = contestants.iter().map(|_| None).collect();
    let mut stopped = false;
    let mut ahead = runs.to_compile_ahead(&schedule).into_iter();
    let mut due = VecDeque::new();
    let mut running = FuturesUnordered::new();
    let mut runs_left = 0;
    let mut limit = None;
    let limit = loop {
        if runs_left == 0 && limit.is_none() {
            match schedule.step() {
                Step::Done(found) => limit = Some(found),
                Step::Run(_) if stopped => limit = Some(schedule.limit_so_far()),
                Step::Run(orders) => {
                    runs_left = orders.len();
                    due = runs.longest_first(orders, &schedule);
                }
            }
        }
        while running.len() < examiner.at_once() {
            let next: LocalBoxFuture<'_, Option<Ran>> = if let Some(order) = due.pop_front() {
                Box::pin(async move { Some((order, runs.one(order).await)) })
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
            (Some(Some((order, ran))), _) => {
                runs_left -= 1;
                let Some((timed, one)) = ran else {
                    stopped = true;
                    continue;
                };
                schedule.record(order.submission, timed.clone());
                // Of one that was run again the first run has the times, and the last the verdict.
                let first = came[order.submission].take().map_or(timed, |(first, _)| first);
                came[order.submission] = Some((first, one));
            }
            (Some(None), _) | (None, None) => {}
            (None, Some(limit)) => break limit,
        }
    };
    drop(running);
    let only_measured =
        contestants.iter().zip(&came).filter(|(one, came)| !one.wanted && came.is_some()).count();
    let found = contestants.into_iter().zip(came).filter(|(one, _)| one.wanted);
    Contest {
        found: found.map(|(one, came)| found_of(one, came, &limit)).collect(),
        limit,
        slowest: schedule.slowest(),
        slow,
        only_measured,
        objection: schedule.objection().filter(|_| !stopped),
        stopped,
    }
}

fn found_of(one: Contestant, came: Option<(Timed, Came)>, limit: &TimeLimit) -> Found {
    let came = match (one.entry, came) {
        (Ok(entry), Some((_, Came::Judged(judged)))) if !judged.unmet.is_empty() && entry.is_python_2() => {
            Came::Unavailable(
                "it asks for Python 2, and is not as expected in Python 3, which is here".to_owned(),
            )
        }
        (Ok(_), Some((timed, Came::Judged(mut judged)))) => {
            judged.remark = remark(&timed, limit).or_else(|| open_score(&one.rules, &judged.result));
            Came::Judged(judged)
        }
        (Ok(_), Some((_, came))) => came,
        (Ok(_), None) => Came::Failed("it was not judged before Ctrl-C".to_owned()),
        (Err(NotHere::Unavailable(reason)), _) => Came::Unavailable(reason),
        (Err(error @ NotHere::NoLanguage), _) => Came::Unavailable(error.to_string()),
        (Err(NotHere::Tree(error)), _) => Came::Failed(error.to_string()),
    };
    Found { name: one.name, language: one.language, rules: one.rules, came }
}

/// Of the first tests all that can be shown is kept, of the rest the sentence: there may be thousands, of many submissions.
fn thin_out(tests: &mut [TestResult]) {
    const KEPT: usize = 200;
    for test in tests.iter_mut().skip(KEPT) {
        let TestDetails { message, judge_message, .. } = std::mem::take(&mut test.details);
        test.details = TestDetails { message, judge_message, ..TestDetails::default() };
    }
}

/// One that must be too slow, and is, but by less than the margin.
fn remark(timed: &Timed, limit: &TimeLimit) -> Option<String> {
    let (limited, sure) = (show::seconds(limit.limit), show::seconds(limit.certain_limit));
    (timed.upto == limit.certain_limit && timed.is_between(limit)).then(|| {
        format!("a test took longer than the limit of {limited} and ended within {sure}: on a faster machine it may not be too slow")
    })
}

/// One that is accepted without all points, where the best score may be out of reach.
fn open_score(rules: &[Expectation], result: &SubmissionResult) -> Option<String> {
    let (score, most) = result.score.zip(result.max_score)?;
    let is_open = result.full_score.is_none() && score < most && rules.iter().any(Expectation::is_accepted);
    is_open.then(|| format!("it is accepted with {score} of {most} points: if it is not meant to have all, partially_accepted says so"))
}

/// A run and what came of it; nothing if it was stopped.
type Ran = (Order, Option<(Timed, Came)>);

/// What all runs have in common.
struct Runs<'a> {
    examiner: &'a Examiner,
    subject: &'a Subject,
    contestants: &'a [Contestant],
    progress: Progress,
}

impl Runs<'_> {
    /// Those that take longest first, so that nothing waits for one of them at the end.
    fn longest_first(&self, orders: Vec<Order>, schedule: &Schedule) -> VecDeque<Order> {
        self.progress.expect(orders.len() * self.subject.suite.tests().count());
        let mut orders = orders;
        orders.sort_by_key(|order| !schedule.is_slow(order.submission));
        orders.into()
    }

    /// Submissions that wait for the time limit, and can be compiled meanwhile; the slow ones first.
    fn to_compile_ahead(&self, schedule: &Schedule) -> Vec<usize> {
        let waits = |at: &usize| schedule.waits_for_limit(*at);
        let mut waiting: Vec<_> = (0..self.contestants.len()).filter(waits).collect();
        waiting.sort_by_key(|at| !schedule.is_slow(*at));
        waiting
    }

    /// Compiles a submission, which is found in the cache when it is judged. What goes wrong here goes wrong again then, and is told.
    async fn compile_ahead(&self, submission: usize) -> Option<Ran> {
        let contestant = &self.contestants[submission];
        if let Ok(submission) = self.submission(contestant, MEASURED_UPTO) {
            self.examiner.compile_ahead(self.subject, &submission).await;
        }
        None
    }

    /// The program with the limits that it is judged by. The inner error says why it cannot be run.
    fn submission(&self, contestant: &Contestant, upto: Duration) -> Result<Submission, String> {
        let Ok(entry) = &contestant.entry else { return Err("it cannot be run here".to_owned()) };
        let language = entry::find(Some(entry.language.as_str()), self.examiner.languages())
            .map_err(|error| error.to_string())?;
        let limits = limits::of_submission(&self.subject.package, language, upto, self.examiner.ceilings());
        Ok(entry.submission(limits))
    }

    async fn one(&self, order: Order) -> Option<(Timed, Came)> {
        let contestant = &self.contestants[order.submission];
        let nothing = |why: String| Some((Timed { upto: order.upto, ..Timed::default() }, Came::Failed(why)));
        let submission = match self.submission(contestant, order.upto) {
            Ok(submission) => submission,
            Err(why) => return nothing(why),
        };
        self.progress.say(&contestant.name);
        let how = (contestant.extent, &self.progress);
        match self.examiner.grade(self.subject, &submission, how).await {
            Ok(mut graded) => {
                thin_out(&mut graded.grading.tests);
                let result = graded::result(&graded.grading, &self.subject.suite);
                let timed = Timed::of(&contestant.rules, &result, order.upto);
                let unmet = unmet_expectations(&contestant.rules, &result);
                Some((timed, Came::Judged(Box::new(Judged { graded, result, unmet, remark: None }))))
            }
            Err(GradeError::Stopped) => None,
            Err(GradeError::OutOfTime) => nothing(format!(
                "it was given up after {}, all its tests together: --timeout gives it more time",
                show::seconds(self.examiner.timeout())
            )),
            Err(_) if self.examiner.is_stopped() => None,
            Err(error) => nothing(format!("{:#}", anyhow::Error::from(error))),
        }
    }
}
