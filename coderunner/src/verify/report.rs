//! Report of a verification, and its exit status.

use package::{Format, TimeRule, Warning};

use super::inputs::Inputs;
use crate::problem::{JudgingResult, SubmissionOutcome, SubmissionReport};

/// One package.
pub(super) struct Report {
    /// As it was named on the command line.
    pub path: String,
    /// Its verification, or why it cannot be verified.
    pub outcome: Result<Verified, String>,
}

/// A package whose submissions were judged.
pub(super) struct Verified {
    /// The problem's name.
    pub name: String,
    /// Its format.
    pub format: Format,
    /// Number of tests.
    pub tests: usize,
    /// Warnings.
    pub warnings: Vec<Warning>,
    /// Whether warnings make it not as expected.
    pub warnings_count: bool,
    /// Problems of the package as a whole, one sentence each.
    pub flaws: Vec<String>,
    /// Whether somebody pressed Ctrl-C before all was done.
    pub stopped: bool,
    /// Notes on what was done differently than one may expect.
    pub notes: Vec<String>,
    /// Rule for its time limit.
    pub rule: TimeRule,
    /// Origin of the limit.
    pub limit_origin: LimitOrigin,
    /// Results of its submissions.
    pub results: JudgingResult,
    /// Results of its inputs; none if they were not checked.
    pub inputs: Option<Inputs>,
}

/// Origin of the time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LimitOrigin {
    /// `--time-limit`.
    Option,
    /// The package.
    Package,
    /// Its submissions, by the format's rule.
    Measured,
}

/// Status of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// As expected.
    Ok,
    /// Not as expected.
    Unexpected,
    /// Not run: this machine does not have its language.
    Unavailable,
    /// Not judged, through no fault of its own.
    Failed,
}

impl Status {
    pub(super) fn of(found: &SubmissionReport) -> Self {
        match &found.outcome {
            SubmissionOutcome::Judged(judged) if judged.unmet.is_empty() => Self::Ok,
            SubmissionOutcome::Judged(_) => Self::Unexpected,
            SubmissionOutcome::Unavailable(_) => Self::Unavailable,
            SubmissionOutcome::Failed(_) => Self::Failed,
        }
    }
}

/// Number of submissions by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct StatusCounts {
    pub ok: usize,
    pub unexpected: usize,
    pub unavailable: usize,
    pub failed: usize,
}

impl StatusCounts {
    pub(super) fn of(found: &[SubmissionReport]) -> Self {
        let count = |status| found.iter().filter(|one| Status::of(one) == status).count();
        Self {
            ok: count(Status::Ok),
            unexpected: count(Status::Unexpected),
            unavailable: count(Status::Unavailable),
            failed: count(Status::Failed),
        }
    }

    pub(super) const fn total(&self) -> usize {
        self.ok + self.unexpected + self.unavailable + self.failed
    }
}

/// Exit status of a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ExitStatus {
    /// Everything is as expected.
    Ok,
    /// Something is not.
    Unexpected,
    /// It could not be found out.
    Unknown,
}

/// Policy for submissions that cannot be run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unavailable {
    /// The package is not verified.
    Counts,
    /// It is, as far as it could be.
    Skipped,
}

impl Report {
    /// Whether somebody pressed Ctrl-C before all was done.
    pub(super) fn is_stopped(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|verified| verified.stopped)
    }

    pub(super) fn exit_status(&self, unavailable: Unavailable) -> ExitStatus {
        self.outcome.as_ref().map_or(ExitStatus::Unknown, |verified| verified.exit_status(unavailable))
    }
}

impl Verified {
    fn exit_status(&self, unavailable: Unavailable) -> ExitStatus {
        let tally = StatusCounts::of(&self.results.found);
        let is_missed = tally.unavailable > 0 && unavailable == Unavailable::Counts;
        let is_invalid = self.inputs.as_ref().is_some_and(Inputs::are_not_valid);
        let is_unchecked = self.inputs.as_ref().is_some_and(|inputs| !inputs.out_of_time.is_empty());
        let is_flawed = !self.flaws.is_empty() || (self.warnings_count && !self.warnings.is_empty());
        if tally.failed > 0 || is_missed || is_unchecked || tally.total() == 0 || self.stopped {
            ExitStatus::Unknown
        } else if tally.unexpected > 0 || is_invalid || is_flawed || self.results.objection.is_some() {
            ExitStatus::Unexpected
        } else {
            ExitStatus::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use package::{Margins, TimeLimit};

    use super::*;
    use crate::verify::inputs::Rejected;

    fn verified(outcome: Vec<SubmissionOutcome>) -> Verified {
        let found = outcome.into_iter().map(|outcome| SubmissionReport {
            name: String::new(),
            language: String::new(),
            rules: Vec::new(),
            outcome,
        });
        Verified {
            name: String::new(),
            format: Format::Legacy,
            tests: 1,
            warnings: Vec::new(),
            warnings_count: false,
            flaws: Vec::new(),
            stopped: false,
            notes: Vec::new(),
            rule: TimeRule { fixed: None, margins: Margins::LEGACY },
            limit_origin: LimitOrigin::Measured,
            results: JudgingResult {
                found: found.collect(),
                limit: TimeLimit { limit: Duration::ZERO, certain_limit: Duration::ZERO },
                slowest: Duration::ZERO,
                slow: 0,
                only_measured: 0,
                objection: None,
                stopped: false,
            },
            inputs: None,
        }
    }

    fn unavailable() -> SubmissionOutcome {
        SubmissionOutcome::Unavailable("not here".to_owned())
    }

    #[test]
    fn what_could_not_be_run_is_never_ok() {
        let report = verified(vec![unavailable()]);
        assert_eq!(report.exit_status(Unavailable::Counts), ExitStatus::Unknown);
        assert_eq!(report.exit_status(Unavailable::Skipped), ExitStatus::Ok);
        assert_eq!(
            StatusCounts::of(&report.results.found),
            StatusCounts { unavailable: 1, ..StatusCounts::default() }
        );
        assert_eq!(
            verified(vec![SubmissionOutcome::Failed(String::new())]).exit_status(Unavailable::Skipped),
            ExitStatus::Unknown
        );
        assert_eq!(
            verified(Vec::new()).exit_status(Unavailable::Skipped),
            ExitStatus::Unknown,
            "nothing shows anything"
        );
    }

    #[test]
    fn a_flaw_of_the_package_is_not_as_expected_and_a_warning_where_that_is_asked_for() {
        let flawed = Verified { flaws: vec!["none".to_owned()], ..verified(vec![unavailable()]) };
        assert_eq!(flawed.exit_status(Unavailable::Skipped), ExitStatus::Unexpected);
        let warning = Warning { place: "a".to_owned(), message: "is odd".to_owned() };
        let odd = Verified { warnings: vec![warning], ..verified(vec![unavailable()]) };
        assert_eq!(odd.exit_status(Unavailable::Skipped), ExitStatus::Ok);
        let strict = Verified { warnings_count: true, ..odd };
        assert_eq!(strict.exit_status(Unavailable::Skipped), ExitStatus::Unexpected);
    }

    #[test]
    fn an_input_that_is_not_valid_is_not_as_expected() {
        let rejected =
            Rejected { test: "1".to_owned(), validator: "v.py".to_owned(), why: "exit code 43".to_owned() };
        let inputs = Inputs { rejected: vec![rejected], ..Inputs::default() };
        let report = Verified { inputs: Some(inputs), ..verified(vec![unavailable()]) };
        assert_eq!(report.exit_status(Unavailable::Skipped), ExitStatus::Unexpected);
    }
}
