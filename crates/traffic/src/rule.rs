//! Rate limit rule: a sliding window or a token bucket, with its text form.
//!
//! A *window* admits at most `limit` requests in any interval of its length, wherever the interval begins. A
//! *burst* is a token bucket in the GCRA form: `capacity` requests at once, and then as many as tokens are
//! refilled.

use std::{fmt, str::FromStr, time::Duration};

/// A limit of the number of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// At most `limit` requests in any interval of this length.
    Window {
        /// Number of requests.
        limit: u32,
        /// Length of the window.
        length: Duration,
    },
    /// A token bucket.
    Burst {
        /// Number of tokens in a full bucket.
        capacity: u32,
        /// Number of tokens added per period.
        refill: u32,
        /// The period.
        per: Duration,
    },
}

/// Error of a rule's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no limit: {reason}")]
pub struct InvalidRule {
    /// The text.
    pub text: String,
    /// The error and the expected form, as a phrase.
    pub reason: String,
}

/// Units of time in a rule, the longest first.
const UNITS: [(&str, u64); 4] = [("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];

impl Rule {
    /// Upper bound of a window's limit and of a bucket's capacity.
    pub const MAX_LIMIT: u32 = 1_000_000;
    /// Upper bound of a window's length and of the time to fill a bucket.
    pub const MAX_SPAN: Duration = Duration::from_hours(31 * 24);

    /// Number of requests that an idle caller may send at once.
    pub const fn limit(&self) -> u32 {
        match *self {
            Self::Window { limit, .. } => limit,
            Self::Burst { capacity, .. } => capacity,
        }
    }

    /// The length of the window, or the time to fill an empty bucket.
    pub fn span(&self) -> Duration {
        match *self {
            Self::Window { length, .. } => length,
            Self::Burst { capacity, .. } => {
                Duration::from_micros(self.interval().saturating_mul(capacity.into()))
            }
        }
    }

    /// Time between two tokens of a bucket in microseconds, rounded up, so that never too many are added.
    pub(crate) fn interval(&self) -> u64 {
        let Self::Burst { refill, per, .. } = *self else { return 0 };
        micros(per).div_ceil(u64::from(refill.max(1))).max(1)
    }

    /// Its name in headers and messages: `minute`, `burst`.
    pub fn name(&self) -> String {
        match self {
            Self::Burst { .. } => "burst".to_owned(),
            Self::Window { length, .. } => match length.as_secs() {
                1 => "second".to_owned(),
                60 => "minute".to_owned(),
                3_600 => "hour".to_owned(),
                86_400 => "day".to_owned(),
                _ => format_duration(*length),
            },
        }
    }

    fn validate(self) -> Result<Self, String> {
        let (limit, span) = (Self::MAX_LIMIT, self.span());
        if !(1..=limit).contains(&self.limit()) {
            return Err(format!("how many must be between 1 and {limit}"));
        }
        if let Self::Burst { refill, .. } = self
            && !(1..=limit).contains(&refill)
        {
            return Err(format!("how many flow in must be between 1 and {limit}"));
        }
        if span > Self::MAX_SPAN || span.is_zero() {
            return Err("it must be over within 31 days".to_owned());
        }
        Ok(self)
    }
}

fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Window { limit, length } => write!(f, "{limit}/{}", format_duration(*length)),
            Self::Burst { capacity, refill, per } => {
                write!(f, "burst {capacity} at {refill}/{}", format_duration(*per))
            }
        }
    }
}

/// Formats a duration in the longest unit that divides it: `min`, `15s`.
fn format_duration(length: Duration) -> String {
    let seconds = length.as_secs();
    let fits = |(_, unit): &&(&str, u64)| seconds.is_multiple_of(*unit);
    let (name, unit) = UNITS.iter().find(fits).unwrap_or(&UNITS[3]);
    match seconds / unit {
        1 => (*name).to_owned(),
        count => format!("{count}{name}"),
    }
}

impl FromStr for Rule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let invalid = |reason: String| InvalidRule { text: text.to_owned(), reason };
        let parsed = match text.trim().strip_prefix("burst ") {
            Some(bucket) => parse_bucket(bucket),
            None => parse_rate(text.trim()).map(|(limit, length)| Self::Window { limit, length }),
        };
        let advice = || "write 10/min, 100/h, 500/day or, for a token bucket, burst 10 at 2/s".to_owned();
        parsed.ok_or_else(|| invalid(advice()))?.validate().map_err(invalid)
    }
}

fn parse_bucket(text: &str) -> Option<Rule> {
    let (capacity, flow) = text.split_once(" at ")?;
    let (refill, per) = parse_rate(flow.trim())?;
    Some(Rule::Burst { capacity: capacity.trim().parse().ok()?, refill, per })
}

/// Parses a rate: `10/min`.
fn parse_rate(text: &str) -> Option<(u32, Duration)> {
    let (count, length) = text.split_once('/')?;
    let digits = length.find(|char: char| !char.is_ascii_digit())?;
    let (times, unit) = length.split_at(digits);
    let times: u64 = if times.is_empty() { 1 } else { times.parse().ok()? };
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    Some((count.parse().ok()?, Duration::from_secs(seconds.checked_mul(times)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: &str, limit: u32, span: u64) {
        let rule: Rule = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(rule.to_string(), text);
        assert_eq!(
            (rule.name().as_str(), rule.limit(), rule.span()),
            (name, limit, Duration::from_secs(span))
        );
    }

    #[test]
    fn a_rule_round_trips_through_text() {
        check("10/min", "minute", 10, 60);
        check("100/h", "hour", 100, 3_600);
        check("500/day", "day", 500, 86_400);
        check("5/s", "second", 5, 1);
        check("7/15s", "15s", 7, 15);
        check("7/31day", "31day", 7, 31 * 86_400);
        check("burst 10 at 2/s", "burst", 10, 5);
        check("burst 1 at 1/day", "burst", 1, 86_400);
    }

    #[test]
    fn an_invalid_rule_is_rejected_with_an_example() {
        for text in
            ["", "10", "10/", "/min", "-1/min", "10/month", "10/ min", "burst 10", "burst at 2/s", "10 / min"]
        {
            let error = text.parse::<Rule>().expect_err(text);
            assert!(error.to_string().contains("write 10/min"), "{error}");
        }
        for (text, reason) in [
            ("0/min", "how many must be between 1 and 1000000"),
            ("1000001/min", "how many must be between 1 and 1000000"),
            ("1/32day", "within 31 days"),
            ("1/0s", "within 31 days"),
            ("1/99999999999999999999day", "write 10/min"),
            ("burst 1000000 at 1/day", "within 31 days"),
            ("burst 1 at 0/s", "how many flow in"),
        ] {
            let error = text.parse::<Rule>().expect_err(text);
            assert!(error.to_string().contains(reason), "{error}");
        }
    }
}
