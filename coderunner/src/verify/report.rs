//! What came of verifying packages, and what that is worth.

use package::{Format, TimeRule, Warning};

use super::inputs::Inputs;
use crate::problem::{Came, Contest, Found};

/// One package.
pub(super) struct Report {
    /// As it was named on the command line.
    pub path: String,
    /// What came of it, or why it cannot be verified.
    pub outcome: Result<Verified, String>,
}

/// A package whose submissions were judged.
pub(super) struct Verified {
    /// The problem's name.
    pub name: String,
    /// What it is written in.
    pub format: Format,
    /// How many tests it has.
    pub tests: usize,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
    /// Whether warnings make it not as expected.
    pub warnings_count: bool,
    /// What is wrong with the package as a whole, a sentence each.
    pub flaws: Vec<String>,
    /// Whether somebody pressed Ctrl-C before all was done.
    pub stopped: bool,
    /// What was done otherwise than one might think.
    pub notes: Vec<String>,
    /// How its time limit is found.
    pub rule: TimeRule,
    /// Who said what it is.
    pub limit_by: LimitBy,
    /// What came of its submissions.
    pub contest: Contest,
    /// What came of its inputs; nothing where that was not asked.
    pub inputs: Option<Inputs>,
}

/// Who said what the time limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LimitBy {
    /// `--time-limit`.
    Option,
    /// The package.
    Package,
    /// Its submissions, by the format's rule.
    Measured,
}

/// What a submission is worth to its package.
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
    pub(super) fn of(found: &Found) -> Self {
        match &found.came {
            Came::Judged(judged) if judged.unmet.is_empty() => Self::Ok,
            Came::Judged(_) => Self::Unexpected,
            Came::Unavailable(_) => Self::Unavailable,
            Came::Failed(_) => Self::Failed,
        }
    }
}

/// How many submissions came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub ok: usize,
    pub unexpected: usize,
    pub unavailable: usize,
    pub failed: usize,
}

impl Tally {
    pub(super) fn of(found: &[Found]) -> Self {
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

/// What is made of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Worth {
    /// Everything is as expected.
    Ok,
    /// Something is not.
    Unexpected,
    /// It could not be found out.
    Unknown,
}

/// What is made of submissions that cannot be run here.
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

    pub(super) fn worth(&self, unavailable: Unavailable) -> Worth {
        self.outcome.as_ref().map_or(Worth::Unknown, |verified| verified.worth(unavailable))
    }
}

impl Verified {
    fn worth(&self, unavailable: Unavailable) -> Worth {
        let tally = Tally::of(&self.contest.found);
        let is_missed = tally.unavailable > 0 && unavailable == Unavailable::Counts;
        let is_invalid = self.inputs.as_ref().is_some_and(Inputs::are_not_valid);
        let is_unchecked = self.inputs.as_ref().is_some_and(|inputs| !inputs.out_of_time.is_empty());
        let is_flawed = !self.flaws.is_empty() || (self.warnings_count && !self.warnings.is_empty());
        if tally.failed > 0 || is_missed || is_unchecked || tally.total() == 0 || self.stopped {
            Worth::Unknown
        } else if tally.unexpected > 0 || is_invalid || is_flawed || self.contest.objection.is_some() {
            Worth::Unexpected
        } else {
            Worth::Ok
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use package::{Margins, TimeLimit};

    use super::*;
    use crate::verify::inputs::Rejected;

    fn verified(came: Vec<Came>) -> Verified {
        let found = came.into_iter().map(|came| Found {
            name: String::new(),
            language: String::new(),
            rules: Vec::new(),
            came,
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
            limit_by: LimitBy::Measured,
            contest: Contest {
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

    fn unavailable() -> Came {
        Came::Unavailable("not here".to_owned())
    }

    #[test]
    fn what_could_not_be_run_is_never_ok() {
        let report = verified(vec![unavailable()]);
        assert_eq!(report.worth(Unavailable::Counts), Worth::Unknown);
        assert_eq!(report.worth(Unavailable::Skipped), Worth::Ok);
        assert_eq!(Tally::of(&report.contest.found), Tally { unavailable: 1, ..Tally::default() });
        assert_eq!(verified(vec![Came::Failed(String::new())]).worth(Unavailable::Skipped), Worth::Unknown);
        assert_eq!(
            verified(Vec::new()).worth(Unavailable::Skipped),
            Worth::Unknown,
            "nothing shows anything"
        );
    }

    #[test]
    fn a_flaw_of_the_package_is_not_as_expected_and_a_warning_where_that_is_asked_for() {
        let flawed = Verified { flaws: vec!["none".to_owned()], ..verified(vec![unavailable()]) };
        assert_eq!(flawed.worth(Unavailable::Skipped), Worth::Unexpected);
        let warning = Warning { place: "a".to_owned(), message: "is odd".to_owned() };
        let odd = Verified { warnings: vec![warning], ..verified(vec![unavailable()]) };
        assert_eq!(odd.worth(Unavailable::Skipped), Worth::Ok);
        let strict = Verified { warnings_count: true, ..odd };
        assert_eq!(strict.worth(Unavailable::Skipped), Worth::Unexpected);
    }

    #[test]
    fn an_input_that_is_not_valid_is_not_as_expected() {
        let rejected =
            Rejected { test: "1".to_owned(), validator: "v.py".to_owned(), why: "exit code 43".to_owned() };
        let inputs = Inputs { rejected: vec![rejected], ..Inputs::default() };
        let report = Verified { inputs: Some(inputs), ..verified(vec![unavailable()]) };
        assert_eq!(report.worth(Unavailable::Skipped), Worth::Unexpected);
    }
}
