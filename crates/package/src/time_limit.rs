//! Time limit rules: computation of a problem's time limit from its own submissions' run times, as pure
//! functions.

use std::time::Duration;

/// The rule for a problem's time limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeRule {
    /// Explicit limit, from `time_limit`, `.timelimit` or `domjudge-problem.ini`.
    pub fixed: Option<Duration>,
    /// Margins relative to the run times.
    pub margins: Margins,
}

/// The margins of a format.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margins {
    /// Legacy: whole seconds, and a longer limit at which slow submissions are confirmed to be slow.
    Legacy {
        /// `time_multiplier`.
        multiplier: f64,
        /// `time_safety_margin`.
        safety: f64,
    },
    /// 2025-09: between the slowest that must be accepted and the fastest that must be too slow.
    Between {
        /// `ac_to_time_limit`.
        ac_to_time_limit: f64,
        /// `time_limit_to_tle`.
        time_limit_to_tle: f64,
        /// `time_resolution`, seconds.
        resolution: f64,
    },
}

impl Margins {
    /// Legacy's defaults.
    pub const LEGACY: Self = Self::Legacy { multiplier: 5.0, safety: 2.0 };
    /// 2025-09's defaults.
    pub const V2025: Self = Self::Between { ac_to_time_limit: 2.0, time_limit_to_tle: 1.5, resolution: 1.0 };
}

/// CPU times of the submissions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SubmissionTimes {
    /// Slowest test of all submissions that bound the limit from below.
    pub slowest: Duration,
    /// Minimum, over all submissions that must be too slow, of their slowest test; `None` without such.
    pub fastest_too_slow: Option<Duration>,
}

/// A time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimit {
    /// Limit of one test.
    pub limit: Duration,
    /// Limit at which a submission that must be too slow is stopped and certainly too slow.
    pub certain_limit: Duration,
}

/// Formats a time for a message, in milliseconds or seconds.
fn rounded(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

/// A conflict between limit and run times.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum TimeRuleError {
    /// A submission that must be accepted is too slow for the explicit limit.
    #[error(
        "the time limit of {} is too short: the slowest submission to be accepted asks for at least {}", rounded(*.limit), rounded(*.needed)
    )]
    TooShort {
        /// Explicit limit.
        limit: Duration,
        /// Lower bound by the margin.
        needed: Duration,
    },
    /// A submission that must be too slow is too fast for the explicit limit.
    #[error(
        "the time limit of {} is too long: the fastest submission to be too slow allows at most {}", rounded(*.limit), rounded(*.allowed)
    )]
    TooLong {
        /// Explicit limit.
        limit: Duration,
        /// Upper bound by the margin.
        allowed: Duration,
    },
    /// No limit is within the bounds.
    #[error(
        "no time limit lies between {}, for the slowest submission to be accepted, and {}, for the fastest to be too slow: set limits.time_limit, or smaller multipliers", rounded(*.needed), rounded(*.allowed)
    )]
    NoneBetween {
        /// Lower bound by the margin.
        needed: Duration,
        /// Upper bound by the margin.
        allowed: Duration,
    },
}

impl TimeRule {
    /// Computes the time limit. An explicit legacy limit is used unchanged; one of 2025-09 must keep the
    /// margins.
    pub fn limit(&self, measured: &SubmissionTimes) -> Result<TimeLimit, TimeRuleError> {
        match self.margins {
            Margins::Legacy { multiplier, safety } => Ok(self.legacy(measured.slowest, multiplier, safety)),
            Margins::Between { ac_to_time_limit, time_limit_to_tle, resolution } => {
                let needed = measured.slowest.as_secs_f64() * ac_to_time_limit;
                let allowed = measured.fastest_too_slow.map(|time| time.as_secs_f64() / time_limit_to_tle);
                let limit = match self.fixed {
                    Some(fixed) => fixed_between(fixed, needed, allowed)?,
                    None => multiple_between(resolution, needed, allowed)?,
                };
                Ok(TimeLimit { limit: seconds(limit), certain_limit: seconds(limit * time_limit_to_tle) })
            }
        }
    }

    /// The derivation of a limit from the slowest measured test, as the end of a sentence.
    pub fn derivation(&self, slowest: Duration) -> String {
        let slowest = model::wording::seconds(slowest);
        match self.margins {
            Margins::Legacy { multiplier, .. } => {
                format!("the slowest accepted test took {slowest}, times {multiplier}, in whole seconds")
            }
            Margins::Between { ac_to_time_limit, resolution, .. } => format!(
                "the slowest test that must not be too slow took {slowest}, times {ac_to_time_limit}, in steps of {resolution} s"
            ),
        }
    }

    /// As in the formats' reference tools: whole seconds, at least 1, and the longer limit at least 1 more.
    fn legacy(&self, slowest: Duration, multiplier: f64, safety: f64) -> TimeLimit {
        let limit = match self.fixed {
            Some(fixed) => fixed.as_secs_f64(),
            None => (slowest.as_secs_f64() * multiplier).ceil().max(1.0),
        };
        let sure = (limit * safety).round_ties_even().max(limit + 1.0);
        TimeLimit { limit: seconds(limit), certain_limit: seconds(sure) }
    }
}

/// Tolerance for rounding errors of binary fractions.
const SLACK: f64 = 1e-9;

fn fixed_between(fixed: Duration, needed: f64, allowed: Option<f64>) -> Result<f64, TimeRuleError> {
    let limit = fixed.as_secs_f64();
    if needed > limit + SLACK {
        return Err(TimeRuleError::TooShort { limit: fixed, needed: seconds(needed) });
    }
    match allowed {
        Some(allowed) if allowed + SLACK < limit => {
            Err(TimeRuleError::TooLong { limit: fixed, allowed: seconds(allowed) })
        }
        Some(_) | None => Ok(limit),
    }
}

/// The smallest sufficient multiple of the resolution, if it is within the bound.
fn multiple_between(resolution: f64, needed: f64, allowed: Option<f64>) -> Result<f64, TimeRuleError> {
    let limit = (needed / resolution - SLACK).ceil().max(1.0) * resolution;
    match allowed {
        Some(allowed) if allowed + SLACK < limit => {
            Err(TimeRuleError::NoneBetween { needed: seconds(needed), allowed: seconds(allowed) })
        }
        Some(_) | None => Ok(limit),
    }
}

/// Multipliers may be any positive numbers, so the product may exceed the range; the maximum then.
fn seconds(of: f64) -> Duration {
    Duration::try_from_secs_f64(of).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn check(rule: TimeRule, slowest: u64, too_slow: Option<u64>, expected: (u64, u64)) {
        let measured = SubmissionTimes { slowest: ms(slowest), fastest_too_slow: too_slow.map(ms) };
        let found = rule.limit(&measured).unwrap();
        assert_eq!(
            (found.limit, found.certain_limit),
            (ms(expected.0), ms(expected.1)),
            "{slowest} {too_slow:?}"
        );
    }

    #[test]
    fn a_legacy_limit_is_whole_seconds_of_five_times_the_slowest() {
        let rule = TimeRule { fixed: None, margins: Margins::LEGACY };
        for (slowest, expected) in [
            (0, (1000, 2000)),
            (10, (1000, 2000)),
            (200, (1000, 2000)),
            (201, (2000, 4000)),
            (1000, (5000, 10_000)),
        ] {
            check(rule, slowest, Some(1), expected);
        }
        check(TimeRule { fixed: Some(ms(500)), ..rule }, 9000, None, (500, 1500));
        let narrow = Margins::Legacy { multiplier: 2.0, safety: 1.1 };
        check(TimeRule { fixed: None, margins: narrow }, 1000, None, (2000, 3000));
    }

    #[test]
    fn a_limit_of_2025_lies_between_accepted_and_too_slow() {
        let rule = TimeRule { fixed: None, margins: Margins::V2025 };
        check(rule, 0, None, (1000, 1500));
        check(rule, 500, None, (1000, 1500));
        check(rule, 501, Some(3000), (2000, 3000));
        let fine = Margins::Between { ac_to_time_limit: 2.0, time_limit_to_tle: 1.5, resolution: 0.1 };
        check(TimeRule { fixed: None, margins: fine }, 150, None, (300, 450));
        check(TimeRule { fixed: Some(ms(2500)), margins: Margins::V2025 }, 1250, Some(3750), (2500, 3750));
    }

    #[test]
    fn a_limit_that_keeps_no_margin_is_refused() {
        let rule = TimeRule { fixed: None, margins: Margins::V2025 };
        let measured = SubmissionTimes { slowest: ms(501), fastest_too_slow: Some(ms(2900)) };
        assert!(matches!(rule.limit(&measured), Err(TimeRuleError::NoneBetween { .. })));
        let fixed = |limit| TimeRule { fixed: Some(ms(limit)), ..rule }.limit(&measured);
        assert!(matches!(fixed(1000), Err(TimeRuleError::TooShort { .. })));
        assert!(matches!(fixed(2000), Err(TimeRuleError::TooLong { .. })));
    }

    #[test]
    fn a_huge_multiplier_does_no_harm() {
        let margins = Margins::Legacy { multiplier: 1e300, safety: 1e300 };
        check_huge(TimeRule { fixed: None, margins });
    }

    fn check_huge(rule: TimeRule) {
        let found = rule.limit(&SubmissionTimes { slowest: ms(1), fastest_too_slow: None }).unwrap();
        assert_eq!(found.limit, Duration::MAX);
    }
}
