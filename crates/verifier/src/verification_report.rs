//! Verification report: the result of a package, and the conclusion from it.

use package::{Format, TimeRule, Warning};

use crate::{
    input_check::InputReport,
    judging_result::{JudgingResult, SubmissionOutcome, SubmissionReport},
};

/// One package.
pub struct PackageReport {
    /// As it was named on the command line.
    pub path: String,
    /// Its verification, or why it cannot be verified.
    pub outcome: Result<Verification, String>,
}

/// A package whose submissions were judged.
pub struct Verification {
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
    /// Whether the user interrupted before all was done.
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
    pub inputs: Option<InputReport>,
}

/// Origin of the time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitOrigin {
    /// `--time-limit`.
    Option,
    /// The package.
    Package,
    /// Its submissions, by the format's rule.
    Measured,
}

/// Status of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubmissionStatus {
    /// As expected.
    Ok,
    /// Not as expected.
    Unexpected,
    /// Not run: this machine does not have its language.
    Unavailable,
    /// Not judged, through no fault of its own.
    Failed,
}

impl SubmissionStatus {
    /// The status of this submission.
    pub fn of(report: &SubmissionReport) -> Self {
        match &report.outcome {
            SubmissionOutcome::Judged(judged) if judged.unmet.is_empty() => Self::Ok,
            SubmissionOutcome::Judged(_) => Self::Unexpected,
            SubmissionOutcome::Unavailable(_) => Self::Unavailable,
            SubmissionOutcome::Failed(_) => Self::Failed,
        }
    }
}

/// Number of submissions by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// As expected.
    pub ok: usize,
    /// Not as expected.
    pub unexpected: usize,
    /// Not run, for lack of the language.
    pub unavailable: usize,
    /// Not judged.
    pub failed: usize,
}

impl StatusCounts {
    /// The numbers of these submissions.
    pub fn of(reports: &[SubmissionReport]) -> Self {
        let count = |status| reports.iter().filter(|one| SubmissionStatus::of(one) == status).count();
        Self {
            ok: count(SubmissionStatus::Ok),
            unexpected: count(SubmissionStatus::Unexpected),
            unavailable: count(SubmissionStatus::Unavailable),
            failed: count(SubmissionStatus::Failed),
        }
    }

    /// Number of all submissions.
    pub const fn total(&self) -> usize {
        self.ok + self.unexpected + self.unavailable + self.failed
    }
}

/// Conclusion from a verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conclusion {
    /// Everything is as expected.
    Ok,
    /// Something is not.
    Unexpected,
    /// It could not be found out.
    Unknown,
}

/// Policy for submissions that cannot be run here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnavailablePolicy {
    /// The package is not verified.
    Counts,
    /// It is, as far as it could be.
    Skipped,
}

impl PackageReport {
    /// Whether the user interrupted before all was done.
    pub fn is_stopped(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|verified| verified.stopped)
    }

    /// The conclusion from the verification, or from its lack.
    pub fn conclusion(&self, unavailable: UnavailablePolicy) -> Conclusion {
        self.outcome.as_ref().map_or(Conclusion::Unknown, |verified| verified.conclusion(unavailable))
    }
}

impl Verification {
    fn conclusion(&self, unavailable: UnavailablePolicy) -> Conclusion {
        let tally = StatusCounts::of(&self.results.submissions);
        let is_missed = tally.unavailable > 0 && unavailable == UnavailablePolicy::Counts;
        let is_invalid = self.inputs.as_ref().is_some_and(InputReport::are_not_valid);
        let is_unchecked = self.inputs.as_ref().is_some_and(|inputs| !inputs.out_of_time.is_empty());
        let is_flawed = !self.flaws.is_empty() || (self.warnings_count && !self.warnings.is_empty());
        if tally.failed > 0 || is_missed || is_unchecked || tally.total() == 0 || self.stopped {
            Conclusion::Unknown
        } else if tally.unexpected > 0 || is_invalid || is_flawed || self.results.margin_violation.is_some() {
            Conclusion::Unexpected
        } else {
            Conclusion::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use package::{Margins, TimeLimit};

    use super::*;
    use crate::input_check::RejectedInput;

    fn verified(outcome: Vec<SubmissionOutcome>) -> Verification {
        let submissions = outcome.into_iter().map(|outcome| SubmissionReport {
            name: String::new(),
            language: String::new(),
            rules: Vec::new(),
            outcome,
        });
        Verification {
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
                submissions: submissions.collect(),
                limit: TimeLimit { limit: Duration::ZERO, certain_limit: Duration::ZERO },
                slowest: Duration::ZERO,
                slow: 0,
                only_measured: 0,
                margin_violation: None,
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
        assert_eq!(report.conclusion(UnavailablePolicy::Counts), Conclusion::Unknown);
        assert_eq!(report.conclusion(UnavailablePolicy::Skipped), Conclusion::Ok);
        assert_eq!(
            StatusCounts::of(&report.results.submissions),
            StatusCounts { unavailable: 1, ..StatusCounts::default() }
        );
        assert_eq!(
            verified(vec![SubmissionOutcome::Failed(String::new())]).conclusion(UnavailablePolicy::Skipped),
            Conclusion::Unknown
        );
        assert_eq!(
            verified(Vec::new()).conclusion(UnavailablePolicy::Skipped),
            Conclusion::Unknown,
            "nothing shows anything"
        );
    }

    #[test]
    fn a_flaw_of_the_package_is_not_as_expected_and_a_warning_where_that_is_asked_for() {
        let flawed = Verification { flaws: vec!["none".to_owned()], ..verified(vec![unavailable()]) };
        assert_eq!(flawed.conclusion(UnavailablePolicy::Skipped), Conclusion::Unexpected);
        let warning = Warning { place: "a".to_owned(), message: "is odd".to_owned() };
        let odd = Verification { warnings: vec![warning], ..verified(vec![unavailable()]) };
        assert_eq!(odd.conclusion(UnavailablePolicy::Skipped), Conclusion::Ok);
        let strict = Verification { warnings_count: true, ..odd };
        assert_eq!(strict.conclusion(UnavailablePolicy::Skipped), Conclusion::Unexpected);
    }

    #[test]
    fn an_input_that_is_not_valid_is_not_as_expected() {
        let rejected = RejectedInput {
            test: "1".to_owned(),
            validator: "v.py".to_owned(),
            why: "exit code 43".to_owned(),
        };
        let inputs = InputReport { rejected: vec![rejected], ..InputReport::default() };
        let report = Verification { inputs: Some(inputs), ..verified(vec![unavailable()]) };
        assert_eq!(report.conclusion(UnavailablePolicy::Skipped), Conclusion::Unexpected);
    }
}
