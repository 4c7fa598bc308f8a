//! Judging of many submissions by one problem, with a time limit that is measured from them.
//!
//! A [`Schedule`] says which runs are due. They are begun before any other work, so that nothing that is not timed delays them.

use std::{collections::VecDeque, vec};

use futures_util::{StreamExt as _, future::LocalBoxFuture, stream::FuturesUnordered};
use package::{
    TimeLimit,
    schedule::{LimitSource, RunPurpose, RunRequest, RunTimes, Schedule, ScheduleStep, TimingRole},
};

use crate::{
    candidate::Candidate,
    candidate_runs::{CandidateRuns, CompletedRun, MEASURE_CPU_LIMIT},
    judging_result::{JudgingResult, SubmissionOutcome},
    loaded_package::LoadedPackage,
    local_judge::LocalJudge,
    submission_report::submission_report,
};

/// A piece of work that is not timed and keeps one processor busy: it is done where no submission needs that processor.
pub type BackgroundTask<'a> = LocalBoxFuture<'a, ()>;

/// Judges all submissions, and does the other work beside them; or as much as there is time for until the user interrupts. As many
/// submissions and other units run at once as there are processors. A submission that is due is begun before any other work.
pub async fn judge_candidates<'a>(
    local_judge: &'a LocalJudge,
    loaded: &'a LoadedPackage,
    limit_source: LimitSource,
    candidates: Vec<Candidate>,
    other_work: impl Iterator<Item = BackgroundTask<'a>>,
) -> JudgingResult {
    let roles: Vec<_> = candidates.iter().map(|one| timing_role(one, loaded)).collect();
    let slow = roles.iter().filter(|role| role.slow && role.is_reported()).count();
    let schedule = Schedule::new(limit_source, MEASURE_CPU_LIMIT, roles);
    let progress = local_judge.progress("tests");
    let runs = CandidateRuns { local_judge, loaded, candidates: &candidates, progress };
    let mut judging = Judging::new(&runs, schedule, other_work);
    let limit = judging.run().await;
    let Judging { schedule, outcomes, stopped, .. } = judging;
    let only_measured = candidates
        .iter()
        .zip(&outcomes)
        .filter(|(one, outcome)| one.purpose == RunPurpose::TimeOnly && outcome.is_some())
        .count();
    let requested = candidates.into_iter().zip(outcomes).filter(|(one, _)| one.purpose == RunPurpose::Report);
    JudgingResult {
        submissions: requested.map(|(one, outcome)| submission_report(one, outcome, &limit)).collect(),
        limit,
        slowest: schedule.slowest(),
        slow,
        only_measured,
        margin_violation: schedule.margin_violation().filter(|_| !stopped),
        stopped,
    }
}

fn timing_role(candidate: &Candidate, loaded: &LoadedPackage) -> TimingRole {
    if candidate.runnable.is_err() {
        // It bounds nothing and is not run.
        return TimingRole { bounds: false, slow: false, purpose: RunPurpose::TimeOnly };
    }
    let role = TimingRole::of(&candidate.rules, candidate.purpose);
    // A lesson has no second limit, and goes on after each test that was too slow: that would take long.
    TimingRole { slow: role.slow && !loaded.package.format.is_lesson(), ..role }
}

/// A unit of work that keeps one processor busy; with its result if it is a run.
type Unit<'r> = LocalBoxFuture<'r, Option<CompletedRun>>;

/// State of judging.
struct Judging<'r, W> {
    runs: &'r CandidateRuns<'r>,
    schedule: Schedule,
    /// Of each candidate the times of its first run and the outcome of its last.
    outcomes: Vec<Option<(RunTimes, SubmissionOutcome)>>,
    /// Runs of the schedule's last step that are not begun.
    due: VecDeque<RunRequest>,
    /// Number of runs of that step that are not completed.
    incomplete: usize,
    /// Candidates that are compiled while they wait for the time limit.
    ahead: vec::IntoIter<usize>,
    other_work: W,
    /// Set when the schedule has no further step.
    limit: Option<TimeLimit>,
    stopped: bool,
}

impl<'r, 'a: 'r, W: Iterator<Item = BackgroundTask<'a>>> Judging<'r, W> {
    fn new(runs: &'r CandidateRuns<'r>, schedule: Schedule, other_work: W) -> Self {
        let waits = |at: &usize| schedule.waits_for_limit(*at);
        let mut ahead: Vec<_> = (0..runs.candidates.len()).filter(waits).collect();
        ahead.sort_by_key(|at| !schedule.is_slow(*at));
        Self {
            runs,
            schedule,
            outcomes: runs.candidates.iter().map(|_| None).collect(),
            due: VecDeque::new(),
            incomplete: 0,
            ahead: ahead.into_iter(),
            other_work,
            limit: None,
            stopped: false,
        }
    }

    /// Does all that is to be done, and returns the time limit that was found.
    async fn run(&mut self) -> TimeLimit {
        let mut running = FuturesUnordered::new();
        loop {
            self.take_step();
            while running.len() < self.runs.local_judge.concurrency()
                && let Some(unit) = self.next_unit()
            {
                running.push(unit);
            }
            match (running.next().await, self.limit) {
                (Some(Some(completed)), _) => self.record(completed),
                (Some(None), _) | (None, None) => {}
                (None, Some(limit)) => return limit,
            }
        }
    }

    /// Takes the next step of the schedule, once the last one is complete.
    fn take_step(&mut self) {
        if self.incomplete > 0 || self.limit.is_some() {
            return;
        }
        match self.schedule.step() {
            ScheduleStep::Done(limit) => self.limit = Some(limit),
            ScheduleStep::Run(_) if self.stopped => self.limit = Some(self.schedule.limit_so_far()),
            ScheduleStep::Run(mut requests) => {
                self.incomplete = requests.len();
                self.runs.progress.expect(requests.len() * self.runs.loaded.suite.tests().count());
                // Those that take longest first, so that nothing waits for one of them at the end.
                requests.sort_by_key(|request| !self.schedule.is_slow(request.submission));
                self.due = requests.into();
            }
        }
    }

    /// The next unit of work: a run that is due, or else one that is not timed.
    fn next_unit(&mut self) -> Option<Unit<'r>> {
        let runs = self.runs;
        if let Some(request) = self.due.pop_front() {
            return Some(Box::pin(async move { Some(runs.run(request).await) }));
        }
        if self.stopped {
            return None;
        }
        let untimed: BackgroundTask<'r> = match self.ahead.next() {
            Some(candidate) => Box::pin(runs.compile_ahead(candidate)),
            None => self.other_work.next()?,
        };
        Some(Box::pin(async move {
            untimed.await;
            None
        }))
    }

    fn record(&mut self, (request, run): CompletedRun) {
        self.incomplete -= 1;
        let Some((times, outcome)) = run else {
            self.stopped = true;
            return;
        };
        self.schedule.record(request.submission, times.clone());
        let first = self.outcomes[request.submission].take().map_or(times, |(first, _)| first);
        self.outcomes[request.submission] = Some((first, outcome));
    }
}
