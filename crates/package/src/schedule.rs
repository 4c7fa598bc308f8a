//! Schedule of timed runs: finds the time limit by the rule of the format, and then applies it. Pure.
//!
//! Where no limit is given, those that bound it from below are run first, up to a generous cap. Then everything is judged by
//! the limit; what must be too slow is run up to [`TimeLimit::certain_limit`], to be sure that it is. A run with more time tells
//! what would have come of one with less, unless a test ended between the two; only then is the submission run again.

use std::time::Duration;

use crate::{
    Expectation, Judgement, SubmissionResult, SubmissionTimes, TimeLimit, TimeRule, TimeRuleError, TimeUse,
};

/// Purpose of running a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunPurpose {
    /// Its result is reported, and its time used.
    Report,
    /// Only its time is used, to find the limit.
    TimeOnly,
}

/// Role of a submission in finding the time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimingRole {
    /// A lower bound: the limit must be long enough for it.
    pub bounds: bool,
    /// It must be too slow.
    pub slow: bool,
    /// What its run is for.
    pub purpose: RunPurpose,
}

impl TimingRole {
    /// As its expectations have it.
    pub fn of(rules: &[Expectation], purpose: RunPurpose) -> Self {
        let only =
            |set: Option<&crate::Judgements>| set.is_some_and(|set| set.0.iter().eq(&[Judgement::TLE]));
        let is_slow = |rule: &Expectation| {
            rule.time == TimeUse::Upper || only(Some(&rule.required)) || only(rule.overall.as_ref())
        };
        Self {
            bounds: rules.iter().any(|rule| rule.time == TimeUse::Lower),
            slow: rules.iter().any(is_slow),
            purpose,
        }
    }

    /// Whether its result is reported.
    pub fn is_reported(&self) -> bool {
        self.purpose == RunPurpose::Report
    }
}

/// One run of a submission over the tests, as far as time goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunTimes {
    /// The limit that it was run with.
    pub cpu_limit: Duration,
    /// CPU time of each test.
    pub tests: Vec<Duration>,
    /// The slowest test of the submissions that must be fast enough: the limit is above it.
    pub lower: Option<Duration>,
    /// The slowest test of the submissions that must be too slow in some test: the limit is below it.
    pub upper: Option<Duration>,
}

impl RunTimes {
    /// The times of a submission's result by these rules. A test that was stopped counts with the time at which it was stopped.
    pub fn of(rules: &[Expectation], result: &SubmissionResult, cpu_limit: Duration) -> Self {
        let slowest = |time: TimeUse| {
            let about = rules.iter().filter(move |rule| rule.time == time);
            let cases = about.flat_map(|rule| result.cases.iter().filter(|case| rule.applies_to(&case.name)));
            // A submission that exceeds the limit is an error of its own, and must not raise the limit.
            let counted = cases.filter(|case| time == TimeUse::Upper || case.judgement != Judgement::TLE);
            counted.map(|case| took(case, cpu_limit)).max()
        };
        let (lower, upper) = (slowest(TimeUse::Lower), slowest(TimeUse::Upper));
        Self {
            cpu_limit,
            tests: result.cases.iter().map(|case| took(case, cpu_limit)).collect(),
            lower,
            upper,
        }
    }

    /// Whether the same would have come of a run with this limit.
    fn holds_for(&self, limit: Duration) -> bool {
        !self.tests.iter().any(|time| *time > limit && *time < self.cpu_limit)
    }

    /// Whether a test took longer than the limit and yet came to an end.
    pub fn is_between(&self, limit: &TimeLimit) -> bool {
        self.tests.iter().any(|time| *time > limit.limit && *time < self.cpu_limit)
    }
}

fn took(case: &crate::CaseResult, cpu_limit: Duration) -> Duration {
    if case.judgement == Judgement::TLE { case.time.max(cpu_limit) } else { case.time }
}

/// A run to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunRequest {
    /// Which submission, by its place.
    pub submission: usize,
    /// The CPU time that each test gets.
    pub cpu_limit: Duration,
}

/// Next step of a schedule.
#[derive(Debug, Clone, PartialEq)]
pub enum ScheduleStep {
    /// These runs, in any order or at once.
    Run(Vec<RunRequest>),
    /// Nothing: the last run of each submission is its result, by this limit.
    Done(TimeLimit),
}

/// Origin of the time limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LimitSource {
    /// The package does, or its submissions do.
    ByPackage(TimeRule),
    /// An option on the command line, without margins.
    ByOption(TimeRule),
}

impl LimitSource {
    /// By the package's rule, unless somebody says otherwise.
    pub fn new(rule: TimeRule, by_option: Option<Duration>) -> Self {
        match by_option {
            Some(limit) => Self::ByOption(TimeRule { fixed: Some(limit), ..rule }),
            None => Self::ByPackage(rule),
        }
    }
}

/// The way from submissions to a time limit and results.
#[derive(Debug)]
pub struct Schedule {
    limit_source: LimitSource,
    /// CPU limit of a measured test.
    cap: Duration,
    roles: Vec<TimingRole>,
    runs: Vec<Vec<RunTimes>>,
}

impl Schedule {
    /// The start, with nothing run.
    pub fn new(limit_source: LimitSource, cap: Duration, roles: Vec<TimingRole>) -> Self {
        let runs = vec![Vec::new(); roles.len()];
        Self { limit_source, cap, roles, runs }
    }

    /// Notes a run. A submission that could not be judged is noted as one without tests, and is not tried again.
    pub fn record(&mut self, submission: usize, times: RunTimes) {
        if let Some(runs) = self.runs.get_mut(submission) {
            runs.push(times);
        }
    }

    /// The limit as far as it is known.
    pub fn limit_so_far(&self) -> TimeLimit {
        self.limit().unwrap_or(TimeLimit { limit: self.cap, certain_limit: self.cap })
    }

    /// Next step, from the recorded runs.
    pub fn step(&self) -> ScheduleStep {
        let Some(limit) = self.limit() else { return ScheduleStep::Run(self.to_measure()) };
        let due: Vec<_> = (0..self.roles.len()).filter_map(|at| self.due(at, &limit)).collect();
        if due.is_empty() { ScheduleStep::Done(limit) } else { ScheduleStep::Run(due) }
    }

    /// Whether a submission must be too slow.
    pub fn is_slow(&self, submission: usize) -> bool {
        self.roles.get(submission).is_some_and(|role| role.slow)
    }

    /// Whether a submission is to be run once the time limit has been found by running others.
    pub fn waits_for_limit(&self, submission: usize) -> bool {
        let waits = self.roles.get(submission).is_some_and(|role| role.is_reported() && !role.bounds);
        waits && self.must_measure()
    }

    /// Whether the limit must be found by running submissions.
    pub fn must_measure(&self) -> bool {
        self.rule().fixed.is_none()
    }

    /// Violation of the rule after all runs: the margins of 2025-09.
    pub fn margin_violation(&self) -> Option<TimeRuleError> {
        let fastest_too_slow = self.roles.iter().zip(&self.runs).filter(|(role, _)| role.slow);
        let fastest_too_slow = fastest_too_slow.filter_map(|(_, runs)| runs.first()?.upper).min();
        let measured = SubmissionTimes { slowest: self.slowest(), fastest_too_slow };
        match self.limit_source {
            LimitSource::ByPackage(rule) => rule.limit(&measured).err(),
            LimitSource::ByOption(_) => None,
        }
    }

    /// The slowest test of those that bound the limit from below.
    pub fn slowest(&self) -> Duration {
        self.runs.iter().filter_map(|runs| runs.first()?.lower).max().unwrap_or_default()
    }

    const fn rule(&self) -> TimeRule {
        match self.limit_source {
            LimitSource::ByPackage(rule) | LimitSource::ByOption(rule) => rule,
        }
    }

    /// The limit; none while submissions must be measured for it.
    fn limit(&self) -> Option<TimeLimit> {
        let is_measured =
            self.roles.iter().zip(&self.runs).all(|(role, runs)| !role.bounds || !runs.is_empty());
        if self.must_measure() && !is_measured {
            return None;
        }
        let slowest = if self.must_measure() { self.slowest() } else { Duration::ZERO };
        let found = self.rule().limit(&SubmissionTimes { slowest, fastest_too_slow: None });
        // Without a lower bound to fall below and an upper one to exceed, every rule has a limit.
        Some(found.unwrap_or(TimeLimit { limit: self.cap, certain_limit: self.cap }))
    }

    fn to_measure(&self) -> Vec<RunRequest> {
        let open = |at: &usize| self.roles[*at].bounds && self.runs[*at].is_empty();
        let request = |submission| RunRequest { submission, cpu_limit: self.cap };
        (0..self.roles.len()).filter(open).map(request).collect()
    }

    fn due(&self, submission: usize, limit: &TimeLimit) -> Option<RunRequest> {
        let role = self.roles.get(submission).filter(|role| role.is_reported())?;
        match self.runs[submission].last() {
            None if role.slow => Some(RunRequest { submission, cpu_limit: limit.certain_limit }),
            Some(last) if last.holds_for(limit.limit) => None,
            None | Some(_) => Some(RunRequest { submission, cpu_limit: limit.limit }),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{CaseResult, Margins};

    use super::*;

    const CAP: Duration = Duration::from_mins(1);

    const ACCEPTED: TimingRole = TimingRole { bounds: true, slow: false, purpose: RunPurpose::Report };
    const WRONG: TimingRole = TimingRole { bounds: false, slow: false, purpose: RunPurpose::Report };
    const SLOW: TimingRole = TimingRole { bounds: false, slow: true, purpose: RunPurpose::Report };
    const NOT_REQUESTED: TimingRole = TimingRole { bounds: true, slow: false, purpose: RunPurpose::TimeOnly };

    const LEGACY: TimeRule = TimeRule { fixed: None, margins: Margins::LEGACY };
    const V2025: TimeRule = TimeRule { fixed: None, margins: Margins::V2025 };

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn fixed(rule: TimeRule, limit: u64) -> TimeRule {
        TimeRule { fixed: Some(ms(limit)), ..rule }
    }

    /// Which submission was run, and with how many milliseconds.
    type Made = (usize, u64);

    /// Goes the whole way with submissions whose only test takes this long. Returns the runs made, and the way's end.
    fn go(
        limit_source: LimitSource,
        roles: &[(TimingRole, u64)],
    ) -> (Vec<Made>, TimeLimit, Option<TimeRuleError>) {
        let mut schedule = Schedule::new(limit_source, CAP, roles.iter().map(|(role, _)| *role).collect());
        let mut runs_made = Vec::new();
        loop {
            let requests = match schedule.step() {
                ScheduleStep::Done(limit) => return (runs_made, limit, schedule.margin_violation()),
                ScheduleStep::Run(requests) => requests,
            };
            for RunRequest { submission, cpu_limit } in requests {
                runs_made.push((submission, u64::try_from(cpu_limit.as_millis()).expect("short")));
                let (role, takes) = roles[submission];
                let took = ms(takes).min(cpu_limit);
                let lower = Some(took).filter(|_| role.bounds && took < cpu_limit);
                let upper = Some(took).filter(|_| role.slow);
                schedule.record(submission, RunTimes { cpu_limit, tests: vec![took], lower, upper });
                assert!(runs_made.len() < 20, "it does not end: {runs_made:?}");
            }
        }
    }

    fn check(limit_source: LimitSource, roles: &[(TimingRole, u64)], runs: &[(usize, u64)], limit: u64) {
        let (runs_made, found, margin_violation) = go(limit_source, roles);
        assert_eq!((runs_made.as_slice(), found.limit), (runs, ms(limit)), "{roles:?}");
        assert_eq!(margin_violation, None);
    }

    #[test]
    fn accepted_ones_are_measured_first_and_run_once() {
        let roles = [(WRONG, 10), (ACCEPTED, 300), (SLOW, 99_000), (ACCEPTED, 20)];
        let runs = [(1, 60_000), (3, 60_000), (0, 2000), (2, 4000)];
        check(LimitSource::ByPackage(LEGACY), &roles, &runs, 2000);
    }

    #[test]
    fn a_limit_that_is_given_is_not_measured() {
        let roles = [(ACCEPTED, 300), (SLOW, 99_000)];
        check(LimitSource::ByPackage(fixed(LEGACY, 2000)), &roles, &[(0, 2000), (1, 4000)], 2000);
        check(LimitSource::ByOption(fixed(V2025, 400)), &roles, &[(0, 400), (1, 600)], 400);
    }

    #[test]
    fn what_ended_between_the_limit_and_what_it_was_given_is_run_again() {
        check(
            LimitSource::ByPackage(LEGACY),
            &[(ACCEPTED, 10), (SLOW, 1500)],
            &[(0, 60_000), (1, 2000), (1, 1000)],
            1000,
        );
    }

    #[test]
    fn those_that_only_bound_the_limit_are_not_run_by_it() {
        check(
            LimitSource::ByPackage(LEGACY),
            &[(NOT_REQUESTED, 500), (WRONG, 1)],
            &[(0, 60_000), (1, 3000)],
            3000,
        );
        check(
            LimitSource::ByPackage(fixed(LEGACY, 1000)),
            &[(NOT_REQUESTED, 500), (WRONG, 1)],
            &[(1, 1000)],
            1000,
        );
    }

    #[test]
    fn an_endless_accepted_one_does_not_make_the_limit_endless() {
        check(
            LimitSource::ByPackage(LEGACY),
            &[(ACCEPTED, 99_000), (WRONG, 1)],
            &[(0, 60_000), (1, 1000)],
            1000,
        );
    }

    #[test]
    fn margins_that_are_not_kept_are_told() {
        let margin_violation = |limit_source, roles: &[_]| go(limit_source, roles).2;
        let narrow = [(ACCEPTED, 100), (SLOW, 1400)];
        assert!(matches!(
            margin_violation(LimitSource::ByPackage(V2025), &narrow),
            Some(TimeRuleError::NoneBetween { .. })
        ));
        assert_eq!(margin_violation(LimitSource::ByPackage(V2025), &[(ACCEPTED, 100), (SLOW, 1500)]), None);
        let near = [(ACCEPTED, 700)];
        let limit_source = LimitSource::ByPackage(fixed(V2025, 1000));
        assert!(matches!(margin_violation(limit_source, &near), Some(TimeRuleError::TooShort { .. })));
        assert_eq!(
            margin_violation(LimitSource::ByOption(fixed(V2025, 1000)), &near),
            None,
            "a limit by hand is taken as it is"
        );
    }

    #[test]
    fn nothing_to_run_is_done() {
        check(LimitSource::ByPackage(LEGACY), &[], &[], 1000);
    }

    #[test]
    fn times_are_those_of_the_tests_that_a_rule_is_about() {
        let case = |name: &str, judgement, took| CaseResult {
            name: name.to_owned(),
            judgement,
            time: ms(took),
            message: String::new(),
        };
        let result = SubmissionResult {
            cases: vec![
                case("sample/1", Judgement::AC, 10),
                case("secret/1", Judgement::AC, 20),
                case("secret/2", Judgement::TLE, 3),
            ],
            overall: Judgement::TLE,
            score: None,
            max_score: None,
            full_score: None,
            group_scores: Vec::new(),
        };
        let rule = |time, cases: &str| Expectation {
            because: String::new(),
            cases: Some(cases.to_owned()),
            permitted: crate::Judgements::any(),
            required: crate::Judgements::any(),
            overall: None,
            partial: false,
            score: None,
            message: None,
            time,
        };
        let rules = [rule(TimeUse::Lower, "sample"), rule(TimeUse::Upper, "secret")];
        let times = RunTimes::of(&rules, &result, ms(1000));
        assert_eq!(times.lower, Some(ms(10)));
        assert_eq!(times.upper, Some(ms(1000)), "it was stopped, however little it computed");
        assert_eq!(RunTimes::of(&rules[1..], &result, ms(1000)).lower, None);
    }
}
